package io.deweather.samples.quality;

import io.deweather.DeweatherException;
import io.deweather.OpenCv;
import java.util.OptionalDouble;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;

/**
 * How much the error of a clip changes from frame to frame, in grey levels: the part of it that is
 * seen as flicker.
 *
 * <p>For two neighbouring frames, the root mean square over pixels and channels of how much more a
 * value changed than it did in the truth: {@code (x_t - x_(t-1)) - (g_t - g_(t-1))}; of a clip, the
 * mean over its neighbours. This is dtSSD of Erofeev, Gitman, Vatolin, Fedorov and Wang,
 * "Perceptually motivated benchmark for video matting", BMVC 2015, on RGB instead of an alpha
 * matte. It needs no optical flow. What moves as it does in the truth costs nothing; neither does
 * an error that stays where it is. Not thread-safe.
 */
public final class Flicker implements AutoCloseable {
  private Mat error = new Mat();
  private Mat errorBefore = new Mat();
  private long frames;
  private double sum;

  /** Starts before the first frame. */
  public Flicker() {
    OpenCv.load();
  }

  /**
   * Takes the next frame.
   *
   * @param frame {@code CV_8UC3}
   * @param truth {@code CV_8UC3} of the same size
   * @throws DeweatherException if the types or sizes differ, also from the frame before
   */
  public void add(Mat frame, Mat truth) {
    if (frame.type() != CvType.CV_8UC3
        || truth.type() != CvType.CV_8UC3
        || !frame.size().equals(truth.size())
        || (frames > 0 && !frame.size().equals(error.size()))) {
      throw new DeweatherException(
          "frames of a clip and its truth must be 8-bit with 3 channels and of one size, are %s of %s and %s of %s"
              .formatted(
                  CvType.typeToString(frame.type()),
                  frame.size(),
                  CvType.typeToString(truth.type()),
                  truth.size()));
    }
    Mat oldest = errorBefore;
    errorBefore = error;
    error = oldest;
    Core.subtract(frame, truth, error, new Mat(), CvType.CV_16S);
    if (frames++ > 0) {
      double squares = Core.norm(error, errorBefore, Core.NORM_L2SQR);
      sum += Math.sqrt(squares / (error.total() * error.channels()));
    }
  }

  /** The mean over all neighbours, in grey levels; empty before the second frame. */
  public OptionalDouble mean() {
    return frames < 2 ? OptionalDouble.empty() : OptionalDouble.of(sum / (frames - 1));
  }

  @Override
  public void close() {
    error.release();
    errorBefore.release();
  }
}
