package io.deweather;

import java.util.HashMap;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;

/**
 * Decides for each size of frame whether it is cut into tiles, so that the process stays within a
 * memory limit. Asks {@link NetworkProbe} what a view needs, the first time that it matters. Not
 * thread-safe.
 */
final class TilePlanner {
  /** More than the networks of this project take for a pixel: what fits with this is not probed. */
  private static final long AMPLE_BYTES_PER_PIXEL = 256;

  /** Left for what else the process comes to need: its Java heap, the codec. */
  static final long RESERVE = 32L << 20;

  private static final int PLANS_KEPT = 64;

  private final long limit;
  private final RunControl control;
  private final Map<View, NetworkProbe> probes = new HashMap<>();
  private final Map<Key, Answer> plans = new HashMap<>();
  private Key last;
  private volatile long bytesPerPixel;

  private record Key(View view, int rows, int cols) {}

  /**
   * What was found for a size.
   *
   * @param plan null is "as a whole"
   * @param tight whether it leaves no room for what runs of another size left behind
   */
  private record Answer(TilePlan plan, boolean tight) {}

  /**
   * Creates a planner.
   *
   * @param limit for the resident memory of the process, in bytes
   */
  TilePlanner(long limit, RunControl control) {
    this.limit = limit;
    this.control = control;
  }

  long limit() {
    return limit;
  }

  /** The most that the network was measured to take for a pixel; 0 as long as it did not matter. */
  long bytesPerPixel() {
    return bytesPerPixel;
  }

  /**
   * The tiles for frames of a size; null to take them as a whole.
   *
   * @throws InferenceException if the limit is too low for any tiles
   */
  TilePlan plan(View view, int rows, int cols) {
    Key key = new Key(view, rows, cols);
    Answer answer = answer(key);
    if (answer.tight && !key.equals(last)) {
      // Blocks of other sizes would lie between those that this one takes.
      view.releaseMemory();
      Pointer.trimMemory();
    }
    last = key;
    return answer.plan;
  }

  /** Whether so many frames of a size fit the memory limit at a time. */
  boolean together(View view, int frames, int rows, int cols) {
    try {
      // Frames beside each other take what a frame of as many rows does.
      return answer(new Key(view, Math.multiplyExact(frames, rows), cols)).plan == null;
    } catch (InferenceException e) {
      return false;
    }
  }

  private Answer answer(Key key) {
    Answer known = plans.get(key);
    if (known == null) {
      if (plans.size() == PLANS_KEPT) {
        plans.clear();
      }
      known = find(key.view, key.rows, key.cols);
      plans.put(key, known);
    }
    return known;
  }

  private Answer find(View view, int rows, int cols) {
    long pixels = (long) rows * cols;
    // The frame that came is resident already; its result will be.
    long frames = 3 * pixels;
    long free = limit - ResidentMemory.bytes() - frames - RESERVE;
    if (pixels <= free / AMPLE_BYTES_PER_PIXEL) {
      return new Answer(null, false);
    }
    NetworkProbe probe = probes.computeIfAbsent(view, v -> NetworkProbe.of(v, control));
    Footprint footprint = probe.footprint();
    footprint.begin();
    view.releaseMemory();
    long left = limit - ResidentMemory.bytesInUse() - frames - RESERVE;
    TilePlan plan = null;
    boolean whole = footprint.fits(rows, cols, left);
    if (!whole) {
      // A tile is a copy, which its result overwrites.
      TilePlan.Fit fit = (r, c) -> footprint.fits(r, c, left - 3 * r * c);
      plan = TilePlan.of(rows, cols, fit, probe.halo(), view.multiple());
    }
    bytesPerPixel = footprint.mostBytesPerPixel();
    if (plan == null && !whole) {
      throw new InferenceException(
          "a frame of %dx%d does not fit the memory limit (%d MB): %d MB are left for tiles with %d pixels around them, of %d bytes a pixel"
              .formatted(cols, rows, limit >> 20, left >> 20, probe.halo(), bytesPerPixel));
    }
    return new Answer(plan, true);
  }
}
