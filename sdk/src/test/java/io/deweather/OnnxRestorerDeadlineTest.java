package io.deweather;

import static io.deweather.MoodyBundle.STEADY;
import static io.deweather.MoodyBundle.assertRestored;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.Core;
import org.opencv.core.Mat;

/** Every frame here runs through a real session; {@link MoodyBundle} says what makes it fail. */
@Timeout(60)
class OnnxRestorerDeadlineTest {
  private static final Duration AMPLE = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(5);

  @TempDir static Path temporary;
  private static Path bundle;
  private OnnxRestorer restorer;

  @BeforeAll
  static void write() {
    bundle = MoodyBundle.writeTo(temporary.resolve("moody"));
  }

  @BeforeEach
  void open() {
    restorer = OnnxRestorer.builder(bundle).weather(Weather.RAIN).degradation(STEADY).open();
    // What is loaded with the first frame is not what is timed here.
    restorer.restore(MoodyBundle.calm(1), AMPLE).image().release();
  }

  @AfterEach
  void close() {
    restorer.close();
    MoodyBundle.assertNoThreadLeft();
  }

  private static void assertPassedThrough(Mat frame, Restored restored, FrameReason reason) {
    assertThat(restored.reason()).isEqualTo(reason);
    assertThat(restored.status()).isEqualTo(FrameStatus.PASSED_THROUGH);
    assertThat(restored.image()).isSameAs(frame);
    assertThat(restored.weather()).isEqualTo(Weather.RAIN);
  }

  @Test
  void inTimeTheResultIsWhatItIsWithoutADeadline() {
    Mat frame = MoodyBundle.calm(2);
    assertRestored(frame, restorer.restore(frame, AMPLE));
    assertRestored(frame, restorer.restore(frame));
    Mat part = TestFrames.noise(100, 100, 3).submat(10, 58, 20, 84);
    part.put(0, 0, 0, 0, 0);
    assertRestored(part, restorer.restore(part, AMPLE));
  }

  @Test
  void aLateFrameIsAnsweredInTimeWithItselfAndTheNextIsServed() {
    List<Long> overshoots = new ArrayList<>();
    for (int i = 0; i < 15; i++) {
      Mat frame = MoodyBundle.slow(i);
      byte[] pixels = TestFrames.bytes(frame);
      Restored late = restorer.restore(frame, SHORT);
      assertPassedThrough(frame, late, FrameReason.DEADLINE);
      assertThat(TestFrames.bytes(frame)).isEqualTo(pixels);
      overshoots.add(late.latency().minus(SHORT).toMillis());
      Mat next = MoodyBundle.calm(i);
      Restored restored = restorer.restore(next, AMPLE);
      assertRestored(next, restored);
      assertThat(restored.latency()).isLessThan(Duration.ofSeconds(2));
    }
    overshoots.sort(null);
    assertThat(overshoots.get(overshoots.size() / 2)).as("median overshoot, ms").isLessThan(5);
    assertThat(overshoots.get(overshoots.size() - 1)).as("worst overshoot, ms").isLessThan(250);
  }

  @Test
  void aLateRunIsStoppedRatherThanWaitedFor() {
    Mat slow = MoodyBundle.slow(4);
    Restored unhurried = restorer.restore(slow);
    assertRestored(slow, unhurried);
    Duration most = unhurried.latency();
    restorer.restore(slow, most.dividedBy(10));
    Restored next = restorer.restore(MoodyBundle.calm(4), AMPLE);
    assertThat(next.latency()).isLessThan(most.dividedBy(2));
  }

  @Test
  void aLateResultIsNeverWrittenIntoTheCallersMemory() throws Exception {
    try (OnnxRestorer hasty =
        OnnxRestorer.builder(bundle)
            .weather(Weather.RAIN)
            .degradation(STEADY)
            .deadline(SHORT)
            .open()) {
      Mat destination = MoodyBundle.calm(5);
      byte[] before = TestFrames.bytes(destination);
      Mat frame = MoodyBundle.slow(6);
      assertPassedThrough(frame, hasty.restore(frame, destination), FrameReason.DEADLINE);
      Core.bitwise_not(frame, frame);
      // Served only after the late run has ended.
      assertRestored(MoodyBundle.calm(6), hasty.restore(MoodyBundle.calm(6), AMPLE));
      assertThat(TestFrames.bytes(destination)).isEqualTo(before);
    }
  }

  @Test
  void aFailureIsAnsweredWithTheFrameAndNamed() {
    Mat frame = MoodyBundle.frame(48, 64, 7, MoodyBundle.FAILS, 0, 0);
    for (int i = 0; i < 20; i++) {
      assertPassedThrough(frame, restorer.restore(frame), FrameReason.INFERENCE_FAILED);
      assertPassedThrough(frame, restorer.restore(frame, AMPLE), FrameReason.INFERENCE_FAILED);
      assertRestored(MoodyBundle.calm(7), restorer.restore(MoodyBundle.calm(7), AMPLE));
    }
    assertThat(restorer.health().streams().get(0).lastFailure())
        .contains("rain.onnx failed on a frame of 64x48", "indices element out of data bounds");
    assertThatThrownBy(() -> restorer.restore(frame, new Mat(), Weather.RAIN))
        .isInstanceOf(InferenceException.class)
        .hasMessageContaining("rain.onnx failed on a frame of 64x48");
  }

  @Test
  void anInvalidOutputIsNotShown() {
    for (int red : new int[] {MoodyBundle.WRONG_SHAPE, MoodyBundle.BLACK}) {
      Mat frame = MoodyBundle.frame(48, 64, 8, 0, 0, red);
      assertPassedThrough(frame, restorer.restore(frame), FrameReason.INVALID_OUTPUT);
      assertPassedThrough(frame, restorer.restore(frame, AMPLE), FrameReason.INVALID_OUTPUT);
      byte[] pixels = TestFrames.bytes(frame);
      assertPassedThrough(frame, restorer.restore(frame, frame), FrameReason.INVALID_OUTPUT);
      assertThat(TestFrames.bytes(frame)).isEqualTo(pixels);
    }
    // One grey from one grey is a result like any other.
    Mat grey =
        new Mat(48, 64, TestFrames.noise(16, 16, 1).type(), new org.opencv.core.Scalar(0, 0, 0));
    assertRestored(grey, restorer.restore(grey));
  }

  @Test
  void aFrameThatIsNotBegunInTimeSaysBusy() throws Exception {
    var others = Executors.newFixedThreadPool(3);
    try {
      Mat slow = MoodyBundle.slow(9);
      Duration alone = restorer.restore(slow).latency();
      List<Future<Restored>> running = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        running.add(others.submit(() -> restorer.restore(slow)));
      }
      Thread.sleep(alone.toMillis() / 4);
      Mat frame = MoodyBundle.calm(9);
      Restored answer = restorer.restore(frame, alone.dividedBy(8));
      assertPassedThrough(frame, answer, FrameReason.BUSY);
      for (Future<Restored> one : running) {
        assertRestored(slow, one.get());
      }
    } finally {
      others.shutdown();
    }
  }

  @Test
  void anInterruptedCallerLeavesWithItsFrame() {
    Mat frame = MoodyBundle.slow(10);
    Thread.currentThread().interrupt();
    Restored answer = restorer.restore(frame, AMPLE);
    assertThat(Thread.interrupted()).isTrue();
    assertPassedThrough(frame, answer, FrameReason.INTERRUPTED);
    assertRestored(MoodyBundle.calm(10), restorer.restore(MoodyBundle.calm(10), AMPLE));
  }

  @Test
  void closingDoesNotWaitForALateRunToFinishItsWork() {
    Mat slow = MoodyBundle.slow(11);
    Duration most = restorer.restore(slow).latency();
    restorer.restore(slow, most.dividedBy(10));
    long start = System.nanoTime();
    restorer.close();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(most.dividedBy(2));
  }

  /** Noise makes this view dawdle, and it is measured with noise. */
  @Test
  void memoryIsMeasuredThoughNoCallerWaitsForIt() {
    Mat frame = MoodyBundle.frame(480, 640, 13, 0, 0, 0);
    // Enough for the frame, but so little that it has to be measured.
    long limit =
        ResidentMemory.bytes() + MatMemory.bytes(frame) + TilePlanner.RESERVE + (50L << 20);
    try (OnnxRestorer tight =
        OnnxRestorer.builder(bundle)
            .weather(Weather.RAIN)
            .degradation(STEADY)
            .memoryLimit(limit)
            .open()) {
      Duration deadline = Duration.ofMillis(100);
      Restored answer = tight.restore(frame, deadline);
      assertPassedThrough(frame, answer, FrameReason.DEADLINE);
      for (int i = 0; i < 200 && answer.status() != FrameStatus.OK; i++) {
        answer = tight.restore(frame, deadline);
      }
      assertRestored(frame, answer);
      assertThat(tight.health().memory().perPixel()).isPositive();
    }
  }

  @Test
  void aDeadlineIsPositive() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> restorer.restore(MoodyBundle.calm(12), Duration.ZERO))
        .withMessage("deadline (PT0S) must be positive");
  }

  @Test
  @Tag("slow")
  void eachOfManyFramesIsAnsweredOnceInOrderAndInTime() throws Exception {
    List<FrameRecord> records = new CopyOnWriteArrayList<>();
    int perStream = Integer.getInteger("deweather.frames", 2100) / 3;
    long grown;
    try (OnnxRestorer busy =
        OnnxRestorer.builder(bundle)
            .selectors(() -> WeatherSelector.fixed(Weather.RAIN))
            .degradation(STEADY)
            .listener(records::add)
            .open()) {
      var cameras = Executors.newFixedThreadPool(3);
      try {
        List<Future<Lateness>> running = new ArrayList<>();
        for (String camera : List.of("front", "left", "right")) {
          running.add(cameras.submit(() -> restoreMany(busy.stream(camera), perStream)));
        }
        Lateness all = new Lateness(new ArrayList<>(), new ArrayList<>());
        for (Future<Lateness> one : running) {
          all.frames.addAll(one.get().frames);
          all.timers.addAll(one.get().timers);
        }
        // What the machine does to a bare timer it does to a deadline too.
        assertThat(percentile95(all.frames) - percentile95(all.timers))
            .as("95 % overshoot over that of a timer, ms")
            .isLessThan(5);
      } finally {
        cameras.shutdown();
      }
      for (String camera : List.of("front", "left", "right")) {
        var health = busy.stream(camera).health();
        assertThat(health.frames()).isEqualTo(perStream);
        assertThat(health.statuses().values().stream().mapToLong(n -> n).sum())
            .isEqualTo(perStream);
        assertThat(health.reasons().get(FrameReason.NONE)).isGreaterThan(perStream / 4);
        assertThat(health.reasons().get(FrameReason.INFERENCE_FAILED)).isPositive();
        assertThat(health.reasons().get(FrameReason.INVALID_OUTPUT)).isPositive();
        assertThat(health.reasons().get(FrameReason.DEADLINE)).isPositive();
        assertThat(
                records.stream()
                    .filter(record -> record.stream().equals(camera))
                    .map(FrameRecord::sequence))
            .isSorted()
            .doesNotHaveDuplicates()
            .hasSize(perStream);
      }
      Pointer.trimMemory();
      long before = Pointer.physicalBytes();
      restoreMany(busy.stream("front"), 300);
      Pointer.trimMemory();
      grown = Pointer.physicalBytes() - before;
    }
    assertThat(grown).as("growth of resident memory over 300 frames").isLessThan(40L << 20);
  }

  /** By how many ms answers were later than their deadlines, and a timer than it was set to. */
  private record Lateness(List<Long> frames, List<Long> timers) {}

  private static long percentile95(List<Long> values) {
    values.sort(null);
    return values.get(values.size() * 95 / 100);
  }

  /** Frames of random moods under random deadlines. */
  private static Lateness restoreMany(RestorationStream stream, int frames) {
    Random random = new Random(stream.name().hashCode());
    Lateness lateness = new Lateness(new ArrayList<>(), new ArrayList<>());
    Mat frame = TestFrames.noise(90, 120, 1);
    for (int i = 0; i < frames; i++) {
      int blue = random.nextInt(10) == 0 ? MoodyBundle.FAILS + random.nextInt(56) : 0;
      int green = random.nextInt(8) == 0 ? random.nextInt(256) : 0;
      int red = random.nextInt(10) == 0 ? 254 + random.nextInt(2) : 0;
      frame.put(0, 0, blue, green, red);
      Duration deadline = Duration.ofMillis(1 + random.nextInt(60));
      long start = System.nanoTime();
      Restored answer = stream.restore(frame, deadline);
      lateness.frames.add((System.nanoTime() - start - deadline.toNanos()) / 1_000_000);
      if (answer.status() == FrameStatus.OK) {
        assertRestored(frame, answer);
        answer.image().release();
      } else {
        assertThat(answer.image()).isSameAs(frame);
      }
      if (i % 10 == 0) {
        start = System.nanoTime();
        LockSupport.parkNanos(2_000_000);
        lateness.timers.add((System.nanoTime() - start - 2_000_000) / 1_000_000);
      }
    }
    return lateness;
  }
}
