package io.deweather;

/** When an {@link OnnxRestorer} loads the views of its bundle. */
public enum Warmup {
  /**
   * All of them while it opens, side by side: no frame ever waits for a view to load, and a graph
   * that cannot be loaded is refused at once. The default.
   */
  ALL,

  /** Each with the first frame that needs it: opens fastest, for a job that uses one view. */
  ON_DEMAND
}
