package io.deweather.samples.scene;

import io.deweather.samples.scene.Canvas.Colour;
import java.util.Random;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Point;
import org.opencv.core.Rect;
import org.opencv.core.Scalar;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/** Sky with drifting clouds, and hills with a wood in front of them. */
final class Backdrop implements AutoCloseable {
  private static final int CLOUD_ROWS = 512;
  private static final int CLOUD_COLUMNS = 2048;
  private static final double DRIFT_PIXELS_PER_SECOND = 6;
  private static final Colour ZENITH = new Colour(96, 146, 204);
  private static final Colour CLOUD = new Colour(244, 245, 247);

  private final Mat sky;
  private final Mat clouds;
  private final Mat white;
  private final Mat hills;
  private final Mat hillMask;

  Backdrop(Canvas canvas) {
    int rows = (int) Math.ceil(canvas.horizon()) + 2;
    sky = gradient(rows, canvas.width());
    clouds = cloudCover();
    white = new Mat(rows, canvas.width(), CvType.CV_32FC3, CLOUD.scalar());
    hills = new Mat(canvas.height(), canvas.width(), CvType.CV_8UC3);
    hillMask = Mat.zeros(canvas.height(), canvas.width(), CvType.CV_8U);
    ridge(canvas, 0.10, 5, Canvas.HAZE.towards(new Colour(86, 112, 128), 0.45));
    ridge(canvas, 0.055, 11, Canvas.HAZE.towards(new Colour(70, 100, 84), 0.6));
    wood(canvas);
  }

  void draw(Canvas canvas, double seconds) {
    Rect window = new Rect(0, 0, canvas.width(), sky.rows());
    Mat cover = new Mat();
    cover(seconds, window.size(), cover);
    Imgproc.cvtColor(cover, cover, Imgproc.COLOR_GRAY2BGR);
    Mat mixed = new Mat();
    Core.subtract(white, sky, mixed);
    Core.multiply(mixed, cover, mixed);
    Core.add(mixed, sky, mixed);
    Mat target = canvas.image().submat(window);
    mixed.convertTo(target, CvType.CV_8UC3);
    hills.copyTo(canvas.image(), hillMask);
    for (Mat mat : new Mat[] {cover, mixed, target}) {
      mat.release();
    }
  }

  private static Mat gradient(int rows, int columns) {
    Mat sky = new Mat(rows, columns, CvType.CV_32FC3);
    for (int row = 0; row < rows; row++) {
      double share = Math.pow((double) row / rows, 0.8);
      Mat line = sky.row(row);
      line.setTo(ZENITH.towards(Canvas.HAZE, share).scalar());
      line.release();
    }
    return sky;
  }

  /** How much of each point a cloud covers, in [0, 1]. */
  private static Mat cloudCover() {
    Mat cover = Texture.fractal(CLOUD_ROWS, CLOUD_COLUMNS, 256, 3);
    cover.convertTo(cover, -1, 1.1, -0.05);
    Imgproc.threshold(cover, cover, 0, 0, Imgproc.THRESH_TOZERO);
    Imgproc.threshold(cover, cover, 0.95, 0, Imgproc.THRESH_TRUNC);
    Imgproc.GaussianBlur(cover, cover, new Size(0, 0), 2);
    return cover;
  }

  /** The part of the clouds that stands over the road after so many seconds. */
  private void cover(double seconds, Size seen, Mat target) {
    Mat map = new Mat(2, 3, CvType.CV_64F);
    double drift = seconds * DRIFT_PIXELS_PER_SECOND;
    map.put(0, 0, 0.5 * CLOUD_COLUMNS / seen.width, 0, drift, 0, CLOUD_ROWS / seen.height, 0);
    Imgproc.warpAffine(
        clouds,
        target,
        map,
        seen,
        Imgproc.INTER_LINEAR | Imgproc.WARP_INVERSE_MAP,
        Core.BORDER_WRAP);
    map.release();
  }

  private void ridge(Canvas canvas, double height, long seed, Colour colour) {
    Mat profile = Texture.fractal(128, 1024, 128, seed);
    for (int column = 0; column < canvas.width(); column++) {
      double at = profile.get(64, (int) (column * 1023.0 / canvas.width()))[0];
      double top = canvas.horizon() - canvas.height() * height * (0.75 + 0.5 * at);
      line(column, top, canvas.horizon() + 2, colour);
    }
    profile.release();
  }

  private void wood(Canvas canvas) {
    Random random = new Random(23);
    double unit = canvas.height() / 100.0;
    for (int i = 0; i < 900; i++) {
      double column = random.nextDouble() * canvas.width();
      double fromRoad = Math.abs(column / canvas.width() - 0.5);
      double top = (1.0 + 5.5 * Math.min(1, fromRoad * 2.4)) * unit;
      double row = canvas.horizon() - random.nextDouble() * top * 0.7;
      Colour leaf =
          new Colour(52 + random.nextInt(30), 82 + random.nextInt(38), 50 + random.nextInt(22));
      blob(column, row, unit * (0.5 + random.nextDouble()), leaf.towards(Canvas.HAZE, 0.38));
    }
  }

  private void blob(double column, double row, double radius, Colour colour) {
    Point centre = new Point(column, row);
    Imgproc.circle(hills, centre, (int) Math.round(radius), colour.scalar(), -1);
    Imgproc.circle(hillMask, centre, (int) Math.round(radius), new Scalar(255), -1);
  }

  private void line(int column, double top, double bottom, Colour colour) {
    Point from = new Point(column, top);
    Point to = new Point(column, bottom);
    Imgproc.line(hills, from, to, colour.scalar(), 1);
    Imgproc.line(hillMask, from, to, new Scalar(255), 1);
  }

  @Override
  public void close() {
    for (Mat mat : new Mat[] {sky, clouds, white, hills, hillMask}) {
      mat.release();
    }
  }
}
