package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.deweather.WeatherSelector.Selection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.Core;
import org.opencv.core.Mat;

@Timeout(60)
class RestorationStreamTest {
  private static final Duration AMPLE = Duration.ofSeconds(30);

  @TempDir private Path temporary;

  /** Rain, raindrop, snow, rain, …, from its own first frame on. */
  private static WeatherSelector rotating() {
    List<Weather> order = List.of(Weather.RAIN, Weather.RAINDROP, Weather.SNOW);
    int[] calls = new int[1];
    return frame -> new Selection(order.get(calls[0]++ % 3), 1);
  }

  @Test
  void eachStreamHasItsOwnSelectorAndCounts() {
    Mat frame = TestFrames.noise(32, 48, 1);
    try (OnnxRestorer restorer =
        OnnxRestorer.builder(GoldenBundle.path())
            .selectors(RestorationStreamTest::rotating)
            .open()) {
      RestorationStream front = restorer.stream("front");
      RestorationStream rear = restorer.stream("rear");
      assertThat(restorer.stream("front")).isSameAs(front);
      assertThat(front.restore(frame).weather()).isEqualTo(Weather.RAIN);
      assertThat(front.restore(frame, AMPLE).weather()).isEqualTo(Weather.RAINDROP);
      assertThat(rear.restore(frame, new Mat()).weather()).isEqualTo(Weather.RAIN);
      assertThat(restorer.restore(frame).weather()).isEqualTo(Weather.RAIN);
      Health health = restorer.health();
      assertThat(health.streams())
          .extracting(Health.StreamHealth::name, Health.StreamHealth::frames)
          .containsExactly(
              org.assertj.core.groups.Tuple.tuple("default", 1L),
              org.assertj.core.groups.Tuple.tuple("front", 2L),
              org.assertj.core.groups.Tuple.tuple("rear", 1L));
      rear.close();
      rear.close();
      assertThat(restorer.health().streams()).hasSize(2);
      assertThat(restorer.stream("rear").restore(frame).weather()).isEqualTo(Weather.RAIN);
    }
  }

  @Test
  void streamsAreRefusedWhereNothingChoosesForThem() {
    OnnxRestorer restorer = OnnxRestorer.builder(GoldenBundle.path()).selector(rotating()).open();
    try (restorer) {
      assertThatIllegalStateException()
          .isThrownBy(() -> restorer.stream("front"))
          .withMessageStartingWith("stream front needs a selector of its own: ");
      restorer.stream("front", rotating());
      assertThatIllegalArgumentException()
          .isThrownBy(() -> restorer.stream("front", rotating()))
          .withMessage("name (front) must be new; its stream is open");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> restorer.stream("in front"))
          .withMessage("name (in front) must match [A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    }
    assertThatIllegalStateException()
        .isThrownBy(() -> restorer.stream("front"))
        .withMessage("this restorer is closed");
  }

  /** Each frame takes long enough for the order of the beginnings to be beyond doubt. */
  @Test
  void aGreedyStreamDoesNotStarveAnother() throws Exception {
    Path bundle = MoodyBundle.writeTo(temporary.resolve("moody"));
    List<FrameRecord> records = new CopyOnWriteArrayList<>();
    try (OnnxRestorer restorer =
        OnnxRestorer.builder(bundle).weather(Weather.RAIN).listener(records::add).open()) {
      List<Thread> threads = new ArrayList<>();
      for (String name : List.of("greedy", "greedy", "greedy", "greedy", "greedy", "modest")) {
        RestorationStream stream = restorer.stream(name);
        Mat slow = MoodyBundle.frame(48, 64, 2, 0, 255, 0);
        Thread thread = new Thread(() -> stream.restore(slow));
        threads.add(thread);
        thread.start();
        Thread.sleep(5);
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }
    List<String> begun =
        records.stream()
            .sorted(Comparator.comparing(record -> record.timestamp().plus(record.queue())))
            .map(FrameRecord::stream)
            .toList();
    assertThat(begun.indexOf("modest")).isLessThanOrEqualTo(3);
  }

  @Test
  void afterRepeatedTroubleLessIsTriedUntilItWorksAgain() throws Exception {
    Path bundle = MoodyBundle.writeTo(temporary.resolve("moody"));
    DegradationPolicy policy =
        new DegradationPolicy(10, 3, 0.5, Duration.ofMillis(150), Duration.ofMillis(300), 2);
    Mat bad = MoodyBundle.frame(64, 64, 3, MoodyBundle.FAILS, 0, 0);
    // Its first pixel stays what it is when the frame is shrunk.
    Core.rotate(bad, bad, Core.ROTATE_180);
    bad.submat(0, 8, 0, 8).setTo(new org.opencv.core.Scalar(MoodyBundle.FAILS, 0, 0));
    Mat good = TestFrames.noise(64, 64, 4);
    good.submat(0, 8, 0, 8).setTo(new org.opencv.core.Scalar(0, 0, 0));
    try (OnnxRestorer restorer =
        OnnxRestorer.builder(bundle).weather(Weather.RAIN).degradation(policy).open()) {
      List<FrameReason> reasons = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        reasons.add(restorer.restore(bad).reason());
      }
      assertThat(reasons)
          .startsWith(
              FrameReason.INFERENCE_FAILED,
              FrameReason.INFERENCE_FAILED,
              FrameReason.INFERENCE_FAILED);
      assertThat(restorer.health().streams().get(0).mode()).isEqualTo(OperatingMode.BYPASS);
      assertThat(reasons).contains(FrameReason.BYPASS);

      reasons.clear();
      Restored answer;
      do {
        answer = restorer.restore(good);
        reasons.add(answer.reason());
        Thread.sleep(5);
      } while (restorer.health().streams().get(0).mode() != OperatingMode.FULL);
      assertThat(reasons)
          .contains(FrameReason.REDUCED_RESOLUTION, FrameReason.NONE)
          .doesNotContain(FrameReason.INFERENCE_FAILED);
      answer = restorer.restore(good);
      assertThat(answer.status()).isEqualTo(FrameStatus.OK);
    }
  }

  @Test
  void aFrameTooSmallToBeReducedIsRestoredInFullAndNotCalledReduced() {
    Path bundle = MoodyBundle.writeTo(temporary.resolve("moody"));
    DegradationPolicy policy =
        new DegradationPolicy(10, 3, 0.5, Duration.ofHours(1), Duration.ofHours(1), 2);
    try (OnnxRestorer restorer =
        OnnxRestorer.builder(bundle).weather(Weather.RAIN).degradation(policy).open()) {
      for (int i = 0; i < 3; i++) {
        restorer.restore(MoodyBundle.frame(24, 24, i, MoodyBundle.FAILS, 0, 0));
      }
      assertThat(restorer.health().streams().get(0).mode()).isEqualTo(OperatingMode.REDUCED);
      Mat frame = MoodyBundle.frame(24, 24, 3, 0, 0, 0);
      MoodyBundle.assertRestored(frame, restorer.restore(frame));
    }
  }

  @Test
  void theRestorersOwnStreamIsNotForgotten() {
    try (OnnxRestorer restorer =
        OnnxRestorer.builder(GoldenBundle.path()).weather(Weather.RAIN).open()) {
      restorer.restore(TestFrames.noise(32, 48, 1));
      restorer.stream(RestorationStream.DEFAULT_NAME).close();
      restorer.restore(TestFrames.noise(32, 48, 1));
      assertThat(restorer.stream(RestorationStream.DEFAULT_NAME).health().frames()).isEqualTo(2);
      assertThat(restorer.health().streams()).hasSize(1);
    }
  }

  @Test
  void aSelectorThatFailsCostsTheFrameOnly() {
    Mat frame = TestFrames.noise(32, 48, 5);
    int[] calls = new int[1];
    WeatherSelector failing =
        f -> {
          if (calls[0]++ == 0) {
            throw new InferenceException("no probabilities");
          } else if (calls[0] == 2) {
            throw new IndexOutOfBoundsException("a program's own fault");
          } else if (calls[0] == 3) {
            return null;
          }
          return new Selection(Weather.SNOW, 0.5);
        };
    try (OnnxRestorer restorer =
        OnnxRestorer.builder(GoldenBundle.path()).selector(failing).open()) {
      Restored answer = restorer.restore(frame);
      assertThat(answer.reason()).isEqualTo(FrameReason.SELECTOR_FAILED);
      assertThat(answer.image()).isSameAs(frame);
      assertThat(lastFailure(restorer)).contains("no probabilities");
      assertThat(restorer.restore(frame).reason()).isEqualTo(FrameReason.SELECTOR_FAILED);
      assertThat(lastFailure(restorer)).contains("stream default", "a program's own fault");
      assertThat(restorer.restore(frame).reason()).isEqualTo(FrameReason.SELECTOR_FAILED);
      assertThat(lastFailure(restorer)).contains("it chose null");
      assertThat(restorer.restore(frame).status()).isEqualTo(FrameStatus.OK);
    }
  }

  @Test
  void aSelectorThatThrowsAnErrorCostsTheFrameOnly() {
    Mat frame = TestFrames.noise(32, 48, 5);
    WeatherSelector failing =
        f -> {
          throw new AssertionError("a program's own fault");
        };
    try (OnnxRestorer restorer =
        OnnxRestorer.builder(GoldenBundle.path()).selector(failing).open()) {
      Restored answer = restorer.restore(frame);
      assertThat(answer.reason()).isEqualTo(FrameReason.SELECTOR_FAILED);
      assertThat(answer.image()).isSameAs(frame);
      assertThat(lastFailure(restorer)).contains("stream default", "a program's own fault");
    }
  }

  /** The second view fails on what the first made of the frame. */
  @Test
  void aFrameInPlaceStaysAsItWasWhenTheSecondOfTwoViewsFails() throws Exception {
    Path bundle = MoodyBundle.writeTo(temporary.resolve("moody"));
    GoldenBundle.replace(bundle, "snow.onnx", Files.readAllBytes(bundle.resolve("rain.onnx")));
    WeatherSelector both = WeatherSelector.fixed(List.of(Weather.RAIN, Weather.SNOW));
    try (OnnxRestorer restorer = OnnxRestorer.builder(bundle).selector(both).open()) {
      Mat frame = MoodyBundle.calm(9);
      byte[] before = TestFrames.bytes(frame);
      Restored answer = restorer.restore(frame, frame);
      assertThat(answer.reason()).isEqualTo(FrameReason.INFERENCE_FAILED);
      assertThat(lastFailure(restorer)).contains("snow.onnx failed");
      assertThat(answer.image()).isSameAs(frame);
      assertThat(TestFrames.bytes(frame)).isEqualTo(before);
    }
  }

  @Test
  void healthDoesNotWaitForAStreamThatIsBeingOpened() throws Exception {
    CountDownLatch opening = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    int[] selectors = new int[1];
    Supplier<WeatherSelector> slow =
        () -> {
          if (++selectors[0] == 2) {
            opening.countDown();
            try {
              goOn.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          }
          return rotating();
        };
    try (OnnxRestorer restorer = OnnxRestorer.builder(GoldenBundle.path()).selectors(slow).open()) {
      Thread front = new Thread(() -> restorer.stream("front"));
      front.start();
      opening.await();
      CompletableFuture<Health> health = CompletableFuture.supplyAsync(restorer::health);
      try {
        assertThat(health.get(10, TimeUnit.SECONDS).streams()).hasSize(1);
      } finally {
        goOn.countDown();
        front.join();
      }
      assertThat(restorer.health().streams()).hasSize(2);
    }
  }

  private static String lastFailure(OnnxRestorer restorer) {
    return restorer.health().streams().get(0).lastFailure();
  }

  @Test
  void healthSaysWhatHappenedAndWhatIsLoaded() {
    Mat frame = TestFrames.noise(120, 160, 6);
    try (OnnxRestorer restorer =
        OnnxRestorer.builder(GoldenBundle.path())
            .warmup(Warmup.ON_DEMAND)
            .selectors(RestorationStreamTest::rotating)
            .open()) {
      assertThat(restorer.health().views()).containsValue(Health.ViewState.NOT_LOADED).hasSize(3);
      for (int i = 0; i < 2; i++) {
        restorer.restore(frame).image().release();
      }
      Health health = restorer.health();
      assertThat(health.views())
          .containsEntry(Weather.RAIN, Health.ViewState.LOADED)
          .containsEntry(Weather.RAINDROP, Health.ViewState.ACTIVE)
          .containsEntry(Weather.SNOW, Health.ViewState.NOT_LOADED);
      Health.StreamHealth own = health.streams().get(0);
      assertThat(own.statuses())
          .containsEntry(FrameStatus.OK, 2L)
          .containsEntry(FrameStatus.DEGRADED, 0L)
          .containsEntry(FrameStatus.PASSED_THROUGH, 0L);
      assertThat(own.latency().p50()).isPositive().isLessThanOrEqualTo(own.latency().p999());
      assertThat(own.latency().p999()).isLessThanOrEqualTo(own.latency().max());
      assertThat(health.memory().resident()).isBetween(20L << 20, 8L << 30);
      assertThat(health.memory().limit()).isEqualTo(2L << 30);
      assertThat(health.versions()).containsEntry("bundle", "golden").containsKey("onnxruntime");
    }
  }

  @Test
  void aListenerHearsOfEveryFrameAndMayFail() {
    Mat frame = TestFrames.noise(32, 48, 7);
    List<FrameRecord> heard = new ArrayList<>();
    try (OnnxRestorer restorer =
        OnnxRestorer.builder(GoldenBundle.path())
            .weather(Weather.SNOW)
            .listener(
                record -> {
                  heard.add(record);
                  if (heard.size() == 2) {
                    throw new AssertionError("a listener's own fault");
                  }
                  throw new IllegalStateException("a listener's own fault");
                })
            .open()) {
      restorer.restore(frame);
      restorer.restore(frame, AMPLE);
      restorer.restore(frame, new Mat(), Weather.CLEAR);
      restorer.stream("rear").restore(frame);
    }
    assertThat(heard).extracting(FrameRecord::sequence).containsExactly(0L, 1L, 2L, 0L);
    assertThat(heard)
        .extracting(FrameRecord::stream)
        .containsExactly("default", "default", "default", "rear");
    FrameRecord first = heard.get(0);
    assertThat(first.weather()).isEqualTo(Weather.SNOW);
    assertThat(first.mode()).isEqualTo(OperatingMode.FULL);
    assertThat(first.inference()).isPositive();
    assertThat(first.queue().plus(first.inference())).isLessThanOrEqualTo(first.total());
    assertThat(heard.get(2).inference()).isZero();
  }

  @Test
  void theFlightRecorderHasEveryFrame() throws Exception {
    Path file = temporary.resolve("frames.jfr");
    try (Recording recording = new Recording();
        OnnxRestorer restorer =
            OnnxRestorer.builder(GoldenBundle.path()).weather(Weather.RAIN).open()) {
      recording.enable("io.deweather.Frame");
      recording.start();
      for (int i = 0; i < 5; i++) {
        restorer.restore(TestFrames.noise(32, 48, i));
      }
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events =
        RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().equals("io.deweather.Frame"))
            .toList();
    assertThat(events).hasSize(5);
    assertThat(events.get(4).getLong("sequence")).isEqualTo(4);
    assertThat(events.get(4).getString("weather")).isEqualTo("rain");
    assertThat(events.get(4).getString("status")).isEqualTo("OK");
    assertThat(events.get(4).getDuration("inferenceTime")).isPositive();
  }
}
