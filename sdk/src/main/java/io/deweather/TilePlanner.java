package io.deweather;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Decides for each size of frame whether it is cut into tiles, so that the process stays within a
 * memory limit. Asks {@link NetworkProbe} what a view needs, the first time that it matters. Not
 * thread-safe.
 */
final class TilePlanner {
  /**
   * More than a network takes for a pixel, for each {@link #ARITHMETIC} that it begins: what fits
   * with this is not probed. Measured: 100 at most for 0.7 GMAC, 200 for 1.4, 406 for 5.
   */
  private static final long AMPLE_BYTES_PER_PIXEL = 256;

  /** Multiply-accumulate operations for 256x256 pixels. */
  private static final long ARITHMETIC = 1_500_000_000;

  /** Left for what else the process comes to need: its Java heap, the codec. */
  static final long RESERVE = 32L << 20;

  /** Which part of a run's pixels another may have more and count as of its size. */
  private static final int OTHER_SIZE = 8;

  private static final int PLANS_KEPT = 64;

  private final long limit;
  private final long ample;
  private final RunControl control;
  private final Map<View, NetworkProbe> probes = new HashMap<>();
  private final Map<Key, Optional<TilePlan>> plans = new HashMap<>();
  private volatile long bytesPerPixel;

  private final Set<Key> refused = new HashSet<>();

  private record Key(View view, int rows, int cols, long beside) {}

  /**
   * Creates a planner.
   *
   * @param limit for the resident memory of the process, in bytes
   * @param macsPer256 of the network, as the bundle says
   * @param control of the runs that measure; stays the caller's. One that is stopped loses what
   *     they found
   */
  TilePlanner(long limit, long macsPer256, RunControl control) {
    this.limit = limit;
    ample = AMPLE_BYTES_PER_PIXEL * (1 + Math.max(0, macsPer256) / ARITHMETIC);
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
   * @param beside how many bytes will be taken beside the run and its result
   * @throws InferenceException if the limit is too low for any tiles
   */
  TilePlan plan(View view, int rows, int cols, long beside) {
    return find(new Key(view, rows, cols, beside)).orElse(null);
  }

  /** Whether what a size takes is still to be measured. */
  boolean isNew(View view, int rows, int cols, long beside) {
    Key key = new Key(view, rows, cols, beside);
    return !plans.containsKey(key) && !refused.contains(key);
  }

  /** Whether so many frames of a size fit the memory limit at a time; {@code beside} as above. */
  boolean together(View view, int frames, int rows, int cols, long beside) {
    // Frames beside each other take what a frame of as many rows does.
    Key key = new Key(view, Math.multiplyExact(frames, rows), cols, beside);
    try {
      return !refused.contains(key) && find(key).isEmpty();
    } catch (InferenceException e) {
      refused.add(key); // there is another way, so it is not measured again
      return false;
    }
  }

  /**
   * Called before each run: where it may take much of the limit, gives back what runs of another
   * size left, as their blocks would lie between those that this one takes.
   */
  void makeRoom(View view, long pixels) {
    long held = view.largestFrame();
    boolean otherSize = held > 0 && (held < pixels || held - pixels > pixels / OTHER_SIZE);
    if (otherSize && pixels > limit / 2 / ample) {
      view.releaseMemory();
    }
  }

  /** The plan of a size; empty is "as a whole". */
  private Optional<TilePlan> find(Key key) {
    Optional<TilePlan> known = plans.get(key);
    if (known == null) {
      if (plans.size() + refused.size() >= PLANS_KEPT) {
        plans.clear();
        refused.clear();
      }
      known = Optional.ofNullable(measured(key.view, key.rows, key.cols, key.beside));
      plans.put(key, known);
    }
    return known;
  }

  private TilePlan measured(View view, int rows, int cols, long beside) {
    long pixels = (long) rows * cols;
    // The frame that came is resident already; its result will be.
    long frames = 3 * pixels + beside;
    long free = limit - ResidentMemory.bytes() - frames - RESERVE;
    if (pixels <= free / ample) {
      return null;
    }
    NetworkProbe probe = probes.computeIfAbsent(view, v -> NetworkProbe.of(v, control));
    Footprint footprint = probe.footprint();
    footprint.begin();
    view.releaseMemory();
    long process = ResidentMemory.bytes();
    long left = limit - process - frames - RESERVE;
    if (left <= 0) {
      throw new InferenceException(
          "the memory limit (%d MB) leaves nothing for a frame of %dx%d: the process takes %d MB without its result, and %d MB are kept free"
              .formatted(limit >> 20, cols, rows, process >> 20, RESERVE >> 20));
    }
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
    return plan;
  }
}
