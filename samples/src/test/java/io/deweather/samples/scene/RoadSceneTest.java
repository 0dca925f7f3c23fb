package io.deweather.samples.scene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfDouble;

class RoadSceneTest {
  @Test
  void aFrameDependsOnItsNumberOnly() {
    try (RoadScene scene = new RoadScene(320, 180);
        RoadScene again = new RoadScene(320, 180)) {
      Mat first = new Mat();
      Mat later = new Mat();
      scene.draw(7, first);
      again.draw(40, later);
      again.draw(7, later);

      assertThat(Core.norm(first, later, Core.NORM_INF)).isZero();
    }
  }

  @Test
  void framesHaveTheSizeAskedFor() {
    try (RoadScene scene = new RoadScene(333, 217)) {
      Mat frame = new Mat();
      scene.draw(0, frame);

      assertThat(frame.cols()).isEqualTo(333);
      assertThat(frame.rows()).isEqualTo(217);
      assertThat(frame.type()).isEqualTo(CvType.CV_8UC3);
    }
  }

  @Test
  void theRoadMovesAndTheSkyHardlyDoes() {
    try (RoadScene scene = new RoadScene(320, 180)) {
      Mat now = new Mat();
      Mat next = new Mat();
      scene.draw(10, now);
      scene.draw(11, next);

      double road = meanDifference(now.rowRange(100, 180), next.rowRange(100, 180));
      double sky = meanDifference(now.submat(0, 20, 120, 170), next.submat(0, 20, 120, 170));
      assertThat(road).isGreaterThan(2 * sky).isGreaterThan(3);
    }
  }

  /** A restorer is measured on it: a flat cartoon would flatter it. */
  @Test
  void hasTheContrastAndDetailOfAPhotograph() {
    try (RoadScene scene = new RoadScene(640, 360)) {
      Mat frame = new Mat();
      scene.draw(25, frame);
      MatOfDouble mean = new MatOfDouble();
      MatOfDouble deviation = new MatOfDouble();
      Core.meanStdDev(frame, mean, deviation);

      assertThat(deviation.toList()).allMatch(value -> value > 35);
      assertThat(mean.toList()).allMatch(value -> value > 60 && value < 190);
    }
  }

  @Test
  void refusesAPictureTooSmallToSeeARoad() {
    assertThatThrownBy(() -> new RoadScene(640, 63))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("size (640x63) must be at least 64x64");
  }

  private static double meanDifference(Mat a, Mat b) {
    return Core.norm(a, b, Core.NORM_L1) / (a.total() * 3);
  }
}
