package io.deweather.models;

import java.util.Locale;

/**
 * The steps of one stage under a cosine schedule with warm-up. Now and then what they have come to
 * is reported, and kept, so that a run can go on from there.
 *
 * @param stage in messages
 * @param steps how many
 * @param rate the peak learning rate
 * @param warmUp steps until it
 * @param reportEvery steps between reports
 * @param keepEvery steps between keeping
 */
record StepLoop(String stage, int steps, double rate, int warmUp, int reportEvery, int keepEvery) {
  /** What is done. */
  interface Work {
    /**
     * One step.
     *
     * @return the loss before it
     */
    double step(double rate);

    /**
     * Tells what there is.
     *
     * @param done so many steps of the stage
     * @param loss the mean since the last report
     */
    void report(int done, double loss);

    /**
     * Writes what it takes to go on.
     *
     * @param done so many steps of the stage
     */
    void keep(int done);
  }

  /**
   * Runs.
   *
   * @param first step, from 0
   * @throws TrainingStoppedException if the run was asked to stop, after keeping what there is
   */
  void run(int first, Work work, TrainingListener listener) {
    double loss = 0;
    int losses = 0;
    for (int done = first + 1; done <= steps; done++) {
      loss += work.step(CosineSchedule.rate(done - 1, steps, rate, warmUp));
      losses++;
      if (done == steps || done % reportEvery == 0) {
        work.report(done, loss / losses);
        loss = 0;
        losses = 0;
      }
      boolean stop = mustStop(listener);
      if (stop || done % keepEvery == 0) {
        work.keep(done);
      }
      if (stop) {
        throw new TrainingStoppedException(
            "stopped in the %s stage after step %d"
                .formatted(stage.toLowerCase(Locale.ROOT), done));
      }
    }
  }

  /** Whether somebody wants the run to stop. */
  static boolean mustStop(TrainingListener listener) {
    return Thread.interrupted() || listener.stopRequested();
  }
}
