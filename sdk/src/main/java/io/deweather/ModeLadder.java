package io.deweather;

import java.util.BitSet;

/** The {@link OperatingMode} of one stream, moved by what became of its frames. Thread-safe. */
final class ModeLadder {
  private static final OperatingMode[] MODES = OperatingMode.values();

  private final DegradationPolicy policy;
  private final BitSet troubled = new BitSet();
  private OperatingMode mode = OperatingMode.FULL;
  private int tried;
  private int successfulProbes;
  private long probeNanos;
  private long nextProbe;

  ModeLadder(DegradationPolicy policy) {
    this.policy = policy;
    this.probeNanos = policy.probeInterval().toNanos();
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
      probeNanos = Math.min(2 * probeNanos, policy.longestProbeInterval().toNanos());
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
    probeNanos = policy.probeInterval().toNanos();
    nextProbe = now + probeNanos;
  }
}
