package io.deweather;

/** What a caller got for a frame. {@link FrameReason} says why. */
public enum FrameStatus {
  /** What was asked for: the restored frame, or the frame itself if it needs no restoring. */
  OK,

  /** Restored, but at a lower working resolution than asked for. */
  DEGRADED,

  /** The frame itself, though there was weather to remove. */
  PASSED_THROUGH
}
