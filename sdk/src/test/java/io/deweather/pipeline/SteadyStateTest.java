package io.deweather.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.deweather.OnnxRestorer;
import io.deweather.Weather;
import io.deweather.video.FrameSource;
import io.deweather.video.VideoSink;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class SteadyStateTest {
  private static final long HEAP_BYTES_A_FRAME = 16_384;

  @TempDir static Path folder;
  private static OnnxRestorer restorer;

  @BeforeAll
  static void open() {
    restorer = Clips.golden();
  }

  @AfterAll
  static void close() {
    restorer.close();
  }

  /** Over all three threads, decoder, statistics and encoder included. */
  @Test
  void allocatesAtMost16kBOfHeapAFrame() {
    int frames = 600;
    int from = 200;
    Path clip = Clips.write(folder.resolve("clip.mp4"), frames);
    long[] bytes = new long[2];
    FrameSource source = FrameSource.open(clip);
    try (VideoSink sink = VideoSink.builder(folder.resolve("out.mp4")).like(source.info()).open();
        Pipeline pipeline =
            Pipeline.builder(
                    source,
                    FrameStage.of(restorer, Weather.RAIN),
                    (image, stamp) -> {
                      sink.write(image, stamp);
                      if (stamp.index() == from) {
                        bytes[0] = allocated();
                      } else if (stamp.index() == frames - 10) {
                        bytes[1] = allocated();
                      }
                    })
                .open()) {
      pipeline.run();
    }

    long each = (bytes[1] - bytes[0]) / (frames - 10 - from);
    System.out.println("heap a frame, file to file: " + each + " bytes");
    assertThat(each).isPositive().isLessThan(HEAP_BYTES_A_FRAME);
  }

  /** Ten thousand frames, weathers in turn, policies in turn, with stops between. */
  @Test
  @Tag("slow")
  @Timeout(120)
  void tenThousandFramesAreAnsweredOnceAndInOrder() {
    Path clip = Clips.write(folder.resolve("soak.mp4"), 500);
    Random random = new Random(7);
    long total = 0;
    while (total < 10_000) {
      BackPressure policy = BackPressure.values()[random.nextInt(3)];
      boolean stops = random.nextInt(4) == 0;
      long stopAt = random.nextInt(400);
      List<Weather> weathers = restorer.weathers();
      List<Long> written = new ArrayList<>();
      Pipeline[] self = new Pipeline[1];
      int[] calls = {0};
      try (Pipeline pipeline =
          Pipeline.builder(
                  FrameSource.open(clip),
                  (frame, destination) ->
                      FrameStage.of(restorer, weathers.get(calls[0]++ / 50 % 3))
                          .restore(frame, destination),
                  (image, stamp) -> {
                    written.add(stamp.index());
                    if (stops && stamp.index() >= stopAt) {
                      self[0].stop();
                    }
                  })
              .backPressure(policy)
              .queueCapacity(1 + random.nextInt(5))
              .open()) {
        self[0] = pipeline;
        PipelineStatistics statistics = pipeline.run();
        assertThat(written).isSorted().doesNotHaveDuplicates();
        assertThat(statistics.written() + statistics.dropped()).isEqualTo(statistics.read());
        assertThat(statistics.written()).isEqualTo(written.size());
        if (!stops) {
          assertThat(statistics.read()).isEqualTo(500);
        }
        total += statistics.read();
      }
      assertThat(Clips.threads()).isEmpty();
    }
  }

  private static long allocated() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long bytes = 0;
    for (long id : threads.getAllThreadIds()) {
      var info = threads.getThreadInfo(id);
      if (info != null && info.getThreadName().startsWith("deweather-")) {
        bytes += threads.getThreadAllocatedBytes(id);
      }
    }
    return bytes;
  }
}
