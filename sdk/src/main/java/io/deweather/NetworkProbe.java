package io.deweather;

import java.util.Random;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Scalar;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * What cutting frames into tiles depends on, measured on a view rather than derived from its graph:
 * the theoretical reach of a deep network is much more than the one that shows in grey levels, and
 * memory is the engine's affair.
 *
 * @param halo how far from a cut the result differs by more than one grey level from that of the
 *     whole frame, in whole multiples of the network's, and three more because other frames reach
 *     further than the one that is measured: with two, a drawn scene in rain differed by two levels
 *     behind the edge network's 224 pixels; with none, photographs by six behind 160
 * @param bytesPerPixel that a run takes, and an eighth more, since it goes up and down with the
 *     size
 */
record NetworkProbe(int halo, long bytesPerPixel) {
  private static final int LENGTH = 1024;
  private static final int BREADTH = 128;
  private static final int CUT = LENGTH / 2;
  private static final int MARGIN = 3;
  private static final long SEED = 20241116;

  /** Of the frame that memory is measured with: large enough that one or two MB do not matter. */
  private static final int ROWS = 512;

  private static final int COLS = 1024;

  static NetworkProbe of(View view, RunControl control) {
    int multiple = view.multiple();
    int cut = CUT / multiple * multiple;
    int reach = 0;
    for (boolean upright : new boolean[] {false, true}) {
      Mat lying = scene();
      Mat frame = upright ? lying.t() : lying;
      Mat whole = run(view, frame, control);
      Mat before = run(view, part(frame, 0, cut).clone(), control);
      Mat after = run(view, part(frame, cut, LENGTH).clone(), control);
      reach = Math.max(reach, cut - firstDifference(part(whole, 0, cut), before));
      reach = Math.max(reach, lastDifference(part(whole, cut, LENGTH), after) + 1);
    }
    int halo = (reach + multiple - 1) / multiple * multiple + MARGIN * multiple;
    return new NetworkProbe(halo, bytesPerPixel(view, control));
  }

  /** Coarse and fine texture over each other, of full contrast. */
  private static Mat scene() {
    Random random = new Random(SEED);
    Mat scene = new Mat(BREADTH, LENGTH, CvType.CV_8UC3, Scalar.all(0));
    for (int grain : new int[] {1, 8, 64}) {
      Mat noise = new Mat(BREADTH / grain, LENGTH / grain, CvType.CV_8UC3);
      byte[] bytes = new byte[(int) MatMemory.bytes(noise)];
      random.nextBytes(bytes);
      noise.put(0, 0, bytes);
      Mat layer = new Mat();
      Imgproc.resize(noise, layer, new Size(LENGTH, BREADTH), 0, 0, Imgproc.INTER_NEAREST);
      Core.addWeighted(scene, 1, layer, grain == 1 ? 0.2 : 0.4, 0, scene);
    }
    return scene;
  }

  private static Mat part(Mat frame, int from, int to) {
    return frame.rows() > frame.cols() ? frame.rowRange(from, to) : frame.colRange(from, to);
  }

  private static Mat run(View view, Mat frame, RunControl control) {
    Mat restored = new Mat(frame.size(), frame.type());
    view.run(
        MatMemory.of(frame), MatMemory.of(restored), frame.rows(), frame.cols(), control.options());
    return restored;
  }

  /** The first place along the frame where both differ by more than one; its length if nowhere. */
  private static int firstDifference(Mat whole, Mat cut) {
    byte[] worst = worstAlong(whole, cut);
    int i = 0;
    while (i < worst.length && (worst[i] & 0xff) <= 1) {
      i++;
    }
    return i;
  }

  /** The last such place; -1 if there is none. */
  private static int lastDifference(Mat whole, Mat cut) {
    byte[] worst = worstAlong(whole, cut);
    int i = worst.length - 1;
    while (i >= 0 && (worst[i] & 0xff) <= 1) {
      i--;
    }
    return i;
  }

  private static byte[] worstAlong(Mat whole, Mat cut) {
    boolean upright = cut.rows() > cut.cols();
    Mat difference = new Mat();
    Core.absdiff(whole, cut, difference);
    Mat line = new Mat();
    Core.reduce(difference, line, upright ? 1 : 0, Core.REDUCE_MAX);
    byte[] channels = new byte[(int) MatMemory.bytes(line)];
    line.get(0, 0, channels);
    byte[] worst = new byte[channels.length / 3];
    for (int i = 0; i < channels.length; i++) {
      if ((channels[i] & 0xff) > (worst[i / 3] & 0xff)) {
        worst[i / 3] = channels[i];
      }
    }
    return worst;
  }

  private static long bytesPerPixel(View view, RunControl control) {
    Mat frame = new Mat(ROWS, COLS, CvType.CV_8UC3, Scalar.all(90));
    Mat restored = frame.clone();
    view.releaseMemory();
    // Freed memory that the process keeps would hide what the run takes.
    long before = ResidentMemory.bytesInUse();
    view.run(MatMemory.of(frame), MatMemory.of(restored), ROWS, COLS, control.options());
    long taken = Math.max(0, ResidentMemory.bytes() - before);
    long measured = taken * 9 / 8 / ((long) ROWS * COLS);
    // Bytes in, bytes out and one float image between them is the least there can be.
    return Math.max(measured, 32);
  }
}
