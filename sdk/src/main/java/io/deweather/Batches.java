package io.deweather;

import org.opencv.core.Mat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the {@link Batch}es of one restorer share; it belongs to whoever has the turn. */
final class Batches implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Batches.class);

  final Batching batching;
  final ViewPool views;
  final Turns turns;
  final RunControl control;
  final BatchPath path;

  /** Where frames are copied together, and where their results go. */
  final Mat sources = new Mat();

  final Mat results = new Mat();

  /** How long the last run took, in nanoseconds; 0 before the first. */
  long lastRun;

  private boolean warned;

  Batches(Batching batching, ViewPool views, Turns turns, RunControl control, BatchPath path) {
    this.batching = batching;
    this.views = views;
    this.turns = turns;
    this.control = control;
    this.path = path;
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

  @Override
  public void close() {
    sources.release();
    results.release();
  }
}
