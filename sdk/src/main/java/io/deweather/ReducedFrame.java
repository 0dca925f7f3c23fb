package io.deweather;

import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * Restoring at a lower working resolution: what the network changes in the shrunken frame is
 * enlarged and added to the full one, so that detail which it leaves alone stays sharp. Not
 * thread-safe.
 */
final class ReducedFrame implements AutoCloseable {
  private static final int MINIMUM = BundleManifest.FrameContract.BGR_UINT8.minimumSize();

  /** Of three channels of 16 bits. */
  private static final long CORRECTION_BYTES = 6;

  private static final long RESULT_BYTES = 3;

  private final Mat small = new Mat();
  private final Mat restored = new Mat();
  private final Mat correction = new Mat();
  private final Mat enlarged = new Mat();
  private final Mat sum = new Mat();

  /**
   * The size of a frame's shrunken form; null if the frame runs in full: it is not to be shrunk, or
   * would be smaller than the frame contract or the device allows.
   */
  static Size size(Mat source, double scale, Provider provider) {
    int rows = (int) Math.round(source.rows() * scale);
    int cols = (int) Math.round(source.cols() * scale);
    boolean shrinks = scale < 1 && rows >= MINIMUM && cols >= MINIMUM && provider.takes(rows, cols);
    return shrinks ? new Size(cols, rows) : null;
  }

  /** What a frame takes beside its shrunken form and what becomes of it, in bytes. */
  static long bytes(Size full, Size small) {
    return Math.round(
        CORRECTION_BYTES * small.area() + (CORRECTION_BYTES + RESULT_BYTES) * full.area());
  }

  /** Gives back what {@link #bytes} counts and is held since the frame before. */
  void giveBack() {
    correction.release();
    enlarged.release();
    sum.release();
  }

  void shrink(Mat source, Size size) {
    shrink(source, small, size);
  }

  static void shrink(Mat source, Mat small, Size size) {
    Imgproc.resize(source, small, size, 0, 0, Imgproc.INTER_AREA);
  }

  Mat small() {
    return small;
  }

  /** Where the restored small frame goes. */
  Mat restored() {
    return restored;
  }

  void addCorrection(Mat source, Mat destination) {
    addCorrection(source, small, restored, destination);
  }

  /** The same with a shrunken frame, and what became of it, that lie elsewhere. */
  void addCorrection(Mat source, Mat small, Mat restored, Mat destination) {
    Core.subtract(restored, small, correction, NO_MASK, CvType.CV_16SC3);
    Imgproc.resize(correction, enlarged, source.size(), 0, 0, Imgproc.INTER_LINEAR);
    boolean direct = !MatMemory.entangled(source, destination);
    Core.add(source, enlarged, direct ? destination : sum, NO_MASK, CvType.CV_8UC3);
    if (!direct) {
      sum.copyTo(destination);
    }
  }

  private static final Mat NO_MASK = new Mat();

  @Override
  public void close() {
    for (Mat scratch : new Mat[] {small, restored, correction, enlarged, sum}) {
      scratch.release();
    }
  }
}
