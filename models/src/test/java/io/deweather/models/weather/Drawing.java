package io.deweather.models.weather;

import io.deweather.OpenCv;
import java.util.Arrays;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Point;
import org.opencv.core.Scalar;
import org.opencv.imgproc.Imgproc;

/** Small road scenes drawn for the tests, and what they compare. */
final class Drawing {
  private Drawing() {}

  /** A road to the horizon under a sky, with trees, cars and some texture. */
  static Mat road(int width, int height, int seed) {
    OpenCv.load();
    Mat road = new Mat(height, width, CvType.CV_8UC3, new Scalar(215, 185, 160));
    int horizon = height * 2 / 5;
    Imgproc.rectangle(
        road, new Point(0, horizon), new Point(width, height), new Scalar(60, 90, 70), -1);
    Dice dice = Dice.of("drawing", seed);
    for (int i = 0; i < 12; i++) {
      Point tree = new Point(dice.uniform(0, width), horizon + dice.uniform(-10, 8));
      int size = (int) dice.uniform(4, height / 8.0);
      Scalar green = new Scalar(dice.uniform(20, 60), dice.uniform(60, 110), dice.uniform(20, 70));
      Imgproc.circle(road, tree, size, green, -1);
    }
    for (int i = 0; i <= width; i += 2) { // the road narrows towards the horizon
      Point far = new Point(width / 2.0, horizon);
      Imgproc.line(road, far, new Point(i, height), new Scalar(80, 80, 84), 1);
    }
    Point middle = new Point(width / 2.0, height);
    Imgproc.line(road, new Point(width / 2.0, horizon), middle, new Scalar(70, 190, 230), 2);
    Mat texture = new Mat(height, width, CvType.CV_16SC3);
    Core.setRNGSeed(seed);
    Core.randn(texture, 0, 6);
    Core.add(road, texture, road, new Mat(), CvType.CV_8U);
    texture.release();
    return road;
  }

  static boolean same(Mat a, Mat b) {
    byte[] first = bytes(a);
    return a.size().equals(b.size()) && Arrays.equals(first, bytes(b));
  }

  static byte[] bytes(Mat picture) {
    byte[] bytes = new byte[(int) (picture.total() * picture.elemSize())];
    picture.get(0, 0, bytes);
    return bytes;
  }
}
