package io.deweather.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deweather.OpenCv;
import io.deweather.video.FrameSource;
import io.deweather.video.FrameStamp;
import io.deweather.video.MediaException;
import io.deweather.video.StreamInfo;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.opencv.core.Mat;

/** Sources that a program may bring: they open, but then give what they like. */
@Timeout(8)
class SourceReaderTest {
  private static final Duration SHORT = Duration.ofMillis(1);
  private static final Reopening IMPATIENT = new Reopening(SHORT, SHORT, Duration.ofMillis(50));

  @BeforeAll
  static void load() {
    OpenCv.load();
  }

  private static SourceReader reader(
      FrameSource first, Supplier<FrameSource> opener, Reopening reopening) {
    return new SourceReader(first, opener, reopening, gap -> {});
  }

  @Test
  void aSourceThatOpensAndBreaksOffWithoutAFrameIsGivenUp() {
    try (SourceReader reader = reader(new Frames(true, 0), () -> new Frames(true, 0), IMPATIENT)) {
      assertThatThrownBy(() -> reader.read(new Mat()))
          .isInstanceOf(MediaException.class)
          .hasMessageContainingAll("the source has been away for ", "no picture");
    }
  }

  @Test
  void aStreamThatHadEndedAndOpensWithoutAFrameHasEnded() throws InterruptedException {
    for (boolean breaks : new boolean[] {false, true}) {
      try (SourceReader reader =
          reader(new Frames(false, 0, 0), () -> new Frames(breaks, 0), IMPATIENT)) {
        assertThat(reader.read(new Mat())).isPresent();
        assertThat(reader.read(new Mat())).isEmpty();
      }
    }
  }

  @Test
  void timesGoOnWhereTheNextSourceCountsItsFramesOn() throws InterruptedException {
    List<FrameStamp> stamps = new ArrayList<>();
    Reopening soon = new Reopening(SHORT, ChronoUnit.FOREVER.getDuration(), Duration.ZERO);
    try (SourceReader reader =
        reader(new Frames(true, 0, 0, 40_000), () -> new Frames(true, 2, 0, 40_000), soon)) {
      for (int i = 0; i < 4; i++) {
        stamps.add(reader.read(new Mat()).orElseThrow());
      }
    }
    assertThat(stamps).extracting(FrameStamp::index).containsExactly(0L, 1L, 2L, 3L);
    assertThat(stamps.get(2).timestampMicros()).isGreaterThanOrEqualTo(80_000);
    assertThat(stamps.get(3).timestampMicros()).isEqualTo(stamps.get(2).timestampMicros() + 40_000);
  }

  @Test
  void aRecordingThatHasEndedIsNotOpenedAgain() throws InterruptedException {
    Frames recording =
        new Frames(false, 0, 0) {
          @Override
          public StreamInfo info() {
            return new StreamInfo(64, 48, 25, -1, false);
          }
        };
    Supplier<FrameSource> opener =
        () -> {
          throw new AssertionError("opened again");
        };
    try (SourceReader reader = reader(recording, opener, Reopening.DEFAULT)) {
      assertThat(reader.read(new Mat())).isPresent();
      assertThat(reader.read(new Mat())).isEmpty();
    }
  }

  /** Frames at these times, then the end or a failure. */
  private static class Frames implements FrameSource {
    private final boolean breaks;
    private final long first;
    private final long[] micros;
    private int next;

    Frames(boolean breaks, long first, long... micros) {
      this.breaks = breaks;
      this.first = first;
      this.micros = micros;
    }

    @Override
    public StreamInfo info() {
      return new StreamInfo(64, 48, 25, -1, true);
    }

    @Override
    public Optional<FrameStamp> read(Mat target) {
      if (next < micros.length) {
        return Optional.of(new FrameStamp(first + next, micros[next++], 40_000, ""));
      }
      if (breaks) {
        throw new MediaException("no picture");
      }
      return Optional.empty();
    }

    @Override
    public void close() {}
  }
}
