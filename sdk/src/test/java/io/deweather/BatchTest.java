package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;

/** Batches that a caller makes; {@link SharedRunTest} has those that the restorer makes. */
@Timeout(60)
class BatchTest {
  private static final int ROWS = 37;
  private static final int COLS = 53;

  @TempDir static Path temporary;
  private static Path bundle;

  @BeforeAll
  static void write() {
    bundle = GoldenBundle.ofBatches(temporary.resolve("golden"));
  }

  private static List<Mat> frames(int count) {
    List<Mat> frames = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      frames.add(TestFrames.noise(ROWS, COLS, 10 + i));
    }
    return frames;
  }

  private static List<Mat> empty(int count) {
    List<Mat> mats = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      mats.add(new Mat());
    }
    return mats;
  }

  private static List<Mat> rowsOf(Mat memory, int count) {
    List<Mat> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(memory.rowRange(i * ROWS, (i + 1) * ROWS));
    }
    return rows;
  }

  private static void assertEachAsAlone(
      OnnxRestorer restorer, List<Mat> frames, List<Mat> restored, Weather weather) {
    Mat alone = new Mat();
    for (int i = 0; i < frames.size(); i++) {
      restorer.restore(frames.get(i), alone, weather);
      assertThat(Core.norm(restored.get(i), alone, Core.NORM_INF)).as("frame %d", i).isZero();
      assertThat(TestFrames.difference(frames.get(i), alone)).isPositive();
    }
  }

  @Test
  void eachFrameComesOutAsItDoesAlone() {
    try (OnnxRestorer restorer = OnnxRestorer.open(bundle)) {
      for (Weather weather : restorer.weathers()) {
        for (int count : new int[] {1, 2, 5}) {
          List<Mat> frames = frames(count);
          List<Mat> restored = empty(count);
          restorer.restore(frames, restored, weather);
          assertEachAsAlone(restorer, frames, restored, weather);
        }
      }
      restorer.restore(List.of(), List.of(), Weather.RAIN);
    }
  }

  @Test
  void framesMayLieAnywhere() {
    try (OnnxRestorer restorer = OnnxRestorer.open(bundle)) {
      List<Mat> frames = frames(3);
      Mat memory = new Mat(3 * ROWS, COLS, CvType.CV_8UC3);
      List<Mat> row = rowsOf(memory, 3);
      for (int i = 0; i < 3; i++) {
        frames.get(i).copyTo(row.get(i));
      }
      Mat mosaic = new Mat(ROWS, 3 * COLS, CvType.CV_8UC3);
      List<Mat> beside = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        beside.add(mosaic.colRange(i * COLS, (i + 1) * COLS));
      }
      long place = beside.get(1).dataAddr();

      restorer.restore(row, beside, Weather.SNOW);
      assertEachAsAlone(restorer, frames, beside, Weather.SNOW);
      assertThat(beside.get(1).dataAddr()).isEqualTo(place);
      List<Mat> away = rowsOf(new Mat(3 * ROWS, COLS, CvType.CV_8UC3), 3);
      restorer.restore(row, away, Weather.SNOW);
      assertEachAsAlone(restorer, frames, away, Weather.SNOW);
      restorer.restore(row, row, Weather.SNOW);
      assertEachAsAlone(restorer, frames, row, Weather.SNOW);
      List<Mat> own = new ArrayList<>();
      frames.forEach(frame -> own.add(frame.clone()));
      restorer.restore(own, own, Weather.SNOW);
      assertEachAsAlone(restorer, frames, own, Weather.SNOW);
    }
  }

  @Test
  void theWorkingResolutionIsThatOfSingleFrames() {
    try (OnnxRestorer half = OnnxRestorer.builder(bundle).workingResolution(0.5).open()) {
      List<Mat> frames = frames(3);
      List<Mat> restored = empty(3);
      half.restore(frames, restored, Weather.RAIN);
      assertEachAsAlone(half, frames, restored, Weather.RAIN);
    }
  }

  @Test
  void graphsOfOneFrameRunThemOneByOne() {
    Path moody = MoodyBundle.writeTo(temporary.resolve("one"));
    try (OnnxRestorer restorer = OnnxRestorer.open(moody)) {
      List<Mat> frames =
          List.of(
              MoodyBundle.frame(ROWS, COLS, 1, 0, 0, 0),
              MoodyBundle.frame(ROWS, COLS, 2, 0, 0, 0),
              MoodyBundle.frame(ROWS, COLS, 3, 0, 0, 0));
      List<Mat> restored = empty(3);
      restorer.restore(frames, restored, Weather.RAIN);
      assertEachAsAlone(restorer, frames, restored, Weather.RAIN);
    }
  }

  @Test
  void aFailureIsThatOfEveryFrame() {
    Path moody = MoodyBundle.ofBatches(temporary.resolve("failing"));
    try (OnnxRestorer restorer = OnnxRestorer.open(moody)) {
      List<Mat> frames = frames(3);
      frames.set(0, MoodyBundle.frame(ROWS, COLS, 1, MoodyBundle.FAILS, 0, 0));
      assertThatThrownBy(() -> restorer.restore(frames, empty(3), Weather.RAIN))
          .isInstanceOf(InferenceException.class)
          .hasMessageContaining("rain.onnx failed on 3 frames of 53x37");
      frames.set(0, MoodyBundle.frame(ROWS, COLS, 1, 0, 0, MoodyBundle.BLACK));
      assertThatThrownBy(() -> restorer.restore(frames, empty(3), Weather.RAIN))
          .isInstanceOf(InferenceException.class)
          .hasMessageContaining("came out as one grey");
      assertThat(restorer.health().streams().get(0).reasons())
          .containsEntry(FrameReason.INFERENCE_FAILED, 3L)
          .containsEntry(FrameReason.INVALID_OUTPUT, 3L);
    }
  }

  @Test
  void anInvalidOutputIsNotShownWhereItLiesOverItsSource() {
    Path moody = MoodyBundle.ofBatches(temporary.resolve("black"));
    try (OnnxRestorer restorer = OnnxRestorer.open(moody)) {
      Mat memory = TestFrames.noise(2 * ROWS + 3, COLS, 1);
      memory.put(0, 0, 0, 0, MoodyBundle.BLACK);
      List<Mat> gap = List.of(memory.rowRange(0, ROWS), memory.rowRange(ROWS + 3, 2 * ROWS + 3));
      assertThatThrownBy(() -> restorer.restore(gap, rowsOf(memory, 2), Weather.RAIN))
          .isInstanceOf(InvalidOutputException.class);
      assertThat(restorer.health().streams().get(0).reasons())
          .containsEntry(FrameReason.INVALID_OUTPUT, 2L);
    }
  }

  @Test
  void framesOfOneBatchAreOfOneSize() {
    try (OnnxRestorer restorer = OnnxRestorer.open(bundle)) {
      List<Mat> frames = List.of(TestFrames.noise(32, 48, 1), TestFrames.noise(48, 32, 2));
      assertThatThrownBy(() -> restorer.restore(frames, empty(2), Weather.RAIN))
          .isInstanceOf(FrameException.class)
          .hasMessage(
              "frames of a batch must be of one size: frame 0 is CV_8UC3 48x32, frame 1 is CV_8UC3"
                  + " 32x48");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> restorer.restore(frames(2), empty(1), Weather.RAIN))
          .withMessage("destinations (1) must be as many as sources (2)");
      assertThatThrownBy(() -> restorer.restore(frames(2), empty(2), new Weather("hail")))
          .isInstanceOf(BundleException.class);
      List<Mat> copies = empty(2);
      restorer.restore(frames(2), copies, Weather.CLEAR);
      assertThat(Core.norm(copies.get(1), frames(2).get(1), Core.NORM_INF)).isZero();
    }
  }

  @Test
  void aBatchBeyondTheMemoryLimitIsSplit() {
    try (RunControl control = new RunControl();
        ViewPool views =
            new ViewPool(Engine.of(0), BundleContents.read(bundle, BundleLimits.DEFAULT))) {
      View view = views.view(Weather.RAIN);
      TilePlanner tight = new TilePlanner(1, 0, control);
      assertThat(tight.together(view, 2, ROWS, COLS, 0)).isFalse();
      assertThat(new TilePlanner(4L << 30, 0, control).together(view, 2, ROWS, COLS, 0)).isTrue();
    }
  }

  @Test
  void batchesAreAskedForInRange() {
    OnnxRestorer.Builder builder = OnnxRestorer.builder(bundle);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.batch(0, Duration.ZERO))
        .withMessage("batch: most (0) must be at least 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.batch(2, Duration.ofMillis(-1)))
        .withMessage("batch: wait (PT-0.001S) must be from 0 to 1 minute");
  }
}
