package io.deweather.pipeline;

/** What a {@link Pipeline} does when frames come faster than they can be restored. */
public enum BackPressure {
  /** The source waits; every frame is restored. For files. */
  BLOCK,

  /**
   * The frame that has waited longest is dropped for the one that came: what is shown is as new as
   * can be. For cameras and streams that a person or a controller looks at.
   */
  KEEP_LATEST,

  /**
   * The frame that came is dropped: frames that wait keep their turn. For live sources where what
   * was accepted must be finished.
   */
  DROP_INCOMING
}
