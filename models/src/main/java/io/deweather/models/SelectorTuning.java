package io.deweather.models;

import io.deweather.converter.Network;
import io.deweather.converter.SelectorGraph;
import io.deweather.models.SelectorLooks.Looks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Trains detector and head together on whole frames, since what counts is what is said of a frame.
 * What they have come to is {@value #TRUNK_NAME} and {@value #HEAD_NAME} in the run's folder; a
 * tuning that finds them goes on from there, on frames that were not seen before.
 */
final class SelectorTuning {
  static final String TRUNK_NAME = "trunk.onnx";
  static final String HEAD_NAME = "head.onnx";

  private static final int REPORT_EVERY = 100;
  private static final int HELD_OUT = 256;
  private static final double RATE = 4e-4;

  /** Fewer than where the detector learns: what a frame shows counts, not how it was recorded. */
  private static final double VARIED_SHARE = 0.3;

  private final SelectorOptions options;
  private final TrainingListener listener;
  private final long seed;
  private final Path trunkFile;
  private final Path headFile;

  SelectorTuning(SelectorOptions options, TrainingListener listener) {
    this.options = options;
    this.listener = listener;
    seed = options.seed() * 7919 + 4;
    trunkFile = options.out().resolve(TRUNK_NAME);
    headFile = options.out().resolve(HEAD_NAME);
  }

  /** Both networks, tuned. */
  record Tuned(Network trunk, Network head) {}

  /** What an earlier tuning has come to in this folder. */
  Optional<Tuned> before() {
    return Files.exists(trunkFile)
        ? Optional.of(new Tuned(Network.read(trunkFile), Network.read(headFile)))
        : Optional.empty();
  }

  /**
   * Trains.
   *
   * @param start to go on from
   * @param photographs to train on
   * @param others to measure on
   */
  Tuned run(
      Tuned start, SelectorGraph.Scaling scaling, Photographs photographs, Photographs others) {
    int known = options.weathers().size();
    SelectorTuner tuner =
        new SelectorTuner(start.trunk, scaling, start.head, known, options.seed());
    // What goes on shall not see the same frames again.
    boolean goesOn = Files.exists(trunkFile);
    long stream = goesOn ? seed + 7919L * start.head.model().toByteString().hashCode() : seed;
    List<Looks> unseen;
    try (SelectorLooks looks = looks(others, seed + 1, 0)) {
      unseen = looks.next(HELD_OUT);
    }
    listener.message("held out %.4f before tuning".formatted(tuner.loss(unseen)));
    try (SelectorLooks looks = looks(photographs, stream, VARIED_SHARE)) {
      new StepLoop("tuning", options.tuningSteps(), RATE, REPORT_EVERY)
          .run(
              rate -> tuner.step(looks, rate),
              () -> tuner.loss(unseen),
              () -> keep(tuner),
              listener);
    }
    return new Tuned(tuner.trunk(), tuner.head());
  }

  private void keep(SelectorTuner tuner) {
    tuner.trunk().write(trunkFile);
    tuner.head().write(headFile);
  }

  private SelectorLooks looks(Photographs photographs, long stream, double varied) {
    SelectorFrames frames = new SelectorFrames(photographs, options.weathers(), stream, varied);
    return new SelectorLooks(frames, options.threads());
  }
}
