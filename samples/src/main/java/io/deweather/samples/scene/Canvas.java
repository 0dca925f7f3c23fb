package io.deweather.samples.scene;

import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfPoint;
import org.opencv.core.Point;
import org.opencv.core.Scalar;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * The picture and the pinhole camera that looks along the road. World coordinates in metres: x to
 * the right, y up from the road, z ahead. Colours are red, green, blue in [0, 255].
 */
final class Canvas implements AutoCloseable {
  /** How high the camera sits, in metres. */
  static final double CAMERA_HEIGHT = 1.35;

  /** What distant things fade into. */
  static final Colour HAZE = new Colour(205, 216, 226);

  private static final double HAZE_METRES = 170;
  private static final int SUBPIXEL_BITS = 4;

  private final Mat image;
  private final double focal;
  private final double horizon;

  Canvas(int width, int height) {
    image = new Mat(height, width, CvType.CV_8UC3);
    focal = 0.95 * width;
    horizon = 0.43 * height;
  }

  /** A colour: red, green, blue in [0, 255]. */
  record Colour(double red, double green, double blue) {
    Scalar scalar() {
      return new Scalar(blue, green, red);
    }

    Colour scaled(double factor) {
      return new Colour(clip(red * factor), clip(green * factor), clip(blue * factor));
    }

    Colour towards(Colour other, double share) {
      return new Colour(
          red + (other.red - red) * share,
          green + (other.green - green) * share,
          blue + (other.blue - blue) * share);
    }

    private static double clip(double value) {
      return Math.max(0, Math.min(255, value));
    }
  }

  Mat image() {
    return image;
  }

  int width() {
    return image.cols();
  }

  int height() {
    return image.rows();
  }

  double focal() {
    return focal;
  }

  double horizon() {
    return horizon;
  }

  double column(double x, double z) {
    return width() / 2.0 + focal * x / z;
  }

  double row(double y, double z) {
    return horizon + focal * (CAMERA_HEIGHT - y) / z;
  }

  /** Fills a convex polygon that stands upright at distance z; corners are x, y pairs in metres. */
  void upright(double z, Colour colour, double... corners) {
    Point[] points = new Point[corners.length / 2];
    for (int i = 0; i < points.length; i++) {
      points[i] = new Point(column(corners[2 * i], z), row(corners[2 * i + 1], z));
    }
    fill(points, faded(colour, z));
  }

  /** Fills an upright rectangle. */
  void rectangle(double z, Colour colour, double left, double bottom, double right, double top) {
    upright(z, colour, left, bottom, right, bottom, right, top, left, top);
  }

  /** Fills a convex polygon of any orientation; corners are x, y, z triples in metres. */
  void polygon(Colour colour, double... corners) {
    Point[] points = new Point[corners.length / 3];
    double z = 0;
    for (int i = 0; i < points.length; i++) {
      points[i] =
          new Point(
              column(corners[3 * i], corners[3 * i + 2]),
              row(corners[3 * i + 1], corners[3 * i + 2]));
      z += corners[3 * i + 2] / points.length;
    }
    fill(points, faded(colour, z));
  }

  /** Fills a disc that faces the camera. */
  void disc(double z, Colour colour, double x, double y, double radius) {
    ellipse(z, colour, x, y, radius, radius);
  }

  /** Fills an upright ellipse. */
  void ellipse(double z, Colour colour, double x, double y, double halfWidth, double halfHeight) {
    double scale = focal / z;
    Imgproc.ellipse(
        image,
        subpixel(new Point(column(x, z), row(y, z))),
        new Size(Math.max(1, fixed(halfWidth * scale)), Math.max(1, fixed(halfHeight * scale))),
        0,
        0,
        360,
        faded(colour, z).scalar(),
        -1,
        Imgproc.LINE_8,
        SUBPIXEL_BITS);
  }

  /** Writes a line of capitals on an upright board. */
  void text(double z, Colour colour, String text, double left, double bottom, double capHeight) {
    double pixels = capHeight * focal / z;
    if (pixels < 4) {
      return;
    }
    Imgproc.putText(
        image,
        text,
        new Point(column(left, z), row(bottom, z)),
        Imgproc.FONT_HERSHEY_SIMPLEX,
        pixels / 21,
        faded(colour, z).scalar(),
        (int) Math.max(1, Math.round(pixels / 7)),
        Imgproc.LINE_AA,
        false);
  }

  private void fill(Point[] points, Colour colour) {
    for (int i = 0; i < points.length; i++) {
      points[i] = subpixel(points[i]);
    }
    MatOfPoint corners = new MatOfPoint(points);
    Imgproc.fillConvexPoly(image, corners, colour.scalar(), Imgproc.LINE_8, SUBPIXEL_BITS);
    corners.release();
  }

  private static Colour faded(Colour colour, double z) {
    return colour.towards(HAZE, haze(z));
  }

  /** How much haze lies in front of a distance, in [0, 1). */
  static double haze(double z) {
    return 1 - Math.exp(-z / HAZE_METRES);
  }

  private static Point subpixel(Point point) {
    return new Point(fixed(point.x), fixed(point.y));
  }

  /** Kept within what OpenCV's fixed-point drawing can hold. */
  private static double fixed(double pixels) {
    return Math.rint(Math.max(-20_000, Math.min(20_000, pixels)) * (1 << SUBPIXEL_BITS));
  }

  @Override
  public void close() {
    image.release();
  }
}
