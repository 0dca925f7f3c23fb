package io.deweather.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deweather.OnnxRestorer;
import io.deweather.Weather;
import io.deweather.video.FrameSource;
import io.deweather.video.FrameStamp;
import io.deweather.video.MediaException;
import io.deweather.video.StreamInfo;
import io.deweather.video.VideoSink;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.Mat;

@Timeout(60)
class StoppingTest {
  @TempDir static Path folder;
  private static OnnxRestorer restorer;
  private static Path clip;

  @BeforeAll
  static void open() {
    restorer = Clips.golden();
    clip = Clips.write(folder.resolve("clip.mp4"), 60);
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
  void stopFinishesWhatWasDecoded() throws Exception {
    List<Long> written = new ArrayList<>();
    CountDownLatch fifth = new CountDownLatch(5);
    try (Pipeline pipeline =
        builder(
                (image, stamp) -> {
                  written.add(stamp.index());
                  fifth.countDown();
                })
            .open()) {
      pipeline.start();
      fifth.await();
      pipeline.stop();
      assertThat(pipeline.await(Duration.ofSeconds(10))).isTrue();
      PipelineStatistics statistics = pipeline.statistics();
      assertThat(statistics.written()).isEqualTo(statistics.read());
      assertThat(written).hasSize((int) statistics.read()).isSorted();
    }
  }

  @Test
  void closeLeavesNoThreadFromAnyState() throws Exception {
    Random random = new Random(11);
    for (int i = 0; i < 60; i++) {
      Pipeline.Builder settings =
          builder((image, stamp) -> {})
              .queueCapacity(1 + random.nextInt(4))
              .backPressure(BackPressure.values()[random.nextInt(3)]);
      for (int more = random.nextInt(3); more > 0; more--) {
        settings.addStage(FrameStage.of(restorer, Weather.SNOW));
      }
      Pipeline pipeline = settings.open();
      if (random.nextInt(8) > 0) {
        pipeline.start();
        pause(random.nextInt(20_000));
      }
      if (random.nextBoolean()) {
        pipeline.stop();
        pause(random.nextInt(2_000));
      }
      pipeline.close();
      assertThat(Clips.threads()).isEmpty();
      pipeline.close();
    }
  }

  @Test
  void aClipThatIsStoppedAtAnyTimePlaysUpToThere() throws Exception {
    Random random = new Random(3);
    for (int i = 0; i < 8; i++) {
      Path output = folder.resolve("out" + i + ".mp4");
      PipelineStatistics statistics;
      try (VideoSink sink = VideoSink.builder(output).open();
          Pipeline pipeline = builder(sink::write).open()) {
        pipeline.start();
        while (pipeline.statistics().written() == 0) {
          pause(200);
        }
        pause(random.nextInt(20_000));
        pipeline.stop();
        pipeline.await(Duration.ofSeconds(10));
        statistics = pipeline.statistics();
      }
      assertThat(Clips.stamps(output)).hasSize((int) statistics.written());
    }
  }

  @Test
  void closeWaitsForTheFrameInTheRestorerAndDropsTheRest() throws Exception {
    CountDownLatch inFlight = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    List<Boolean> finished = new ArrayList<>();
    FrameStage plain = FrameStage.of(restorer, Weather.RAIN);
    Pipeline pipeline =
        Pipeline.builder(
                FrameSource.open(clip),
                (frame, destination) -> {
                  inFlight.countDown();
                  awaitUninterruptibly(goOn);
                  var restored = plain.restore(frame, destination);
                  finished.add(true);
                  return restored;
                },
                (image, stamp) -> {})
            .open();
    pipeline.start();
    inFlight.await();
    Thread closing = new Thread(pipeline::close);
    closing.start();
    closing.join(100);
    assertThat(closing.isAlive()).isTrue();
    goOn.countDown();
    closing.join();

    assertThat(finished).containsExactly(true);
    assertThat(pipeline.statistics().written()).isZero();
  }

  @Test
  void stopBeforeTheStartEndsWithNoFrame() {
    try (Pipeline pipeline = builder((image, stamp) -> {}).open()) {
      pipeline.stop();
      assertThat(pipeline.run().written()).isZero();
    }
  }

  /** A watchdog's interruption that comes when the stage is done; the other one waits its turn. */
  @Test
  void aRestoringThreadThatIsInterruptedEndsThePipeline() {
    FrameStage plain = FrameStage.of(restorer, Weather.RAIN);
    FrameStage interrupted =
        (frame, destination) -> {
          var restored = plain.restore(frame, destination);
          Thread.currentThread().interrupt();
          return restored;
        };
    try (Pipeline pipeline =
        Pipeline.builder(FrameSource.open(clip), interrupted, (image, stamp) -> {})
            .addStage(interrupted)
            .open()) {
      assertThatThrownBy(pipeline::run)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("interrupted");
    }
  }

  @Test
  void twoMayCloseAtOnce() throws Exception {
    for (int i = 0; i < 20; i++) {
      Pipeline pipeline = builder((image, stamp) -> {}).open();
      pipeline.start();
      Thread other = new Thread(pipeline::close);
      other.start();
      pipeline.close();
      other.join();
    }
  }

  @Test
  void anInterruptedRunStopsAndKeepsTheFlag() {
    try (Pipeline pipeline = builder((image, stamp) -> {}).open()) {
      Thread.currentThread().interrupt();
      PipelineStatistics statistics = pipeline.run();
      assertThat(Thread.interrupted()).isTrue();
      assertThat(statistics.written()).isEqualTo(statistics.read()).isLessThan(60);
    }
  }

  @Test
  void anInterruptedRunThatFailsKeepsTheFlagToo() {
    Thread running = Thread.currentThread();
    CountDownLatch stopped = new CountDownLatch(1);
    FrameSource source = FrameSource.open(clip);
    FrameSource stoppable =
        new FrameSource() {
          @Override
          public StreamInfo info() {
            return source.info();
          }

          @Override
          public Optional<FrameStamp> read(Mat target) {
            return source.read(target);
          }

          @Override
          public void close() {
            stopped.countDown();
            source.close();
          }
        };
    FrameConsumer failing =
        (image, stamp) -> {
          running.interrupt();
          awaitUninterruptibly(stopped);
          throw new MediaException("the disk is full");
        };
    try (Pipeline pipeline =
        Pipeline.builder(stoppable, FrameStage.of(restorer, Weather.RAIN), failing).open()) {
      assertThatThrownBy(pipeline::run).hasMessage("the disk is full");
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void waitsForEver() throws InterruptedException {
    try (Pipeline pipeline = builder((image, stamp) -> {}).limit(2).open()) {
      pipeline.start();
      assertThat(pipeline.await(ChronoUnit.FOREVER.getDuration())).isTrue();
    }
  }

  @Test
  void aListenerMayStopButNotClose() {
    List<Throwable> refused = new ArrayList<>();
    Pipeline[] self = new Pipeline[1];
    self[0] =
        builder(
                (image, stamp) -> {
                  try {
                    self[0].close();
                  } catch (IllegalStateException e) {
                    refused.add(e);
                  }
                  self[0].stop();
                })
            .open();
    PipelineStatistics statistics = self[0].run();
    self[0].close();

    assertThat(statistics.written()).isPositive().isEqualTo(statistics.read());
    assertThat(refused).isNotEmpty();
    assertThat(refused.get(0)).hasMessageContaining("stop()");
  }

  private static Pipeline.Builder builder(FrameConsumer consumer) {
    return Pipeline.builder(
        FrameSource.open(clip), FrameStage.of(restorer, Weather.RAIN), consumer);
  }

  private static void pause(int micros) throws InterruptedException {
    Thread.sleep(micros / 1_000, micros % 1_000 * 1_000);
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    while (true) {
      try {
        latch.await();
        return;
      } catch (InterruptedException e) {
        // The pipeline interrupts only the thread that decodes.
      }
    }
  }
}
