package io.deweather;

/** What a caller got for a frame. {@link FrameReason} says why. */
public enum FrameStatus {
  /** What was asked for: the restored frame, or the frame itself if it needs no restoring. */
  OK,

  /** Restored, but less than asked for: at a lower working resolution, or one of two weathers. */
  DEGRADED,

  /** The frame itself, though there was weather to remove. */
  PASSED_THROUGH
}
