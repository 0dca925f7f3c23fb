package io.deweather;

import java.time.Duration;
import java.util.BitSet;
import java.util.concurrent.TimeUnit;

/** The {@link OperatingMode} of one stream, moved by what became of its frames. Thread-safe. */
final class ModeLadder {
  private static final OperatingMode[] MODES = OperatingMode.values();

  private final DegradationPolicy policy;
  private final long longestProbeNanos;
  private final BitSet troubled = new BitSet();
  private OperatingMode mode = OperatingMode.FULL;
  private int tried;
  private int successfulProbes;
  private long probeNanos;
  private long nextProbe;

  ModeLadder(DegradationPolicy policy) {
    this.policy = policy;
    this.probeNanos = nanos(policy.probeInterval());
    this.longestProbeNanos = nanos(policy.longestProbeInterval());
  }

  private static long nanos(Duration duration) {
    return TimeUnit.NANOSECONDS.convert(duration); // the most there is where it does not fit
  }

  synchronized OperatingMode mode() {
    return mode;
  }

  /**
   * The mode to try the next frame in: the present one, or one higher if a probe is due.
   *
   * @param now of {@link System#nanoTime()}
   */
  synchronized OperatingMode next(long now) {
    if (mode == OperatingMode.FULL || now - nextProbe < 0) {
      return mode;
    }
    nextProbe = now + probeNanos;
    return MODES[mode.ordinal() - 1];
  }

  /**
   * Learns what became of a frame that was tried in a mode that {@link #next} gave; returns the
   * mode from now on.
   */
  synchronized OperatingMode learn(OperatingMode triedIn, boolean restored, long now) {
    if (triedIn == OperatingMode.BYPASS) {
      return mode;
    }
    int above = mode.ordinal() - triedIn.ordinal();
    if (above == 1) {
      learnFromProbe(restored, now);
    } else if (above == 0) {
      learnFromFrame(restored, now);
    } // else it was tried before the mode changed
    return mode;
  }

  private void learnFromProbe(boolean restored, long now) {
    if (!restored) {
      successfulProbes = 0;
      probeNanos = probeNanos > longestProbeNanos / 2 ? longestProbeNanos : 2 * probeNanos;
      nextProbe = now + probeNanos;
    } else if (++successfulProbes >= policy.probes()) {
      moveTo(MODES[mode.ordinal() - 1], now);
    }
  }

  private void learnFromFrame(boolean restored, long now) {
    troubled.set(tried, !restored);
    tried = (tried + 1) % policy.window();
    if (troubled.cardinality() >= policy.troubles()) {
      moveTo(MODES[mode.ordinal() + 1], now);
    }
  }

  private void moveTo(OperatingMode changed, long now) {
    mode = changed;
    troubled.clear();
    tried = 0;
    successfulProbes = 0;
    probeNanos = nanos(policy.probeInterval());
    nextProbe = now + probeNanos;
  }
}
