package io.deweather.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deweather.FrameReason;
import io.deweather.FrameStatus;
import io.deweather.InferenceException;
import io.deweather.OnnxRestorer;
import io.deweather.RestorationStream;
import io.deweather.Restored;
import io.deweather.Weather;
import io.deweather.WeatherSelector;
import io.deweather.video.FrameSource;
import io.deweather.video.FrameStamp;
import io.deweather.video.MediaException;
import io.deweather.video.VideoSink;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.Mat;

class PipelineTest {
  private static OnnxRestorer restorer;

  @TempDir Path folder;

  @BeforeAll
  static void open() {
    restorer = Clips.golden();
  }

  @AfterAll
  static void close() {
    restorer.close();
  }

  @AfterEach
  void noThreadIsLeft() {
    assertThat(Clips.threads()).isEmpty();
  }

  @Test
  void fileToFileKeepsOrderAndTimestampsOfAVariableRate() {
    long[] times = new long[60];
    Random random = new Random(5);
    for (int i = 1; i < times.length; i++) {
      times[i] = times[i - 1] + 1_000 + random.nextInt(90_000);
    }
    Path clip = Clips.write(folder.resolve("vfr.mp4"), times);
    Path output = folder.resolve("out.mp4");

    FrameSource source = FrameSource.open(clip);
    PipelineStatistics statistics;
    try (VideoSink sink = VideoSink.builder(output).like(source.info()).open();
        Pipeline pipeline =
            Pipeline.builder(source, FrameStage.of(restorer, Weather.RAIN), sink::write).open()) {
      statistics = pipeline.run();
    }

    assertThat(Clips.stamps(output).stream().mapToLong(FrameStamp::timestampMicros))
        .containsExactly(Arrays.stream(times).boxed().toArray(Long[]::new));
    assertThat(statistics.read()).isEqualTo(60);
    assertThat(statistics.written()).isEqualTo(60);
    assertThat(statistics.dropped()).isZero();
    assertThat(statistics.weathers()).isEqualTo(Map.of(Weather.RAIN, 60L));
    assertThat(statistics.framesPerSecond()).isPositive();
    for (Latency latency :
        List.of(
            statistics.decode(),
            statistics.queue(),
            statistics.inference(),
            statistics.encode(),
            statistics.total())) {
      assertThat(latency.count()).isEqualTo(60);
      assertThat(latency.p50()).isLessThanOrEqualTo(latency.p99());
      assertThat(latency.p999()).isLessThanOrEqualTo(latency.max());
    }
    assertThat(statistics.total().max()).isGreaterThan(statistics.inference().max());
  }

  @Test
  void frameForFrameTheSameAsOneAfterTheOther() {
    Path clip = Clips.write(folder.resolve("clip.mp4"), 30);
    List<Mat> plain = Clips.frames(clip);
    List<Boolean> same = new ArrayList<>();
    Mat expected = new Mat();

    run(
        clip,
        FrameStage.of(restorer, Weather.SNOW),
        (image, stamp) -> {
          restorer.restore(plain.get((int) stamp.index()), expected, Weather.SNOW);
          same.add(Clips.same(image, expected));
        });

    assertThat(same).hasSize(30).doesNotContain(false);
    plain.forEach(Mat::release);
  }

  /** The second stage is slower by far, so that frames overtake each other all the time. */
  @Test
  void severalStagesKeepTheOrderAndTheFrames() {
    Path clip = Clips.write(folder.resolve("clip.mp4"), 80);
    List<Mat> plain = Clips.frames(clip);
    List<Long> order = new ArrayList<>();
    List<Boolean> same = new ArrayList<>();
    Mat expected = new Mat();
    FrameStage quick = FrameStage.of(restorer, Weather.RAIN);
    FrameStage slow =
        (frame, destination) -> {
          for (int i = 0; i < 4; i++) {
            quick.restore(frame, destination);
          }
          return quick.restore(frame, destination);
        };

    try (Pipeline pipeline =
        Pipeline.builder(
                FrameSource.open(clip),
                quick,
                (image, stamp) -> {
                  order.add(stamp.index());
                  restorer.restore(plain.get((int) stamp.index()), expected, Weather.RAIN);
                  same.add(Clips.same(image, expected));
                })
            .addStage(slow)
            .addStage(quick)
            .open()) {
      pipeline.run();
    }

    assertThat(order).hasSize(80).isSorted().doesNotHaveDuplicates();
    assertThat(same).doesNotContain(false);
    plain.forEach(Mat::release);
  }

  @Test
  void aStageThatFailsBesideOthersLeavesExactlyTheFramesBeforeWritten() {
    Path clip = Clips.write(folder.resolve("clip.mp4"), 60);
    for (int failing = 0; failing < 30; failing += 3) {
      int number = failing;
      List<Long> written = new ArrayList<>();
      AtomicInteger calls = new AtomicInteger();
      FrameStage plain = FrameStage.of(restorer, Weather.RAIN);
      FrameStage stage =
          (frame, destination) -> {
            if (calls.getAndIncrement() == number) {
              throw new InferenceException("frame " + number);
            }
            return plain.restore(frame, destination);
          };
      try (Pipeline pipeline =
          Pipeline.builder(
                  FrameSource.open(clip), stage, (image, stamp) -> written.add(stamp.index()))
              .addStage(stage)
              .open()) {
        assertThatThrownBy(pipeline::run).hasMessage("frame " + number);
      }
      // Two threads may call in either order.
      assertThat(written).isSorted().hasSizeBetween(Math.max(0, number - 1), number + 1);
      for (int i = 0; i < written.size(); i++) {
        assertThat(written.get(i)).isEqualTo(i);
      }
    }
  }

  @Test
  void clearPassesFramesThroughUntouched() {
    Path clip = Clips.write(folder.resolve("clip.mp4"), 10);
    List<Mat> plain = Clips.frames(clip);
    List<FrameReport> reports = new ArrayList<>();
    List<Boolean> same = new ArrayList<>();

    try (Pipeline pipeline =
        Pipeline.builder(
                FrameSource.open(clip),
                FrameStage.of(restorer, Weather.CLEAR),
                (image, stamp) -> same.add(Clips.same(image, plain.get((int) stamp.index()))))
            .listener(collect(reports))
            .open()) {
      pipeline.run();
    }

    assertThat(same).hasSize(10).doesNotContain(false);
    assertThat(reports).extracting(FrameReport::status).containsOnly(FrameStatus.OK);
    assertThat(reports).extracting(FrameReport::sequence).startsWith(0L, 1L, 2L).hasSize(10);
    plain.forEach(Mat::release);
  }

  @Test
  void reportsSayWhatBecameOfEachFrame() {
    Path clip = Clips.write(folder.resolve("clip.mp4"), 8);
    List<FrameReport> reports = new ArrayList<>();

    try (Pipeline pipeline =
        Pipeline.builder(
                FrameSource.open(clip), FrameStage.of(restorer, Weather.RAIN), (image, stamp) -> {})
            .listener(collect(reports))
            .open()) {
      pipeline.run();
    }

    assertThat(reports).hasSize(8);
    FrameReport third = reports.get(2);
    assertThat(third.sequence()).isEqualTo(2);
    assertThat(third.timestampMicros()).isEqualTo(80_000);
    assertThat(third.weather()).isEqualTo(Weather.RAIN);
    assertThat(third.confidence()).isEqualTo(1);
    assertThat(third.status()).isEqualTo(FrameStatus.OK);
    assertThat(third.inference()).isPositive();
    assertThat(third.total()).isGreaterThanOrEqualTo(third.queue().plus(third.inference()));
  }

  @Test
  void aSelectorIsAskedForEveryFrameInOrder() {
    Path clip = Clips.write(folder.resolve("clip.mp4"), 9);
    List<Weather> turn = List.of(Weather.RAIN, Weather.CLEAR, Weather.SNOW);
    List<Weather> seen = new ArrayList<>();
    int[] calls = {0};
    FrameStage stage =
        (frame, destination) ->
            FrameStage.of(restorer, turn.get(calls[0]++ % 3)).restore(frame, destination);

    try (Pipeline pipeline =
        Pipeline.builder(FrameSource.open(clip), stage, (image, stamp) -> {})
            .listener(
                new PipelineListener() {
                  @Override
                  public void frame(FrameReport report) {
                    seen.add(report.weather());
                  }
                })
            .open()) {
      assertThat(pipeline.run().weathers())
          .isEqualTo(Map.of(Weather.RAIN, 3L, Weather.CLEAR, 3L, Weather.SNOW, 3L));
    }

    for (int i = 0; i < 9; i++) {
      assertThat(seen.get(i)).isEqualTo(turn.get(i % 3));
    }
  }

  @Test
  void aFrameThatIsNotRestoredInTimeLeavesAsItCameAndSaysWhy() {
    Path clip = Clips.write(folder.resolve("clip.mp4"), 20);
    List<Mat> plain = Clips.frames(clip);
    List<FrameReport> reports = new ArrayList<>();
    List<Boolean> untouched = new ArrayList<>();
    AtomicInteger lateCalls = new AtomicInteger();
    FrameStage late =
        (frame, destination) ->
            lateCalls.getAndIncrement() % 2 == 0
                ? FrameStage.of(restorer, Weather.RAIN).restore(frame, destination)
                : new Restored(
                    frame,
                    Weather.RAIN,
                    1,
                    Duration.ZERO,
                    FrameStatus.PASSED_THROUGH,
                    FrameReason.DEADLINE,
                    new WeatherSelector.Selection(Weather.RAIN, 1));

    try (Pipeline pipeline =
        Pipeline.builder(
                FrameSource.open(clip),
                late,
                (image, stamp) -> untouched.add(Clips.same(image, plain.get((int) stamp.index()))))
            .listener(collect(reports))
            .open()) {
      PipelineStatistics statistics = pipeline.run();
      long passed = statistics.statuses().get(FrameStatus.PASSED_THROUGH);
      assertThat(passed).isPositive();
      assertThat(passed + statistics.statuses().get(FrameStatus.OK)).isEqualTo(20);
    }

    for (int i = 0; i < 20; i++) {
      boolean passed = reports.get(i).status() == FrameStatus.PASSED_THROUGH;
      assertThat(untouched.get(i)).isEqualTo(passed);
      assertThat(reports.get(i).reason())
          .isEqualTo(passed ? FrameReason.DEADLINE : FrameReason.NONE);
    }
    plain.forEach(Mat::release);
  }

  @Test
  void aRestorerWithASelectorChoosesTheView() throws Exception {
    Path clip = Clips.write(folder.resolve("clip.mp4"), 9);
    int[] calls = {0};
    List<Weather> turn = List.of(Weather.RAIN, Weather.CLEAR, Weather.SNOW);
    try (RestorationStream stream =
            restorer.stream(
                "front", frame -> new WeatherSelector.Selection(turn.get(calls[0]++ % 3), 0.5));
        Pipeline pipeline =
            Pipeline.builder(FrameSource.open(clip), FrameStage.of(stream), (image, stamp) -> {})
                .open()) {
      assertThat(pipeline.run().weathers())
          .isEqualTo(Map.of(Weather.RAIN, 3L, Weather.CLEAR, 3L, Weather.SNOW, 3L));
    }
  }

  @Test
  void aStageMayReturnAMatOfItsOwn() {
    Path clip = Clips.write(folder.resolve("clip.mp4"), 12);
    List<Integer> widths = new ArrayList<>();
    FrameStage stage =
        (frame, destination) ->
            new Restored(frame.colRange(0, 32).clone(), Weather.RAIN, 0.5, Duration.ZERO);

    run(clip, stage, (image, stamp) -> widths.add(image.cols()));

    assertThat(widths).hasSize(12).containsOnly(32);
  }

  @Test
  void aLimitEndsAfterSoManyFrames() {
    Path clip = Clips.write(folder.resolve("clip.mp4"), 40);
    List<Long> written = new ArrayList<>();

    try (Pipeline pipeline =
        Pipeline.builder(
                FrameSource.open(clip),
                FrameStage.of(restorer, Weather.RAIN),
                (image, stamp) -> written.add(stamp.index()))
            .limit(7)
            .open()) {
      assertThat(pipeline.run().written()).isEqualTo(7);
    }

    assertThat(written).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L);
  }

  @Test
  void aClipThatBreaksOffIsWrittenUpToThereAndThenFails() throws Exception {
    byte[] whole = Files.readAllBytes(Clips.write(folder.resolve("whole.mkv"), 60));
    Path cut = Files.write(folder.resolve("cut.mkv"), Arrays.copyOf(whole, whole.length / 2));
    Path output = folder.resolve("out.mp4");

    try (VideoSink sink = VideoSink.builder(output).open();
        Pipeline pipeline =
            Pipeline.builder(
                    FrameSource.open(cut), FrameStage.of(restorer, Weather.RAIN), sink::write)
                .open()) {
      assertThatThrownBy(pipeline::run)
          .isInstanceOf(MediaException.class)
          .hasMessageContaining("breaks off");
      assertThat(pipeline.statistics().written()).isEqualTo(pipeline.statistics().read());
    }

    assertThat(Clips.stamps(output)).hasSizeBetween(20, 40);
  }

  @Test
  void aStageThatFailsLeavesTheFramesBeforeWritten() {
    Path clip = Clips.write(folder.resolve("clip.mp4"), 40);
    List<Long> written = new ArrayList<>();
    int[] calls = {0};
    FrameStage stage =
        (frame, destination) -> {
          if (++calls[0] == 11) {
            throw new InferenceException("out of order");
          }
          return FrameStage.of(restorer, Weather.RAIN).restore(frame, destination);
        };

    assertThatThrownBy(() -> run(clip, stage, (image, stamp) -> written.add(stamp.index())))
        .isInstanceOf(InferenceException.class)
        .hasMessage("out of order");

    assertThat(written).hasSize(10).endsWith(9L);
  }

  @Test
  void aConsumerThatFailsEndsEverything() {
    Path clip = Clips.write(folder.resolve("clip.mp4"), 40);
    FrameConsumer full =
        (image, stamp) -> {
          if (stamp.index() == 5) {
            throw new MediaException("the disk is full");
          }
        };

    assertThatThrownBy(() -> run(clip, FrameStage.of(restorer, Weather.RAIN), full))
        .isInstanceOf(MediaException.class)
        .hasMessage("the disk is full");
  }

  @Test
  void runsOnceOnly() {
    Path clip = Clips.write(folder.resolve("clip.mp4"), 2);
    Pipeline pipeline =
        Pipeline.builder(
                FrameSource.open(clip), FrameStage.of(restorer, Weather.RAIN), (image, stamp) -> {})
            .open();
    pipeline.run();

    assertThatThrownBy(pipeline::run).isInstanceOf(IllegalStateException.class);
    pipeline.close();
    pipeline.close();
    assertThatThrownBy(pipeline::start).hasMessageContaining("closed");
  }

  @Test
  void settingsOutOfRangeAreRefusedByName() {
    Pipeline.Builder builder =
        Pipeline.builder(
            FrameSource.open(Clips.write(folder.resolve("clip.mp4"), 1)),
            FrameStage.of(restorer, Weather.RAIN),
            (image, stamp) -> {});

    assertThatThrownBy(() -> builder.queueCapacity(0)).hasMessageContaining("queueCapacity (0)");
    assertThatThrownBy(() -> builder.limit(0)).hasMessageContaining("limit (0)");
    assertThatThrownBy(
            () -> new Reopening(Duration.ofSeconds(2), Duration.ofSeconds(1), Duration.ZERO))
        .hasMessageContaining("longestDelay");
  }

  private static void run(Path clip, FrameStage stage, FrameConsumer consumer) {
    try (Pipeline pipeline = Pipeline.builder(FrameSource.open(clip), stage, consumer).open()) {
      pipeline.run();
    }
  }

  private static PipelineListener collect(List<FrameReport> reports) {
    return new PipelineListener() {
      @Override
      public void frame(FrameReport report) {
        reports.add(report);
      }
    };
  }
}
