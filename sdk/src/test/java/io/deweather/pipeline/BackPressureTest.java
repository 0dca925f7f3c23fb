package io.deweather.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.deweather.OnnxRestorer;
import io.deweather.Weather;
import io.deweather.video.FrameSource;
import io.deweather.video.FrameStamp;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Scalar;

/** Decoding 96x64 outruns a restorer that is kept busy with a large frame beside each. */
class BackPressureTest {
  private static final int FRAMES = 60;

  @TempDir static Path folder;
  private static Path clip;
  private static OnnxRestorer restorer;
  private static Mat large;
  private static Mat largeResult;

  private final List<Long> written = new ArrayList<>();
  private final List<Long> dropped = Collections.synchronizedList(new ArrayList<>());

  @BeforeAll
  static void open() {
    restorer = Clips.golden();
    clip = Clips.write(folder.resolve("clip.mp4"), FRAMES);
    large = new Mat(360, 640, CvType.CV_8UC3, Scalar.all(90));
    largeResult = new Mat();
  }

  @AfterAll
  static void close() {
    restorer.close();
    large.release();
    largeResult.release();
  }

  @Test
  void blockRestoresEveryFrame() {
    PipelineStatistics statistics = run(BackPressure.BLOCK, 1, false);

    assertThat(statistics.written()).isEqualTo(FRAMES);
    assertThat(statistics.dropped()).isZero();
    assertThat(written).isSorted().doesNotHaveDuplicates().hasSize(FRAMES);
  }

  @Test
  void blockWaitsForASlowConsumer() {
    PipelineStatistics statistics = run(BackPressure.BLOCK, 1, true);

    assertThat(statistics.written()).isEqualTo(FRAMES);
    assertThat(statistics.dropped()).isZero();
  }

  @Test
  void keepLatestDropsOldFramesAndEndsWithTheLast() {
    PipelineStatistics statistics = run(BackPressure.KEEP_LATEST, 1, false);

    accountsForEveryFrame(statistics);
    assertThat(statistics.dropped()).isGreaterThan(FRAMES / 4);
    assertThat(written).endsWith(FRAMES - 1L);
  }

  @Test
  void dropIncomingKeepsWhatWaits() {
    PipelineStatistics statistics = run(BackPressure.DROP_INCOMING, 2, false);

    accountsForEveryFrame(statistics);
    assertThat(statistics.dropped()).isGreaterThan(FRAMES / 4);
    // The first two found room; whatever came while they waited was dropped, never they.
    assertThat(written).startsWith(0L, 1L);
    assertThat(dropped).isSorted();
  }

  @Test
  void aSlowConsumerOfALiveSourceCostsFramesBeforeTheyAreRestored() {
    PipelineStatistics statistics = run(BackPressure.KEEP_LATEST, 1, true);

    accountsForEveryFrame(statistics);
    assertThat(statistics.inference().count()).isEqualTo(statistics.written());
  }

  private void accountsForEveryFrame(PipelineStatistics statistics) {
    assertThat(statistics.read()).isEqualTo(FRAMES);
    assertThat(statistics.written() + statistics.dropped()).isEqualTo(FRAMES);
    assertThat(written).isSorted().hasSize((int) statistics.written());
    assertThat(dropped).hasSize((int) statistics.dropped()).doesNotContainAnyElementsOf(written);
  }

  private PipelineStatistics run(BackPressure policy, int capacity, boolean slowConsumer) {
    FrameStage plain = FrameStage.of(restorer, Weather.RAIN);
    FrameStage stage =
        (frame, destination) -> {
          if (!slowConsumer) {
            work();
          }
          return plain.restore(frame, destination);
        };
    FrameConsumer consumer =
        (image, stamp) -> {
          if (slowConsumer) {
            work();
          }
          written.add(stamp.index());
        };
    try (Pipeline pipeline =
        Pipeline.builder(FrameSource.open(clip), stage, consumer)
            .backPressure(policy)
            .queueCapacity(capacity)
            .listener(
                new PipelineListener() {
                  @Override
                  public void dropped(FrameStamp stamp) {
                    dropped.add(stamp.index());
                  }
                })
            .open()) {
      return pipeline.run();
    }
  }

  private static void work() {
    restorer.restore(large, largeResult, Weather.SNOW);
  }
}
