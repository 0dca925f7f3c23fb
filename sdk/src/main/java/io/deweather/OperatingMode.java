package io.deweather;

/** How much is tried for the frames of a stream; {@link DegradationPolicy} says when it changes. */
public enum OperatingMode {
  /** The working resolution that was asked for. */
  FULL,

  /** A lower working resolution: {@link DegradationPolicy#reducedScale}. */
  REDUCED,

  /** Nothing: frames pass through, apart from those that probe whether it works again. */
  BYPASS
}
