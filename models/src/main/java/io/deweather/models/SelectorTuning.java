package io.deweather.models;

import io.deweather.converter.Network;
import io.deweather.converter.Safetensors;
import io.deweather.converter.SelectorGraph;
import io.deweather.models.Examples.Position;
import io.deweather.models.SelectorLooks.Looks;
import io.deweather.models.SelectorRun.Lesson;
import io.deweather.models.SelectorRun.Stage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Trains detector and head together on whole frames, since what counts is what is said of a frame.
 * What comes of it is {@value #TRUNK_NAME} and {@value #HEAD_NAME} in the run's folder; a tuning
 * that finds them goes on from there, on frames that were not seen before.
 */
final class SelectorTuning {
  static final String TRUNK_NAME = "trunk.onnx";
  static final String HEAD_NAME = "head.onnx";

  private static final int REPORT_EVERY = 100;
  private static final int HELD_OUT = 256;
  private static final double RATE = 4e-4;
  private static final double FURTHER_RATE = 2.5e-4;

  /** Fewer than where the detector learns: what a frame shows counts, not how it was recorded. */
  private static final double VARIED_SHARE = 0.3;

  private static final String STREAM = "stream";
  private static final String SCALING_NAME = "scaling.safetensors";
  private static final String MEANS = "means";
  private static final String DEVIATIONS = "deviations";

  private final SelectorOptions options;
  private final SelectorRun run;
  private final TrainingListener listener;
  private final long seed;
  private final Path trunkFile;
  private final Path headFile;

  SelectorTuning(SelectorOptions options, SelectorRun run, TrainingListener listener) {
    this.options = options;
    this.run = run;
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
    long stream = run.fact(Stage.TUNING, STREAM).map(Long::valueOf).orElseGet(() -> stream(start));
    List<Looks> unseen;
    try (SelectorLooks looks = looks(others, seed + 1, 0, Position.START)) {
      unseen = looks.next(HELD_OUT);
    }
    if (!run.isIn(Stage.TUNING)) {
      listener.message("held out %.4f before tuning".formatted(tuner.loss(unseen)));
    }
    try (SelectorLooks looks = looks(photographs, stream, VARIED_SHARE, run.first(Stage.TUNING))) {
      run.train(
          Stage.TUNING,
          options.tuningSteps(),
          Files.exists(trunkFile) ? FURTHER_RATE : RATE,
          REPORT_EVERY,
          new Lesson(
              Map.of("trunk", tuner.trunk(), "head", tuner.head()),
              rate -> tuner.step(looks, rate),
              () -> "%.4f".formatted(tuner.loss(unseen)),
              step -> tuner.replay().resume(step, looks),
              () -> facts(tuner, stream)));
    }
    Tuned tuned = new Tuned(tuner.trunk().averaged(), tuner.head().averaged());
    write(scaling);
    tuned.trunk.write(trunkFile);
    tuned.head.write(headFile);
    return tuned;
  }

  private void write(SelectorGraph.Scaling scaling) {
    Safetensors.write(
        options.out().resolve(SCALING_NAME),
        Map.of(),
        List.of(
            Safetensors.Tensor.ofFloats(MEANS, scaling.means(), scaling.means().length),
            Safetensors.Tensor.ofFloats(
                DEVIATIONS, scaling.deviations(), scaling.deviations().length)));
  }

  /** With what a tuned run was tuned; empty if it was not, or by an earlier version. */
  static Optional<SelectorGraph.Scaling> scaling(Path run) {
    Path file = run.resolve(SCALING_NAME);
    if (!Files.exists(run.resolve(TRUNK_NAME)) || !Files.exists(file)) {
      return Optional.empty();
    }
    try (Safetensors values = Safetensors.open(file)) {
      return Optional.of(
          new SelectorGraph.Scaling(values.floats(MEANS), values.floats(DEVIATIONS)));
    }
  }

  /** What goes on after another tuning shall not see the same frames again. */
  private long stream(Tuned start) {
    return Files.exists(trunkFile)
        ? seed + 7919L * start.head.model().toByteString().hashCode()
        : seed;
  }

  private static Map<String, String> facts(SelectorTuner tuner, long stream) {
    Map<String, String> facts = new LinkedHashMap<>(SelectorRun.oldest(tuner.replay()));
    facts.put(STREAM, Long.toString(stream));
    return facts;
  }

  private SelectorLooks looks(Photographs photographs, long stream, double varied, Position first) {
    SelectorFrames frames = new SelectorFrames(photographs, options.weathers(), stream, varied);
    return new SelectorLooks(frames, first, options.threads());
  }
}
