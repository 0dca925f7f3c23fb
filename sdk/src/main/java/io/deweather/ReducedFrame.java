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

  private final Mat small = new Mat();
  private final Mat restored = new Mat();
  private final Mat correction = new Mat();
  private final Mat enlarged = new Mat();

  /** Shrinks a frame; false if it would be smaller than the frame contract allows. */
  boolean shrink(Mat source, double scale) {
    int rows = (int) Math.round(source.rows() * scale);
    int cols = (int) Math.round(source.cols() * scale);
    if (rows < MINIMUM || cols < MINIMUM) {
      return false;
    }
    Imgproc.resize(source, small, new Size(cols, rows), 0, 0, Imgproc.INTER_AREA);
    return true;
  }

  Mat small() {
    return small;
  }

  /** Where the restored small frame goes. */
  Mat restored() {
    return restored;
  }

  void addCorrection(Mat source, Mat destination) {
    Core.subtract(restored, small, correction, NO_MASK, CvType.CV_16SC3);
    Imgproc.resize(correction, enlarged, source.size(), 0, 0, Imgproc.INTER_LINEAR);
    Core.add(source, enlarged, destination, NO_MASK, CvType.CV_8UC3);
  }

  private static final Mat NO_MASK = new Mat();

  @Override
  public void close() {
    for (Mat scratch : new Mat[] {small, restored, correction, enlarged}) {
      scratch.release();
    }
  }
}
