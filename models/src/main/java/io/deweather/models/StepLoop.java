package io.deweather.models;

import java.util.function.DoubleSupplier;
import java.util.function.DoubleUnaryOperator;

/**
 * The steps of a training under a cosine schedule, and what is said of them: now and then the mean
 * loss, the loss on what is held out, and the time that is left. Each report may keep what there
 * is.
 *
 * @param name what the reports begin with
 * @param steps how many
 * @param rate the peak learning rate
 * @param reportEvery steps between reports
 */
record StepLoop(String name, int steps, double rate, int reportEvery) {
  /**
   * Runs.
   *
   * @param step takes a learning rate, gives the loss
   * @param heldOut gives the loss on what is held out
   * @param keep is called after each report
   * @throws TrainingStoppedException if the thread was interrupted
   */
  void run(
      DoubleUnaryOperator step, DoubleSupplier heldOut, Runnable keep, TrainingListener listener) {
    long begin = System.nanoTime();
    double loss = 0;
    int losses = 0;
    for (int done = 1; done <= steps; done++) {
      double now = CosineSchedule.rate(done - 1, steps, rate, SelectorTraining.WARM_UP);
      loss += step.applyAsDouble(now);
      losses++;
      if (done == steps || done % reportEvery == 0) {
        double each = (System.nanoTime() - begin) / 1e9 / done;
        listener.message(
            "%s %d/%d  loss %.4f  held out %.4f  %.0f min left"
                .formatted(
                    name,
                    done,
                    steps,
                    loss / losses,
                    heldOut.getAsDouble(),
                    each / 60 * (steps - done)));
        keep.run();
        loss = 0;
        losses = 0;
      }
      if (Thread.interrupted()) {
        throw new TrainingStoppedException("%s stopped after step %d".formatted(name, done));
      }
    }
  }
}
