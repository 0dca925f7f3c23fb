package io.deweather.models;

import java.util.SplittableRandom;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfPoint;
import org.opencv.core.Point;
import org.opencv.core.Scalar;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * Makes dark roads of pictures taken by day, which few photographs show: black but for what lamps
 * reach, with the noise of a sensor short of light. Before any weather, so that it stays known what
 * the weather did.
 */
final class Nightfall {
  private static final double SHARE = 0.2;
  private static final double DARKEST = 0.025;
  private static final double LIGHTEST = 0.16;
  private static final int MOST_LAMPS = 7;

  private Nightfall() {}

  /** Turns one picture in five to night, {@code CV_8UC3} BGR, in place. */
  static void perhaps(Mat picture, SplittableRandom random) {
    if (random.nextDouble() >= SHARE) {
      return;
    }
    Mat night = new Mat();
    picture.convertTo(night, CvType.CV_32F, 1 / 255.0);
    Core.pow(night, 1 + 0.8 * random.nextDouble(), night);
    Mat light =
        random.nextBoolean() ? headlights(picture.size(), random) : light(picture.size(), random);
    Core.multiply(night, light, night);
    double mean = Math.max(1e-3, Core.sumElems(night).val[1] / night.total());
    double wanted = DARKEST * Math.pow(LIGHTEST / DARKEST, random.nextDouble());
    double blue = 0.3 * (random.nextDouble() - 0.65);
    double gain = Math.min(1.2, wanted / mean);
    Core.multiply(night, new Scalar(gain * (1 + blue), gain, gain * (1 - blue)), night);
    lamps(night, random);
    Core.setRNGSeed(random.nextInt());
    Core.randn(light, 0, (0.3 + 3 * random.nextDouble() * random.nextDouble()) / 255);
    Core.add(night, light, night);
    night.convertTo(picture, CvType.CV_8U, 255);
    night.release();
    light.release();
  }

  /** How much light falls where: smooth, uneven by up to five stops. */
  private static Mat light(Size size, SplittableRandom random) {
    int across = 2 + random.nextInt(3);
    double stops = 5 * random.nextDouble();
    Mat few = new Mat(across, across, CvType.CV_32FC3);
    for (int y = 0; y < across; y++) {
      for (int x = 0; x < across; x++) {
        float value = (float) Math.pow(2, -stops * random.nextDouble());
        few.put(y, x, new float[] {value, value, value});
      }
    }
    Mat light = new Mat();
    Imgproc.resize(few, light, size, 0, 0, Imgproc.INTER_LINEAR);
    few.release();
    return light;
  }

  /** What a car's own lamps reach: a cone on the road, and next to nothing beside it. */
  private static Mat headlights(Size size, SplittableRandom random) {
    double dark = 0.04 * random.nextDouble() * random.nextDouble();
    Mat light = new Mat(size, CvType.CV_32FC3, Scalar.all(dark));
    double horizon = size.height * (0.25 + 0.35 * random.nextDouble());
    double end = size.height * (0.7 + 0.4 * random.nextDouble());
    double middle = size.width * (0.3 + 0.4 * random.nextDouble());
    double far = size.width * (0.03 + 0.15 * random.nextDouble());
    double near = size.width * (0.3 + 0.4 * random.nextDouble());
    Point[] cone = {
      new Point(middle - far, horizon),
      new Point(middle + far, horizon),
      new Point(middle + near, end),
      new Point(middle - near, end)
    };
    MatOfPoint outline = new MatOfPoint(cone);
    Imgproc.fillConvexPoly(light, outline, Scalar.all(1));
    outline.release();
    double soft = Math.min(size.width, size.height) * (0.01 + 0.05 * random.nextDouble());
    Imgproc.GaussianBlur(light, light, new Size(0, 0), soft);
    return light;
  }

  /** Head, tail and street lamps with what shines around them. */
  private static void lamps(Mat night, SplittableRandom random) {
    double side = Math.min(night.rows(), night.cols());
    Mat lamps = Mat.zeros(night.size(), night.type());
    for (int i = random.nextInt(MOST_LAMPS + 1); i > 0; i--) {
      boolean red = random.nextDouble() < 0.3;
      double cool = random.nextDouble();
      Scalar colour = red ? new Scalar(0.1, 0.15, 1) : new Scalar(0.35 + 0.65 * cool, 0.85, 1);
      Point at = new Point(random.nextDouble() * night.cols(), random.nextDouble() * night.rows());
      int radius = (int) Math.round(Math.max(1, side * 0.02 * Math.pow(random.nextDouble(), 2)));
      Imgproc.circle(lamps, at, radius, colour, Imgproc.FILLED);
    }
    Core.add(night, lamps, night);
    Imgproc.GaussianBlur(lamps, lamps, new Size(0, 0), side * (0.01 + 0.04 * random.nextDouble()));
    Core.scaleAdd(lamps, 1 + 3 * random.nextDouble(), night, night);
    lamps.release();
  }
}
