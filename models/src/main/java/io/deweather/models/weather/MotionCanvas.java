package io.deweather.models.weather;

import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Point;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * A rotated drawing surface that covers the picture, on which everything moves straight down. Its
 * motion blur is a column filter of constant cost, and its unit is the width of what is drawn, so
 * that thick streaks cost less than thin ones.
 */
final class MotionCanvas {
  /** How long an exposure lasts, in 25ths of a second: a trace is what falls through meanwhile. */
  private static final double EXPOSURE = 0.4;

  /** The least that things fall in a 25th of a second, in thousandths of the picture's height. */
  private static final double SLOWEST = 8;

  private final Scratch scratch;
  private final Framing framing;
  private final double angle;
  private final double unit;
  private final Size size;
  private final int fallen;

  /**
   * @param angle of the motion from straight down, degrees, positive towards the right
   * @param unit pixels of the picture per unit of the canvas
   * @param longest length of the longest motion trace, pixels
   */
  MotionCanvas(Scratch scratch, Framing framing, double angle, double unit, double longest) {
    this.scratch = scratch;
    this.framing = framing;
    this.angle = Math.toRadians(angle);
    this.unit = unit;
    double cos = Math.abs(Math.cos(this.angle));
    double sin = Math.abs(Math.sin(this.angle));
    // A tenth to spare for the perspective.
    double across = 1.1 * (framing.width() * cos + framing.height() * sin) + 4 * unit;
    double along = 1.1 * (framing.width() * sin + framing.height() * cos) + longest + 4 * unit;
    this.size = new Size(Math.ceil(across / unit), Math.ceil(along / unit));
    double pace = Math.max(longest / EXPOSURE, framing.thousandths(SLOWEST));
    this.fallen = (int) Math.floorMod(Math.round(framing.time() * pace / unit), (long) size.height);
  }

  Size size() {
    return size;
  }

  /** Sparse points: a share {@code density} of the canvas, of random brightness up to 1. */
  Mat points(Dice dice, double density) {
    Mat points = scratch.uniformNoise(dice, size);
    points.convertTo(points, CvType.CV_32F, 1 / density, -(1 - density) / density);
    Imgproc.threshold(points, points, 0, 0, Imgproc.THRESH_TOZERO);
    return points;
  }

  /**
   * Smears downwards, a single point keeps its brightness.
   *
   * @param length of the trace, pixels of the picture
   * @param taper share of the length over which the trace fades at its ends
   */
  void smear(Mat canvas, double length, double taper) {
    int long_ = odd(length / unit);
    if (fallen > 0 && long_ >= 3) {
      // What has left below comes in again above: a trace goes on across the seam.
      int margin = Math.min(long_, canvas.rows());
      Mat wrapped = scratch.mat();
      Core.copyMakeBorder(canvas, wrapped, margin, margin, 0, 0, Core.BORDER_WRAP);
      smear(wrapped, long_, taper);
      Mat inside = scratch.keep(wrapped.rowRange(margin, margin + canvas.rows()));
      inside.copyTo(canvas);
    } else {
      smear(canvas, long_, taper);
    }
  }

  private static void smear(Mat canvas, int long_, double taper) {
    if (long_ >= 3) {
      Imgproc.boxFilter(
          canvas, canvas, -1, new Size(1, long_), new Point(-1, -1), false, Core.BORDER_CONSTANT);
      int ends = odd(long_ * taper);
      if (ends >= 3) {
        Imgproc.boxFilter(
            canvas, canvas, -1, new Size(1, ends), new Point(-1, -1), true, Core.BORDER_CONSTANT);
      }
    }
  }

  /**
   * What the picture sees of the canvas; {@code perspective} 0 is parallel, 0.3 clearly fans out.
   */
  Mat project(Mat canvas, double perspective) {
    double c = Math.cos(angle) * unit;
    double s = Math.sin(angle) * unit;
    double cx = framing.width() / 2.0;
    double cy = framing.height() / 2.0;
    double ox = cx - (c * size.width / 2 + s * size.height / 2);
    double oy = cy - (-s * size.width / 2 + c * size.height / 2);
    canvas = fallen(canvas);
    Mat out = scratch.mat();
    if (perspective == 0) {
      Mat affine = scratch.keep(new Mat(2, 3, CvType.CV_64F));
      affine.put(0, 0, c, s, ox, -s, c, oy);
      Imgproc.warpAffine(canvas, out, affine, framing.size(), Imgproc.INTER_LINEAR);
      return out;
    }
    // Divides by w = 1 + g * (distance below the centre), keeping the centre in place.
    double g = perspective / Math.max(framing.width(), framing.height());
    double[] row = {-s * g, c * g, 1 + g * (oy - cy)};
    Mat projective = scratch.keep(new Mat(3, 3, CvType.CV_64F));
    projective.put(
        0,
        0,
        c + cx * (row[0]),
        s + cx * (row[1]),
        ox + cx * (row[2] - 1),
        -s + cy * (row[0]),
        c + cy * (row[1]),
        oy + cy * (row[2] - 1),
        row[0],
        row[1],
        row[2]);
    Imgproc.warpPerspective(canvas, out, projective, framing.size(), Imgproc.INTER_LINEAR);
    return out;
  }

  /** The canvas as much further down as things have fallen; what leaves below comes in above. */
  private Mat fallen(Mat canvas) {
    if (fallen == 0) {
      return canvas;
    }
    int rows = canvas.rows();
    Mat rolled = scratch.keep(new Mat(canvas.size(), canvas.type()));
    copy(canvas.rowRange(0, rows - fallen), rolled.rowRange(fallen, rows));
    copy(canvas.rowRange(rows - fallen, rows), rolled.rowRange(0, fallen));
    return rolled;
  }

  private void copy(Mat from, Mat to) {
    scratch.keep(from).copyTo(scratch.keep(to));
  }

  private static int odd(double value) {
    return 2 * (int) Math.round((value - 1) / 2) + 1;
  }
}
