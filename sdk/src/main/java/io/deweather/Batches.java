package io.deweather;

import org.opencv.core.Mat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the {@link Batch}es of one restorer share; it belongs to whoever has the turn. */
final class Batches implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Batches.class);

  private final Batching batching;
  private final ViewPool views;
  private final Turns turns;
  private final RunControl control;
  private final BatchPath path;
  private final Mat sources = new Mat();
  private final Mat results = new Mat();
  private long lastRun;
  private boolean warned;

  Batches(Batching batching, ViewPool views, Turns turns, RunControl control, BatchPath path) {
    this.batching = batching;
    this.views = views;
    this.turns = turns;
    this.control = control;
    this.path = path;
  }

  Batching batching() {
    return batching;
  }

  /** How many frames a run of a view may have. */
  int most(View view) {
    if (view.mostFrames() == 1 && !warned) {
      warned = true;
      LOG.warn(
          "batches of {} were asked for, but frames run one by one: {}",
          batching.most(),
          view.whyOneByOne());
    }
    return Math.min(batching.most(), view.mostFrames());
  }

  ViewPool views() {
    return views;
  }

  Turns turns() {
    return turns;
  }

  RunControl control() {
    return control;
  }

  BatchPath path() {
    return path;
  }

  /** Where frames are copied together. */
  Mat sources() {
    return sources;
  }

  /** Where their results go. */
  Mat results() {
    return results;
  }

  /** How long the last run took, in nanoseconds; 0 before the first. */
  long lastRun() {
    return lastRun;
  }

  void ran(long nanos) {
    lastRun = nanos;
  }

  @Override
  public void close() {
    sources.release();
    results.release();
  }
}
