package io.deweather;

import java.lang.ref.Reference;
import org.opencv.core.CvType;
import org.opencv.core.Mat;

/**
 * Takes frames through a view without touching a pixel: the source's memory is the input tensor,
 * the destination's memory the pinned output. Where that cannot be, because rows have gaps between
 * them or both share memory, one native copy goes through a scratch {@code Mat}. Not thread-safe.
 */
final class FramePath implements AutoCloseable {
  private static final int MINIMUM = BundleManifest.FrameContract.BGR_UINT8.minimumSize();

  private final Mat packedSource = new Mat();
  private final Mat packedResult = new Mat();

  /**
   * Checks a frame against the frame contract.
   *
   * @throws FrameException saying what was expected and what came
   */
  static void check(Mat frame) {
    if (frame.dims() > 2 || frame.type() != CvType.CV_8UC3) {
      throw new FrameException(
          "frame must be CV_8UC3 (8 bits a channel, BGR), is " + describe(frame));
    }
    if (frame.rows() < MINIMUM || frame.cols() < MINIMUM) {
      throw new FrameException(
          "frame must be at least %dx%d, is %s".formatted(MINIMUM, MINIMUM, describe(frame)));
    }
    if (MatMemory.bytes(frame) > Integer.MAX_VALUE) {
      throw new FrameException("frame must have less than 2 GiB, is " + describe(frame));
    }
  }

  private static String describe(Mat frame) {
    String type = CvType.typeToString(frame.type());
    return frame.dims() > 2
        ? type + " of " + frame.dims() + " dimensions"
        : type + " " + frame.cols() + "x" + frame.rows();
  }

  void run(View view, Mat source, Mat destination) {
    // If destination is source, create() changes nothing; if it shares its memory, copyTo() below
    // writes after the last read.
    destination.create(source.size(), source.type());
    Mat in = source;
    if (!source.isContinuous()) {
      source.copyTo(packedSource);
      in = packedSource;
    }
    boolean direct = destination.isContinuous() && !MatMemory.overlap(in, destination);
    Mat out = destination;
    if (!direct) {
      packedResult.create(source.size(), source.type());
      out = packedResult;
    }
    try {
      view.run(MatMemory.of(in), MatMemory.of(out), source.rows(), source.cols());
    } finally {
      Reference.reachabilityFence(in);
      Reference.reachabilityFence(out);
    }
    if (!direct) {
      out.copyTo(destination);
    }
  }

  @Override
  public void close() {
    packedSource.release();
    packedResult.release();
  }
}
