package io.deweather;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Scalar;

/**
 * What a run takes for each pixel, which goes up and down with the size: ONNX Runtime asks for
 * memory in powers of two, and what a tensor leaves of its block may be too small for the next one.
 * The edge network takes 66 to 70 bytes a pixel in most of an octave of pixels, but 95 where its
 * frame has up to a third more pixels than a power of two, in every octave from half a million to
 * eight million pixels. So places in one octave are measured, when they are asked for, and stand
 * for the larger ones. Not thread-safe.
 */
final class Footprint {
  private static final int STEPS = 8;
  private static final int ROWS = 512;
  private static final int COLS = 1024;

  /** Of what is measured; allocations of the rest of the process come between. */
  private static final int MARGIN_SHARE = 16;

  /** Bytes a pixel of a frame and its result, which are not counted. */
  private static final int FRAMES = 6;

  /** Bytes in, bytes out and one float image between them is the least there can be. */
  private static final long LEAST = 32;

  private final View view;
  private final RunControl control;
  private RunMemory memory;

  /** Bytes a pixel, by eighths of a power of two above it. */
  private final Map<Integer, Long> measured = new TreeMap<>();

  Footprint(View view, RunControl control) {
    this.view = view;
    this.control = control;
    begin();
  }

  /** Forgets what else the process held before: it may hold more now. */
  void begin() {
    memory = new RunMemory(view);
  }

  /** Whether a run fits in so many bytes, its frame and result not counted. */
  boolean fits(long rows, long cols, long bytes) {
    int multiple = view.multiple();
    long pixels = padded(rows, multiple) * padded(cols, multiple);
    return pixels * LEAST <= bytes
        && pixels * leastBytesPerPixel() <= bytes
        && pixels * bytesPerPixel(pixels) <= bytes;
  }

  /** What no size takes less than: little is left over just below powers of two. */
  private long leastBytesPerPixel() {
    return measured.computeIfAbsent(STEPS - 1, this::measure) * 7 / 8;
  }

  private static long padded(long length, int multiple) {
    return (length + multiple - 1) / multiple * multiple;
  }

  /** Bytes a pixel of a run with so many pixels: the more of the two sizes beside it. */
  private long bytesPerPixel(long pixels) {
    long octave = Long.highestOneBit(pixels);
    int below = (int) ((pixels - octave) * STEPS / octave);
    boolean exact = octave + octave * below / STEPS == pixels;
    long taken = measured.computeIfAbsent(below, this::measure);
    return exact ? taken : Math.max(taken, measured.computeIfAbsent(below + 1, this::measure));
  }

  private long measure(int step) {
    int cols = COLS + COLS * step / STEPS;
    if (measured.isEmpty()) {
      run(ROWS, cols); // what the first run takes once and for all is not the frame's
    }
    long taken = memory.taken(() -> run(ROWS, cols));
    long pixels = (long) ROWS * cols;
    return Math.max(LEAST, (taken + taken / MARGIN_SHARE) / pixels - FRAMES);
  }

  /** Returns what is resident afterwards. */
  private long run(int rows, int cols) {
    Mat frame = new Mat(rows, cols, CvType.CV_8UC3, Scalar.all(90));
    Mat restored = frame.clone();
    try {
      view.run(MatMemory.of(frame), MatMemory.of(restored), rows, cols, control.options());
      return ResidentMemory.bytes();
    } finally {
      frame.release();
      restored.release();
    }
  }

  /** The most of what was measured; 0 as long as nothing was. */
  long mostBytesPerPixel() {
    return measured.isEmpty() ? 0 : Collections.max(measured.values());
  }
}
