package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.opencv.core.Core;
import org.opencv.core.Mat;
import org.opencv.core.Rect;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

class LargeFrameTest {
  private final RunControl control = new RunControl();
  private final ViewPool views =
      new ViewPool(Engine.of(0), BundleContents.read(GoldenBundle.path(), BundleLimits.DEFAULT));

  @AfterEach
  void close() {
    try (control) {
      views.close();
    }
  }

  private Mat restored(Mat frame, long limit, double scale) {
    try (FramePath path = new FramePath(new TilePlanner(limit, 0, control), control)) {
      Mat restored = new Mat();
      path.run(views.view(Weather.RAIN), frame, restored, scale);
      return restored;
    }
  }

  private TilePlan plan(Mat frame, long limit) {
    return new TilePlanner(limit, 0, control)
        .plan(views.view(Weather.RAIN), frame.rows(), frame.cols(), 0);
  }

  /** So that this much is left for tiles. */
  private long limitLeaving(long bytes, Mat frame) {
    views.view(Weather.RAIN).releaseMemory();
    return settled() + MatMemory.bytes(frame) + TilePlanner.RESERVE + bytes;
  }

  /** Resident memory, once the frames of earlier tests are freed: else they would be meanwhile. */
  private static long settled() {
    long before;
    long now = Long.MAX_VALUE;
    do {
      before = now;
      System.gc();
      LockSupport.parkNanos(50_000_000);
      Pointer.trimMemory();
      now = ResidentMemory.bytes();
    } while (now < before - (1 << 20));
    return now;
  }

  @Test
  void tilesGiveWhatTheWholeFrameGives() {
    Mat frame = TestFrames.noise(1501, 2003, 1);
    Mat whole = restored(frame, Long.MAX_VALUE, 1);
    Mat tiled = restored(frame, limitLeaving(40 << 20, frame), 1);
    assertThat(plan(frame, limitLeaving(40 << 20, frame)).tiles()).hasSizeGreaterThan(1);
    assertThat(Core.norm(whole, tiled, Core.NORM_INF)).isLessThanOrEqualTo(1);

    Mat large = new Mat(1600, 2200, frame.type());
    Mat part = large.submat(new Rect(50, 40, 2003, 1501));
    frame.copyTo(part);
    try (FramePath path =
        new FramePath(new TilePlanner(limitLeaving(40 << 20, frame), 0, control), control)) {
      path.run(views.view(Weather.RAIN), part, part, 1);
    }
    assertThat(Core.norm(whole, part, Core.NORM_INF)).isLessThanOrEqualTo(1);
  }

  @Test
  void theProcessStaysWithinTheLimit() throws InterruptedException {
    Mat frame = TestFrames.noise(2160, 3840, 2);
    long limit = limitLeaving(100 << 20, frame);
    AtomicLong most = new AtomicLong();
    AtomicBoolean done = new AtomicBoolean();
    Thread watcher =
        new Thread(
            () -> {
              while (!done.get()) {
                most.accumulateAndGet(ResidentMemory.bytes(), Math::max);
                // Seldom: each look leaves garbage, which is resident too.
                LockSupport.parkNanos(20_000_000);
              }
            });
    watcher.start();
    restored(frame, limit, 1).release();
    done.set(true);
    watcher.join();
    assertThat(most.get()).isBetween(1L, limit);
  }

  @Test
  void aFrameWhoseTilesFailIsFreedWithItsMat() {
    Mat frame = TestFrames.noise(1501, 2003, 7);
    try (FramePath path =
        new FramePath(new TilePlanner(limitLeaving(40 << 20, frame), 0, control), control)) {
      Mat restored = new Mat();
      path.run(views.view(Weather.RAIN), frame, restored, 1);
      control.stop(control.begin());
      frame.release();
      long before = ResidentMemory.bytes();
      for (int i = 0; i < 12; i++) {
        Mat late = TestFrames.noise(1501, 2003, i);
        assertThatThrownBy(() -> path.run(views.view(Weather.RAIN), late, restored, 1))
            .isInstanceOf(InferenceException.class);
        late.release();
      }
      assertThat(ResidentMemory.bytes() - before).isLessThan(50 << 20); // each takes 9 MB
      control.begin();
      restored.release();
    }
  }

  @Test
  void whatFitsIsTakenAsAWhole() {
    Mat frame = TestFrames.noise(480, 640, 3);
    assertThat(plan(frame, 8L << 30)).isNull();
    Mat other = TestFrames.noise(1501, 2003, 3);
    assertThat(plan(other, 8L << 30)).isNull();
  }

  @Test
  void aLimitThatTheProcessExceedsAlreadyIsRefusedSayingWhatItTakes() {
    Mat frame = TestFrames.noise(1501, 2003, 4);
    assertThatThrownBy(() -> plan(frame, 40 << 20))
        .isInstanceOf(InferenceException.class)
        .hasMessageMatching(
            "the memory limit \\(40 MB\\) leaves nothing for a frame of 2003x1501: the process"
                + " takes \\d+ MB without its result, and 32 MB are kept free");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OnnxRestorer.builder(GoldenBundle.path()).memoryLimit(1000))
        .withMessage("memoryLimit (1000) must be at least 134217728");
  }

  @Test
  void aLowerWorkingResolutionAddsItsCorrectionToTheFullFrame() {
    Mat small = TestFrames.noise(60, 80, 5);
    Mat frame = new Mat();
    Imgproc.resize(small, frame, new Size(320, 240), 0, 0, Imgproc.INTER_CUBIC);
    Mat half = new Mat();
    Imgproc.resize(frame, half, new Size(160, 120), 0, 0, Imgproc.INTER_AREA);
    Mat difference = new Mat();
    Core.subtract(restored(half, Long.MAX_VALUE, 1), half, difference, new Mat(), 3 + 16);
    Mat enlarged = new Mat();
    Imgproc.resize(difference, enlarged, frame.size(), 0, 0, Imgproc.INTER_LINEAR);
    Mat expected = new Mat();
    Core.add(frame, enlarged, expected, new Mat(), frame.type());

    Mat actual = restored(frame, Long.MAX_VALUE, 0.5);
    assertThat(Core.norm(actual, expected, Core.NORM_INF)).isZero();
    assertThat(TestFrames.difference(actual, frame)).isGreaterThan(5);
    // Too small to be shrunk: taken in full.
    Mat tiny = TestFrames.noise(20, 300, 6);
    assertThat(Core.norm(restored(tiny, Long.MAX_VALUE, 0.5), restored(tiny, Long.MAX_VALUE, 1)))
        .isZero();
  }
}
