package io.deweather;

import java.util.List;
import org.opencv.core.Core;
import org.opencv.core.Mat;

/** Takes frames through the views of a {@link Removal}. Not thread-safe. */
final class RemovalPath implements AutoCloseable {
  private final ViewPool views;
  private final FramePath path;
  private final Mat other = new Mat();
  private final Mat between = new Mat();

  /**
   * Creates a path.
   *
   * @param path stays the caller's
   */
  RemovalPath(ViewPool views, FramePath path) {
    this.views = views;
    this.path = path;
  }

  /**
   * Restores a frame.
   *
   * @param destination may be {@code source}, or share memory with it
   * @throws InferenceException if ONNX Runtime fails or was stopped
   */
  void run(Removal removal, Mat source, Mat destination, double scale) {
    if (!removal.fading()) {
      other.release();
      sequence(removal.weathers(), source, destination, scale);
      return;
    }
    double share = removal.share();
    if (removal.weathers().isEmpty() || removal.leaving().isEmpty()) {
      boolean entering = removal.leaving().isEmpty();
      sequence(entering ? removal.weathers() : removal.leaving(), source, other, scale);
      double weight = entering ? share : 1 - share;
      Core.addWeighted(source, 1 - weight, other, weight, 0, other);
      other.copyTo(destination);
    } else {
      sequence(removal.leaving(), source, other, scale);
      sequence(removal.weathers(), source, destination, scale);
      Core.addWeighted(other, 1 - share, destination, share, 0, destination);
    }
  }

  /** The destination is written by the last view only: it may be the frame, and a view may fail. */
  private void sequence(List<Weather> weathers, Mat source, Mat destination, double scale) {
    Mat from = source;
    for (int i = 0; i < weathers.size(); i++) {
      Mat to = i == weathers.size() - 1 ? destination : between;
      path.run(views.view(weathers.get(i)), from, to, scale);
      from = to;
    }
  }

  @Override
  public void close() {
    other.release();
    between.release();
  }
}
