package io.deweather;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Scalar;

/**
 * What a run takes for each pixel, which goes up and down with the size: ONNX Runtime asks for
 * memory in powers of two, and what a tensor leaves of its block may be too small for the next one.
 * The edge network takes 66 to 70 bytes a pixel where its frame fills the upper two thirds of an
 * octave of pixels, and 92 to 95 in the lower third, in every octave from half a million to eight
 * million pixels. So one octave is measured, in steps, and stands for the larger ones.
 *
 * @param steps bytes a pixel up to 5/4, 6/4, 7/4 and 8/4 of a power of two
 */
record Footprint(List<Long> steps) {
  private static final int STEPS = 4;
  private static final int ROWS = 512;
  private static final int COLS = 1024;

  /** Of what is measured; allocations of the rest of the process come between. */
  private static final int MARGIN_SHARE = 16;

  /** Bytes a pixel of a frame and its result, which are not counted. */
  private static final int FRAMES = 6;

  /** Bytes in, bytes out and one float image between them is the least there can be. */
  private static final long LEAST = 32;

  static Footprint of(View view, RunControl control) {
    List<Long> steps = new ArrayList<>();
    RunMemory memory = new RunMemory(view);
    for (int step = 1; step <= STEPS; step++) {
      int cols = COLS + COLS * step / STEPS;
      long taken = memory.taken(() -> run(view, ROWS, cols, control));
      long pixels = (long) ROWS * cols;
      steps.add(Math.max(LEAST, (taken + taken / MARGIN_SHARE) / pixels - FRAMES));
    }
    return new Footprint(List.copyOf(steps));
  }

  /** Returns what is resident afterwards. */
  private static long run(View view, int rows, int cols, RunControl control) {
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

  /** Bytes a pixel of a run with so many pixels: the more of the two sizes beside it. */
  long bytesPerPixel(long pixels) {
    long octave = Long.highestOneBit(pixels);
    int above = (int) ((pixels - octave) * STEPS / octave);
    int below = above == 0 ? STEPS - 1 : above - 1;
    return Math.max(steps.get(above), steps.get(below));
  }

  /** The most for any size. */
  long mostBytesPerPixel() {
    return Collections.max(steps);
  }
}
