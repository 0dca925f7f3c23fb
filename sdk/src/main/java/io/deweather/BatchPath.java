package io.deweather;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Size;

/**
 * Takes several frames of one size through a view in one run. A graph wants them one after the
 * other in memory: frames that lie so, as row ranges of one {@code Mat}, are not copied; others are
 * copied together first, and their results apart afterwards. Not thread-safe.
 */
final class BatchPath implements AutoCloseable {
  private final FramePath path;
  private final TilePlanner planner;
  private final RunControl control;
  private final Mat packedSources = new Mat();
  private final Mat packedResults = new Mat();
  private final ReducedFrame reduced = new ReducedFrame();

  /**
   * Creates a path.
   *
   * @param path for frames that run alone; stays the caller's, as does {@code control}
   */
  BatchPath(FramePath path, TilePlanner planner, RunControl control) {
    this.path = path;
    this.planner = planner;
    this.control = control;
  }

  /**
   * Restores frames, as many at a time as the graph, the device and the memory limit allow.
   *
   * @param sources of one size, at least one
   * @param destinations as many; each may be its own source
   * @param scale of width and height that the network works at, in (0, 1]
   * @return for each frame what is wrong with its result; null if nothing
   * @throws InferenceException if ONNX Runtime fails or was stopped: then there are no results
   */
  List<InvalidOutputException> run(
      View view, List<Mat> sources, List<Mat> destinations, double scale) {
    int frames = sources.size();
    if (frames == 1) {
      return alone(view, sources.get(0), destinations.get(0), scale);
    }
    Mat first = sources.get(0);
    Size small = ReducedFrame.size(first, scale, view.provider());
    if (!fit(view, sources, destinations, small)) {
      int half = (frames + 1) / 2;
      List<InvalidOutputException> wrong = new ArrayList<>();
      wrong.addAll(run(view, sources.subList(0, half), destinations.subList(0, half), scale));
      wrong.addAll(
          run(view, sources.subList(half, frames), destinations.subList(half, frames), scale));
      return wrong;
    }
    return small == null
        ? together(view, sources, destinations)
        : togetherReduced(view, sources, destinations, small);
  }

  private List<InvalidOutputException> alone(View view, Mat source, Mat destination, double scale) {
    try {
      path.run(view, source, destination, scale);
      return Collections.singletonList(null);
    } catch (InvalidOutputException e) {
      return List.of(e);
    }
  }

  private boolean fit(View view, List<Mat> sources, List<Mat> destinations, Size small) {
    int frames = sources.size();
    Size size = small == null ? sources.get(0).size() : small;
    int rows = (int) size.height;
    int cols = (int) size.width;
    if (frames > view.mostFrames() || 3L * frames * rows * cols > Integer.MAX_VALUE) {
      return false;
    }
    if (!view.onCpu()) {
      return true;
    }
    long beside = beside(sources, destinations, small);
    if (planner.isNew(view, frames * rows, cols, beside)) {
      reduced.giveBack(); // else it would be counted twice
    }
    return planner.together(view, frames, rows, cols, beside);
  }

  /** What is copied together, apart and enlarged, in bytes. */
  private static long beside(List<Mat> sources, List<Mat> destinations, Size small) {
    Size full = sources.get(0).size();
    long frames = sources.size() * MatMemory.bytes(sources.get(0));
    if (small != null) {
      long packed = Math.round(3 * sources.size() * small.area());
      long others = frames - MatMemory.bytes(sources.get(0)); // destinations
      return ReducedFrame.bytes(full, small) + others + packed;
    }
    boolean ready = destinations.stream().allMatch(d -> d.size().equals(full));
    return (MatMemory.of(sources) == null ? frames : 0)
        + (ready && MatMemory.of(destinations) != null ? 0 : frames);
  }

  private List<InvalidOutputException> together(
      View view, List<Mat> sources, List<Mat> destinations) {
    Mat first = sources.get(0);
    destinations.forEach(destination -> destination.create(first.size(), first.type()));
    List<Mat> packedIn = List.of();
    List<Mat> packedOut = List.of();
    try {
      ByteBuffer in = MatMemory.of(sources);
      if (in == null) {
        packedIn = slots(packedSources, sources.size(), first.size());
        for (int i = 0; i < sources.size(); i++) {
          sources.get(i).copyTo(packedIn.get(i));
        }
        in = MatMemory.of(packedSources);
      }
      ByteBuffer out = MatMemory.of(destinations);
      boolean direct = out != null && (!packedIn.isEmpty() || apart(sources, destinations));
      if (!direct) {
        packedOut = slots(packedResults, sources.size(), first.size());
        out = MatMemory.of(packedResults);
      }
      run(view, sources.size(), in, out, first.size());
      Reference.reachabilityFence(sources);
      Reference.reachabilityFence(destinations);
      // A result may lie where a source did, if that was copied.
      List<InvalidOutputException> wrong =
          check(packedIn.isEmpty() ? sources : packedIn, direct ? destinations : packedOut);
      for (int i = 0; i < packedOut.size(); i++) {
        packedOut.get(i).copyTo(destinations.get(i));
      }
      return wrong;
    } finally { // else they would keep the memory of another size
      packedIn.forEach(Mat::release);
      packedOut.forEach(Mat::release);
    }
  }

  private List<InvalidOutputException> togetherReduced(
      View view, List<Mat> sources, List<Mat> destinations, Size small) {
    List<Mat> in = slots(packedSources, sources.size(), small);
    List<Mat> out = slots(packedResults, sources.size(), small);
    try {
      for (int i = 0; i < sources.size(); i++) {
        ReducedFrame.shrink(sources.get(i), in.get(i), small);
      }
      run(view, sources.size(), MatMemory.of(packedSources), MatMemory.of(packedResults), small);
      List<InvalidOutputException> wrong = check(in, out);
      for (int i = 0; i < sources.size(); i++) {
        reduced.addCorrection(sources.get(i), in.get(i), out.get(i), destinations.get(i));
      }
      return wrong;
    } finally {
      in.forEach(Mat::release);
      out.forEach(Mat::release);
    }
  }

  private void run(View view, int frames, ByteBuffer in, ByteBuffer out, Size size) {
    if (view.onCpu()) {
      planner.makeRoom(view, frames * (long) size.area());
    }
    view.run(frames, in, out, (int) size.height, (int) size.width, control.options());
  }

  /** Whether no result lies where a source does; both one after the other. */
  private static boolean apart(List<Mat> sources, List<Mat> destinations) {
    long span = sources.size() * MatMemory.bytes(sources.get(0));
    return Math.abs(sources.get(0).dataAddr() - destinations.get(0).dataAddr()) >= span;
  }

  /**
   * Places for frames, one after the other.
   *
   * @param memory reallocated unless it is as large as they need
   */
  static List<Mat> slots(Mat memory, int frames, Size size) {
    int rows = (int) size.height;
    memory.create(frames * rows, (int) size.width, CvType.CV_8UC3);
    List<Mat> slots = new ArrayList<>(frames);
    for (int i = 0; i < frames; i++) {
      slots.add(memory.rowRange(i * rows, (i + 1) * rows));
    }
    return slots;
  }

  private static List<InvalidOutputException> check(List<Mat> sources, List<Mat> results) {
    List<InvalidOutputException> wrong = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      try {
        FramePath.checkResult(sources.get(i), results.get(i));
        wrong.add(null);
      } catch (InvalidOutputException e) {
        wrong.add(e);
      }
    }
    return wrong;
  }

  @Override
  public void close() {
    packedSources.release();
    packedResults.release();
    reduced.close();
  }
}
