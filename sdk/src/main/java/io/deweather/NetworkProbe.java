package io.deweather;

import java.util.List;
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
 * @param footprint what runs take
 */
record NetworkProbe(int halo, Footprint footprint) {
  private static final int LENGTH = 1024;
  private static final int BREADTH = 128;
  private static final int CUT = LENGTH / 2;
  private static final int MARGIN = 3;
  private static final long SEED = 20241116;

  static NetworkProbe of(View view, RunControl control) {
    int multiple = view.multiple();
    int cut = CUT / multiple * multiple;
    int reach = 0;
    for (boolean upright : new boolean[] {false, true}) {
      Mat lying = scene();
      Mat frame = upright ? lying.t() : lying;
      Mat whole = run(view, frame, control);
      Mat before = run(view, part(frame, 0, cut), control);
      Mat after = run(view, part(frame, cut, LENGTH), control);
      reach = Math.max(reach, cut - firstDifference(part(whole, 0, cut), before));
      reach = Math.max(reach, lastDifference(part(whole, cut, LENGTH), after) + 1);
      List.of(lying, frame, whole, before, after).forEach(Mat::release);
    }
    int halo = (reach + multiple - 1) / multiple * multiple + MARGIN * multiple;
    return new NetworkProbe(halo, new Footprint(view, control));
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
    Mat packed = frame.clone();
    Mat restored = new Mat(frame.size(), frame.type());
    view.run(
        MatMemory.of(packed),
        MatMemory.of(restored),
        frame.rows(),
        frame.cols(),
        control.options());
    packed.release();
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
}
