package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;

import io.deweather.pipeline.BackPressure;
import io.deweather.pipeline.FrameReport;
import io.deweather.pipeline.Gap;
import io.deweather.pipeline.Pipeline;
import io.deweather.pipeline.PipelineListener;
import io.deweather.pipeline.PipelineStatistics;
import io.deweather.pipeline.Reopening;
import io.deweather.video.FrameSource;
import io.deweather.video.FrameStamp;
import io.deweather.video.MediaException;
import io.deweather.video.StreamInfo;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;

/**
 * Everything at once: frames that make a real session fail, dawdle or give nonsense, under random
 * deadlines, from a camera that goes away twice, through the whole pipeline.
 */
class PipelineUnderTroubleTest {
  private static final int FRAMES = 10_000;
  private static final int ROWS = 40;
  private static final int COLS = 56;
  private static final int BYTES = 3 * ROWS * COLS;

  /** How often a frame makes the network fail, give an invalid output, or take long. */
  private static final int ONE_IN_FAILING = 20;

  private static final int ONE_IN_INVALID = 20;
  private static final int ONE_IN_SLOW = 50;

  private static final Reopening QUICK =
      new Reopening(Duration.ofMillis(5), Duration.ofMillis(20), Duration.ZERO);

  @TempDir Path folder;

  private final List<Long> lateness = new ArrayList<>();
  private final List<Long> timers = new ArrayList<>();
  private final Map<FrameReason, Integer> reasons = new EnumMap<>(FrameReason.class);
  private final List<Gap> gaps = new ArrayList<>();
  private final Random hurry = new Random(11);
  private long written;
  private boolean lastWasRestored;
  private long residentEarly;
  private final byte[] pixels = new byte[BYTES];
  private Mat expected;

  @BeforeEach
  void load() {
    OpenCv.load();
    expected = new Mat();
  }

  @Test
  @Tag("slow")
  @Timeout(120)
  void eachOfTenThousandFramesIsAnsweredOnceInOrderAndInTime() {
    PipelineStatistics statistics;
    try (OnnxRestorer restorer =
        OnnxRestorer.builder(MoodyBundle.writeTo(folder.resolve("moody")))
            .weather(Weather.RAIN)
            .degradation(MoodyBundle.STEADY)
            .open()) {
      Camera camera = new Camera(FRAMES / 3, 2 * FRAMES / 3);
      try (Pipeline pipeline =
          Pipeline.builder(
                  camera.connect(),
                  (frame, destination) -> restore(restorer, frame),
                  this::requireRightPicture)
              .backPressure(BackPressure.BLOCK)
              .limit(FRAMES)
              .reopen(camera::connect, QUICK)
              .listener(listener())
              .open()) {
        statistics = pipeline.run();
      }
    }

    assertThat(written).isEqualTo(FRAMES);
    assertThat(statistics.read()).isEqualTo(FRAMES);
    assertThat(statistics.written()).isEqualTo(FRAMES);
    assertThat(statistics.dropped()).isZero();
    assertThat(gaps).hasSize(2);
    assertThat(gaps).extracting(Gap::sequence).containsExactly(FRAMES / 3L, 2L * FRAMES / 3);
    assertThat(gaps).allMatch(gap -> gap.attempts() == Camera.REFUSALS + 1);

    assertThat(reasons.values().stream().mapToInt(n -> n).sum()).isEqualTo(FRAMES);
    assertThat(reasons.get(FrameReason.NONE)).isGreaterThan(FRAMES / 2);
    assertThat(reasons.get(FrameReason.INFERENCE_FAILED)).isGreaterThan(FRAMES / 100);
    assertThat(reasons.get(FrameReason.INVALID_OUTPUT)).isGreaterThan(FRAMES / 100);
    assertThat(reasons.get(FrameReason.DEADLINE)).isPositive();
    // What the machine does to a bare timer it does to a deadline too.
    assertThat(percentile95(lateness) - percentile95(timers))
        .as("95 % overshoot over that of a timer, ms")
        .isLessThan(5);

    assertThat(resident() - residentEarly)
        .as("growth of resident memory over the last 8,000 frames")
        .isLessThan(32L << 20);
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(
            name ->
                List.of(
                        "deweather-restorer",
                        "deweather-decode",
                        "deweather-restore",
                        "deweather-encode")
                    .contains(name));
  }

  private Restored restore(OnnxRestorer restorer, Mat frame) {
    Duration deadline = Duration.ofMillis(1 + hurry.nextInt(30));
    long start = System.nanoTime();
    Restored answer = restorer.restore(frame, deadline);
    lateness.add((System.nanoTime() - start - deadline.toNanos()) / 1_000_000);
    if (lateness.size() % 20 == 0) {
      start = System.nanoTime();
      LockSupport.parkNanos(1_000_000);
      timers.add((System.nanoTime() - start - 1_000_000) / 1_000_000);
    }
    return answer;
  }

  /** The frame of this number, restored (the view inverts it) or as it came: never another one. */
  private void requireRightPicture(Mat image, FrameStamp stamp) {
    assertThat(stamp.index()).isEqualTo(written);
    Camera.draw(stamp.index(), pixels, expected);
    boolean asItCame = Core.norm(image, expected, Core.NORM_INF) == 0;
    Core.bitwise_not(expected, expected);
    boolean restored = Core.norm(image, expected, Core.NORM_INF) == 0;
    assertThat(asItCame || restored).as("frame %d shows itself", stamp.index()).isTrue();
    lastWasRestored = restored;
    written++;
    if (written == FRAMES / 5) {
      residentEarly = resident();
    }
  }

  private PipelineListener listener() {
    return new PipelineListener() {
      @Override
      public void frame(FrameReport report) {
        assertThat(report.sequence()).isEqualTo(written - 1);
        assertThat(report.reason() == FrameReason.NONE).isEqualTo(lastWasRestored);
        reasons.merge(report.reason(), 1, Integer::sum);
      }

      @Override
      public void gap(Gap gap) {
        gaps.add(gap);
      }
    };
  }

  /** Without what this test itself leaves behind. */
  private static long resident() {
    System.gc();
    Pointer.trimMemory();
    return Pointer.physicalBytes();
  }

  private static long percentile95(List<Long> values) {
    values.sort(null);
    return values.get(values.size() * 95 / 100);
  }

  /** Frames of random moods; it breaks off before two of them, and is then refused for a while. */
  private static final class Camera {
    static final int REFUSALS = 3;

    private final byte[] pixels = new byte[BYTES];
    private final List<Integer> breaks;
    private long next;
    private int refusals;

    Camera(int... breaks) {
      this.breaks = new ArrayList<>();
      for (int each : breaks) {
        this.breaks.add(each);
      }
    }

    FrameSource connect() {
      if (refusals > 0) {
        refusals--;
        throw new MediaException("the camera does not answer");
      }
      long first = next;
      return new FrameSource() {
        @Override
        public StreamInfo info() {
          return new StreamInfo(COLS, ROWS, 1_000, -1, true);
        }

        @Override
        public Optional<FrameStamp> read(Mat target) {
          if (!breaks.isEmpty() && next == breaks.get(0)) {
            breaks.remove(0);
            refusals = REFUSALS;
            throw new MediaException("the camera was unplugged");
          }
          draw(next, pixels, target);
          long index = next++ - first;
          return Optional.of(new FrameStamp(index, index * 1_000, 1_000, ""));
        }

        @Override
        public void close() {}
      };
    }

    /** Noise that begins with the frame's mood and number. */
    static void draw(long number, byte[] pixels, Mat target) {
      Random random = new Random(number * 7_919);
      random.nextBytes(pixels);
      boolean fails = random.nextInt(ONE_IN_FAILING) == 0;
      boolean slow = random.nextInt(ONE_IN_SLOW) == 0;
      boolean invalid = random.nextInt(ONE_IN_INVALID) == 0;
      pixels[0] = (byte) (fails ? MoodyBundle.FAILS : 0);
      pixels[1] = (byte) (slow ? 255 : 0);
      pixels[2] = (byte) (invalid ? MoodyBundle.WRONG_SHAPE + random.nextInt(2) : 0);
      target.create(ROWS, COLS, CvType.CV_8UC3);
      target.put(0, 0, pixels);
    }
  }
}
