package io.deweather.models;

import io.deweather.converter.Network;
import io.deweather.converter.SelectorGraph;
import io.deweather.models.SelectorLooks.Looks;
import java.util.List;

/**
 * Trains detector and head together on whole frames, since what counts is what is said of a frame.
 */
final class SelectorTuning {
  private static final int REPORT_EVERY = 100;
  private static final int HELD_OUT = 256;
  private static final double RATE = 4e-4;

  /** Fewer than where the detector learns: what a frame shows counts, not how it was recorded. */
  private static final double VARIED_SHARE = 0.3;

  private final SelectorOptions options;
  private final TrainingListener listener;
  private final long seed;

  SelectorTuning(SelectorOptions options, TrainingListener listener) {
    this.options = options;
    this.listener = listener;
    seed = options.seed() * 7919 + 4;
  }

  /** Both networks, tuned. */
  record Tuned(Network trunk, Network head) {}

  /**
   * Trains.
   *
   * @param photographs to train on
   * @param others to measure on
   */
  Tuned run(
      Photographs photographs,
      Photographs others,
      Network trunk,
      SelectorGraph.Scaling scaling,
      Network head) {
    int known = options.weathers().size();
    SelectorTuner tuner = new SelectorTuner(trunk, scaling, head, known, options.seed());
    List<Looks> unseen;
    try (SelectorLooks looks = looks(others, seed + 1, 0)) {
      unseen = looks.next(HELD_OUT);
    }
    listener.message("held out %.4f before tuning".formatted(tuner.loss(unseen)));
    try (SelectorLooks looks = looks(photographs, seed, VARIED_SHARE)) {
      train(tuner, looks, unseen);
    }
    return new Tuned(tuner.trunk(), tuner.head());
  }

  private SelectorLooks looks(Photographs photographs, long stream, double varied) {
    SelectorFrames frames = new SelectorFrames(photographs, options.weathers(), stream, varied);
    return new SelectorLooks(frames, options.threads());
  }

  private void train(SelectorTuner tuner, SelectorLooks looks, List<Looks> unseen) {
    long begin = System.nanoTime();
    int steps = options.tuningSteps();
    double loss = 0;
    int losses = 0;
    for (int step = 1; step <= steps; step++) {
      loss +=
          tuner.step(looks, CosineSchedule.rate(step - 1, steps, RATE, SelectorTraining.WARM_UP));
      losses++;
      if (step == steps || step % REPORT_EVERY == 0) {
        double each = (System.nanoTime() - begin) / 1e9 / step;
        listener.message(
            "tuning %d/%d  loss %.4f  held out %.4f  %.0f min left"
                .formatted(
                    step, steps, loss / losses, tuner.loss(unseen), each / 60 * (steps - step)));
        loss = 0;
        losses = 0;
      }
      if (Thread.interrupted()) {
        throw new TrainingStoppedException("stopped after step " + step + " of tuning");
      }
    }
  }
}
