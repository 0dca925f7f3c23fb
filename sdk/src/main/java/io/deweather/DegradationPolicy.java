package io.deweather;

import java.time.Duration;
import java.util.Objects;

/**
 * When a stream does less after trouble, and when it does more again. Trouble is a frame that was
 * tried and not restored: its deadline passed, the engine was busy until then, inference failed or
 * gave an invalid output.
 *
 * <p><b>Down.</b> {@code troubles} among the last {@code window} frames tried lower the {@link
 * OperatingMode} by one step: {@code FULL}, {@code REDUCED}, {@code BYPASS}.
 *
 * <p><b>Up.</b> Below {@code FULL}, one frame in each {@code probeInterval} is tried one step
 * higher. {@code probes} successes in a row raise the mode by that step. A failed probe doubles the
 * interval, up to {@code longestProbeInterval}; a raised mode resets it. So a cause that lasts
 * costs ever fewer frames, and one that passes is noticed within the interval.
 *
 * @param window frames looked back on, 1 to 10,000; default 30
 * @param troubles that lower the mode, 1 to {@code window}; default 5
 * @param reducedScale of width and height in {@code REDUCED}, on top of {@link
 *     OnnxRestorer.Builder#workingResolution}, above 0 and below 1; default 0.5
 * @param probeInterval positive; default 1 s
 * @param longestProbeInterval from {@code probeInterval}; default 30 s
 * @param probes successes in a row that raise the mode, from 1; default 3
 */
public record DegradationPolicy(
    int window,
    int troubles,
    double reducedScale,
    Duration probeInterval,
    Duration longestProbeInterval,
    int probes) {
  private static final int LONGEST_WINDOW = 10_000;

  /** The defaults above. */
  public static final DegradationPolicy DEFAULT =
      new DegradationPolicy(30, 5, 0.5, Duration.ofSeconds(1), Duration.ofSeconds(30), 3);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException naming the value that is out of its range
   */
  public DegradationPolicy {
    Objects.requireNonNull(probeInterval, "probeInterval");
    Objects.requireNonNull(longestProbeInterval, "longestProbeInterval");
    require(window >= 1 && window <= LONGEST_WINDOW, "window", window, "in 1 to 10000");
    require(troubles >= 1 && troubles <= window, "troubles", troubles, "in 1 to window");
    require(reducedScale > 0 && reducedScale < 1, "reducedScale", reducedScale, "in (0, 1)");
    require(
        !probeInterval.isNegative() && !probeInterval.isZero(),
        "probeInterval",
        probeInterval,
        "positive");
    require(
        longestProbeInterval.compareTo(probeInterval) >= 0,
        "longestProbeInterval",
        longestProbeInterval,
        "at least probeInterval");
    require(probes >= 1, "probes", probes, "at least 1");
  }

  private static void require(boolean holds, String name, Object value, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(name + " (" + value + ") must be " + rule);
    }
  }
}
