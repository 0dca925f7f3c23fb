package io.deweather;

/** Why a frame has the {@link FrameStatus} that it has. */
public enum FrameReason {
  /** Nothing went wrong; with {@link FrameStatus#OK}. */
  NONE(FrameStatus.OK),

  /** Restored at {@link DegradationPolicy#reducedScale}, after trouble with earlier frames. */
  REDUCED_RESOLUTION(FrameStatus.DEGRADED),

  /**
   * Of two weathers the likelier was removed, as the deadline leaves time for one view only, or
   * seemed to at one of the last 50 frames.
   */
  LIKELIER_ONLY(FrameStatus.DEGRADED),

  /** The result was not there in time. It is dropped. */
  DEADLINE(FrameStatus.PASSED_THROUGH),

  /** Other frames kept the engine busy until the deadline; this one was not begun. */
  BUSY(FrameStatus.PASSED_THROUGH),

  /** The inference engine failed on this frame. */
  INFERENCE_FAILED(FrameStatus.PASSED_THROUGH),

  /** The graph gave something that cannot be this frame restored; see {@link OnnxRestorer}. */
  INVALID_OUTPUT(FrameStatus.PASSED_THROUGH),

  /** The selector failed on this frame, so it is not known what to remove. */
  SELECTOR_FAILED(FrameStatus.PASSED_THROUGH),

  /** The calling thread was interrupted while it waited. Its interrupt status stays set. */
  INTERRUPTED(FrameStatus.PASSED_THROUGH),

  /** Not tried, after trouble with earlier frames: {@link OperatingMode#BYPASS}. */
  BYPASS(FrameStatus.PASSED_THROUGH);

  private final FrameStatus status;

  FrameReason(FrameStatus status) {
    this.status = status;
  }

  /** The status that goes with this reason. */
  public FrameStatus status() {
    return status;
  }
}
