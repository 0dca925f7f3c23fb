package io.deweather;

import java.util.function.LongSupplier;

/**
 * What runs of a view take of the process's memory, whatever else is freed meanwhile. Not
 * thread-safe.
 */
final class RunMemory {
  /** How often a run is measured while other memory is being freed. */
  private static final int ATTEMPTS = 4;

  /** What may be freed meanwhile without measuring again; it is counted as taken. */
  private static final long SLACK = 4L << 20;

  private final View view;
  // Against the lowest seen: what an earlier run left would hide what a later one takes.
  private long lowest = Long.MAX_VALUE;

  RunMemory(View view) {
    this.view = view;
  }

  /**
   * Measures a run.
   *
   * @param run runs the view, and returns what is resident then
   * @return bytes that it took beyond what the process holds without it
   */
  long taken(LongSupplier run) {
    long before = withoutRuns();
    for (int attempt = 1; ; attempt++) {
      long most = run.getAsLong();
      long after = withoutRuns();
      lowest = Math.min(lowest, Math.min(before, after));
      // What the garbage collector frees, the run uses: that hides what it takes.
      boolean disturbed = after < before - SLACK;
      if (!disturbed || attempt == ATTEMPTS) {
        return most - lowest;
      }
      before = after;
    }
  }

  private long withoutRuns() {
    view.releaseMemory();
    return ResidentMemory.bytes();
  }
}
