package io.deweather.samples.scene;

import io.deweather.samples.scene.Canvas.Colour;
import java.util.Random;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Point;
import org.opencv.core.Rect;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * Road and meadow: a plan drawn once, seen in perspective. The plan repeats along the road. Further
 * away it is seen through stronger blur along the road, as one pixel then covers metres of it.
 */
final class Ground implements AutoCloseable {
  /** The middle of the oncoming lane, in metres right of the camera. */
  static final double ONCOMING_LANE = -3.6;

  private static final double LANE = 3.6;
  private static final double LEFT_EDGE = -1.5 * LANE;
  private static final double RIGHT_EDGE = 0.5 * LANE;
  private static final int PIXELS_PER_METRE = 20;
  private static final int COLUMNS = 2048;
  private static final int ROWS = 1024;
  private static final double HALF_WIDTH = COLUMNS / 2.0 / PIXELS_PER_METRE;
  private static final int GRAIN_PER_METRE = 90;
  private static final int GRAIN_SIDE = 512;

  /** From which distance in metres each plan is seen, and its blur along the road in pixels. */
  private static final double[] FROM = {0, 9, 16, 28, 55};

  private static final double[] BLUR = {0.7, 2.5, 7, 20, 60};

  private final Mat[] plans = new Mat[FROM.length];
  private final Mat grain;

  Ground() {
    Mat plan = plan();
    for (int i = 0; i < plans.length; i++) {
      plans[i] = blurredAlong(plan, BLUR[i]);
    }
    plan.release();
    grain = Texture.white(GRAIN_SIDE, GRAIN_SIDE, 29);
    Imgproc.GaussianBlur(grain, grain, new Size(0, 0), 0.8, 0.8, Core.BORDER_REFLECT);
    grain.convertTo(grain, CvType.CV_8U, 34, 128);
  }

  void draw(Canvas canvas, double travelled) {
    double reach = canvas.focal() * Canvas.CAMERA_HEIGHT;
    for (int i = 0; i < plans.length; i++) {
      int bottom = FROM[i] == 0 ? canvas.height() : rowAt(canvas, reach / FROM[i]);
      int top = i + 1 < FROM.length ? rowAt(canvas, reach / FROM[i + 1]) : rowAt(canvas, 1);
      if (bottom > top) {
        look(canvas, plans[i], new Rect(0, top, canvas.width(), bottom - top), travelled);
      }
    }
    addGrain(canvas, travelled);
    fadeIntoHaze(canvas, reach);
  }

  private static int rowAt(Canvas canvas, double belowHorizon) {
    return (int) Math.min(canvas.height(), Math.round(canvas.horizon() + belowHorizon));
  }

  private void look(Canvas canvas, Mat plan, Rect band, double travelled) {
    Mat target = canvas.image().submat(band);
    Mat map = planOfPixel(canvas, band.y, PIXELS_PER_METRE, HALF_WIDTH, travelled);
    Imgproc.warpPerspective(
        plan,
        target,
        map,
        band.size(),
        Imgproc.INTER_LINEAR | Imgproc.WARP_INVERSE_MAP,
        Core.BORDER_WRAP);
    map.release();
    target.release();
  }

  /** Pixels to plan: with w = row - horizon, z = f h / w and x = (column - centre) h / w. */
  private static Mat planOfPixel(
      Canvas canvas, int firstRow, double scale, double halfWidth, double travelled) {
    double h = Canvas.CAMERA_HEIGHT;
    double down = firstRow + 0.5 - canvas.horizon();
    Mat map = new Mat(3, 3, CvType.CV_64F);
    map.put(
        0,
        0,
        scale * h,
        scale * halfWidth,
        scale * (halfWidth * down - h * canvas.width() / 2.0),
        0,
        scale * travelled,
        scale * (travelled * down + canvas.focal() * h),
        0,
        1,
        down);
    return map;
  }

  /** Gravel and blades: what the plan is too coarse for, in the nearest metres. */
  private void addGrain(Canvas canvas, double travelled) {
    int top = rowAt(canvas, canvas.focal() * Canvas.CAMERA_HEIGHT / 14);
    Rect band = new Rect(0, top, canvas.width(), canvas.height() - top);
    Mat seen = new Mat();
    Mat map = planOfPixel(canvas, top, GRAIN_PER_METRE, 0, travelled);
    Imgproc.warpPerspective(
        grain,
        seen,
        map,
        band.size(),
        Imgproc.INTER_LINEAR | Imgproc.WARP_INVERSE_MAP,
        Core.BORDER_WRAP);
    Imgproc.cvtColor(seen, seen, Imgproc.COLOR_GRAY2BGR);
    Mat target = canvas.image().submat(band);
    Core.addWeighted(target, 1, seen, 0.5, -64, target);
    for (Mat mat : new Mat[] {seen, map, target}) {
      mat.release();
    }
  }

  private static void fadeIntoHaze(Canvas canvas, double reach) {
    int first = rowAt(canvas, 1);
    int last = rowAt(canvas, reach / 20);
    for (int row = first; row < last; row++) {
      double z = reach / (row + 0.5 - canvas.horizon());
      double share = Canvas.haze(z);
      Mat line = canvas.image().row(row);
      Mat haze = new Mat(line.size(), line.type(), Canvas.HAZE.scalar());
      Core.addWeighted(line, 1 - share, haze, share, 0, line);
      haze.release();
      line.release();
    }
  }

  private static Mat plan() {
    Mat plan = new Mat(ROWS, COLUMNS, CvType.CV_8UC3);
    shaded(plan, -HALF_WIDTH, HALF_WIDTH, new Colour(96, 122, 62), 34, 32, 41);
    shaded(plan, LEFT_EDGE - 1.1, RIGHT_EDGE + 1.1, new Colour(142, 128, 106), 22, 8, 43);
    shaded(plan, LEFT_EDGE - 0.4, RIGHT_EDGE + 0.4, new Colour(94, 95, 98), 11, 64, 47);
    Random random = new Random(53);
    repairs(plan, random);
    Colour paint = new Colour(228, 228, 222);
    stripe(plan, LEFT_EDGE, 0.13, 0, ROWS, paint);
    stripe(plan, RIGHT_EDGE, 0.13, 0, ROWS, paint);
    int dash = ROWS / 4;
    for (int from = 0; from < ROWS; from += dash) {
      stripe(plan, -LANE / 2, 0.13, from, from + dash / 2, paint);
    }
    return plan;
  }

  /** Fills the strip between two lateral positions with a mottled colour. */
  private static void shaded(
      Mat plan, double left, double right, Colour colour, double contrast, int cell, long seed) {
    Mat strip = plan.submat(0, ROWS, column(left), column(right));
    Mat mottle = Texture.fractal(ROWS, COLUMNS, cell, seed);
    Mat part = mottle.submat(0, ROWS, column(left), column(right));
    Mat shade = new Mat();
    Imgproc.cvtColor(part, shade, Imgproc.COLOR_GRAY2BGR);
    shade.convertTo(shade, -1, contrast, 0);
    Core.add(shade, colour.scalar(), shade);
    shade.convertTo(strip, CvType.CV_8UC3);
    for (Mat mat : new Mat[] {strip, mottle, part, shade}) {
      mat.release();
    }
  }

  /** Tar patches, sealed cracks and darker wheel tracks. */
  private static void repairs(Mat plan, Random random) {
    Colour tar = new Colour(66, 67, 70);
    for (int i = 0; i < 7; i++) {
      double x = LEFT_EDGE + random.nextDouble() * (RIGHT_EDGE - LEFT_EDGE - 1.5);
      int row = random.nextInt(ROWS - 80);
      Point from = new Point(column(x), row);
      Point to = new Point(column(x + 0.6 + random.nextDouble()), row + 20 + random.nextInt(50));
      Imgproc.rectangle(plan, from, to, tar.scaled(0.9 + 0.25 * random.nextDouble()).scalar(), -1);
    }
    for (int i = 0; i < 14; i++) {
      Point at =
          new Point(column(LEFT_EDGE + random.nextDouble() * 2 * LANE), random.nextInt(ROWS));
      for (int step = 0; step < 24; step++) {
        Point next =
            new Point(at.x + random.nextGaussian() * 3, at.y + 2 + random.nextGaussian() * 2);
        Imgproc.line(plan, at, next, tar.scaled(0.75).scalar(), 1, Imgproc.LINE_AA);
        at = next;
      }
    }
  }

  private static void stripe(Mat plan, double x, double width, int from, int to, Colour colour) {
    Imgproc.rectangle(
        plan,
        new Point(column(x - width / 2), from),
        new Point(column(x + width / 2), to - 1.0),
        colour.scalar(),
        -1);
  }

  private static int column(double x) {
    return (int) Math.round((x + HALF_WIDTH) * PIXELS_PER_METRE);
  }

  private static Mat blurredAlong(Mat plan, double sigma) {
    int margin = (int) Math.min(ROWS, Math.ceil(4 * sigma) + 1);
    Mat padded = new Mat();
    Core.copyMakeBorder(plan, padded, margin, margin, 0, 0, Core.BORDER_WRAP);
    Imgproc.GaussianBlur(padded, padded, new Size(0, 0), 0.6, sigma, Core.BORDER_REFLECT);
    Mat blurred = padded.submat(margin, margin + ROWS, 0, COLUMNS).clone();
    padded.release();
    return blurred;
  }

  @Override
  public void close() {
    for (Mat plan : plans) {
      plan.release();
    }
    grain.release();
  }
}
