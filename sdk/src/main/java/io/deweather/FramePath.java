package io.deweather;

import io.deweather.TilePlan.Tile;
import java.lang.ref.Reference;
import java.util.List;
import org.opencv.core.Core;
import org.opencv.core.Core.MinMaxLocResult;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Rect;
import org.opencv.core.Size;

/**
 * Takes frames through a view without touching a pixel: the source's memory is the input tensor,
 * the destination's memory the pinned output. Where that cannot be, because rows have gaps between
 * them, both share memory, or the frame is cut into tiles, native copies go through scratch {@code
 * Mat}s. Not thread-safe.
 */
final class FramePath implements AutoCloseable {
  private static final int MINIMUM = BundleManifest.FrameContract.BGR_UINT8.minimumSize();

  /** How many grey levels a frame spans that cannot become a frame of one grey. */
  private static final double LIVELY = 64;

  private static final int PATCH = 32;

  private final TilePlanner planner;
  private final RunControl control;
  private final Mat packedSource = new Mat();
  private final Mat packedResult = new Mat();
  private final Mat tilePixels = new Mat();
  private final ReducedFrame reduced = new ReducedFrame();

  /**
   * Creates a path.
   *
   * @param control what stops a run; stays the caller's
   */
  FramePath(TilePlanner planner, RunControl control) {
    this.planner = planner;
    this.control = control;
  }

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

  /**
   * Checks that all frames keep the frame contract and are of one size.
   *
   * @throws FrameException saying what was expected and what came
   */
  static void check(List<Mat> frames) {
    for (int i = 0; i < frames.size(); i++) {
      check(frames.get(i));
      if (!frames.get(i).size().equals(frames.get(0).size())) {
        throw new FrameException(
            "frames of a batch must be of one size: frame 0 is %s, frame %d is %s"
                .formatted(describe(frames.get(0)), i, describe(frames.get(i))));
      }
    }
  }

  private static String describe(Mat frame) {
    String type = CvType.typeToString(frame.type());
    return frame.dims() > 2
        ? type + " of " + frame.dims() + " dimensions"
        : type + " " + frame.cols() + "x" + frame.rows();
  }

  /**
   * Restores a frame.
   *
   * @param scale of width and height that the network works at, in (0, 1]
   * @throws InvalidOutputException if the result cannot be this frame restored
   * @throws InferenceException if ONNX Runtime fails or was stopped
   */
  void run(View view, Mat source, Mat destination, double scale) {
    Size small = ReducedFrame.size(source, scale, view.provider());
    if (small != null) {
      reduced.shrink(source, small);
      long beside = ReducedFrame.bytes(source.size(), small);
      if (view.onCpu() && planner.isNew(view, (int) small.height, (int) small.width, beside)) {
        reduced.giveBack(); // else it would be counted twice
      }
      runFull(view, reduced.small(), reduced.restored(), beside);
      reduced.addCorrection(source, destination);
    } else {
      runFull(view, source, destination, 0);
    }
  }

  private void runFull(View view, Mat source, Mat destination, long beside) {
    // If destination is source, create() changes nothing; if it shares its memory, copyTo() below
    // writes after the last read.
    destination.create(source.size(), source.type());
    boolean direct = destination.isContinuous() && !MatMemory.overlap(source, destination);
    Mat out = destination;
    if (!direct) {
      packedResult.create(source.size(), source.type());
      out = packedResult;
    }
    TilePlan plan = view.onCpu() ? planner.plan(view, source.rows(), source.cols(), beside) : null;
    if (plan == null) {
      runPacked(view, packed(source, packedSource), out);
    } else {
      runTiles(view, plan, source, out);
    }
    checkResult(source, out);
    if (!direct) {
      out.copyTo(destination);
    }
  }

  private void runTiles(View view, TilePlan plan, Mat source, Mat out) {
    int most = plan.tiles().stream().mapToInt(t -> (int) (3 * t.read().area())).max().orElseThrow();
    tilePixels.create(1, most, CvType.CV_8UC1);
    for (Tile tile : plan.tiles()) {
      Rect read = tile.read();
      Rect kept = tile.kept();
      Mat part = source.submat(read);
      Mat line = tilePixels.colRange(0, (int) (3 * read.area()));
      Mat pixels = line.reshape(3, read.height);
      Mat inner =
          pixels.submat(new Rect(kept.x - read.x, kept.y - read.y, kept.width, kept.height));
      Mat place = out.submat(kept);
      try {
        part.copyTo(pixels);
        // The result over what it came from: a graph writes it when everything else is done.
        runPacked(view, pixels, pixels);
        inner.copyTo(place);
      } finally { // else they would keep the frame's memory until they are collected
        List.of(part, line, pixels, inner, place).forEach(Mat::release);
      }
    }
  }

  private static Mat packed(Mat mat, Mat scratch) {
    if (mat.isContinuous()) {
      return mat;
    }
    mat.copyTo(scratch);
    return scratch;
  }

  private void runPacked(View view, Mat in, Mat out) {
    if (view.onCpu()) {
      planner.makeRoom(view, (long) in.rows() * in.cols());
    }
    try {
      view.run(MatMemory.of(in), MatMemory.of(out), in.rows(), in.cols(), control.options());
    } finally {
      Reference.reachabilityFence(in);
      Reference.reachabilityFence(out);
    }
  }

  /**
   * Where a network computes NaN, bytes come out as one grey; so does a frame that was never
   * written. A patch tells nearly always that it is not so.
   */
  static void checkResult(Mat source, Mat result) {
    Rect patch =
        new Rect(
            (result.cols() - MINIMUM) / 2,
            (result.rows() - MINIMUM) / 2,
            Math.min(PATCH, result.cols() / 2),
            Math.min(PATCH, result.rows() / 2));
    Mat middle = result.submat(patch);
    boolean suspicious = span(middle) == 0;
    middle.release();
    if (suspicious && span(result) == 0 && span(source) >= LIVELY) {
      throw new InvalidOutputException(
          "a frame of %dx%d came out as one grey".formatted(result.cols(), result.rows()));
    }
  }

  private static double span(Mat frame) {
    Mat levels = frame.reshape(1);
    MinMaxLocResult extremes = Core.minMaxLoc(levels);
    levels.release();
    return extremes.maxVal - extremes.minVal;
  }

  @Override
  public void close() {
    for (Mat scratch : new Mat[] {packedSource, packedResult, tilePixels}) {
      scratch.release();
    }
    reduced.close();
  }
}
