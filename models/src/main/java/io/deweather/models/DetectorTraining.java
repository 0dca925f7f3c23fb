package io.deweather.models;

import io.deweather.converter.Network;
import io.deweather.models.DetectorCrops.Crop;
import io.deweather.models.Examples.Position;
import io.deweather.models.SelectorRun.Lesson;
import io.deweather.models.SelectorRun.Stage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Trains the detector of a selector, and keeps it in the run's folder as {@value #FILE_NAME}. */
final class DetectorTraining {
  static final String FILE_NAME = "detector.onnx";

  private static final int REPORT_EVERY = 200;
  private static final int HELD_OUT = 192;
  private static final double RATE = 2e-3;

  private final SelectorOptions options;
  private final SelectorRun run;
  private final TrainingListener listener;
  private final long seed;

  DetectorTraining(SelectorOptions options, SelectorRun run, TrainingListener listener) {
    this.options = options;
    this.run = run;
    this.listener = listener;
    seed = options.seed() * 7919 + 2;
  }

  /**
   * The detector that the folder has, or else a new one.
   *
   * @param photographs to train on
   * @param others to measure on
   */
  Network run(Photographs photographs, Photographs others) {
    Path file = options.out().resolve(FILE_NAME);
    if (Files.exists(file)) {
      listener.message("the detector is there: " + file);
      return Network.read(file);
    }
    DetectorTrainer trainer =
        new DetectorTrainer(start(), options.weathers().size(), options.seed());
    train(trainer, photographs, heldOut(others));
    Network detector = trainer.learner().averaged();
    detector.write(file);
    run.enter(Stage.FRAMES);
    return detector;
  }

  private Network start() {
    return options.detector() == null
        ? SelectorNetworks.detector(options.weathers().size(), options.seed())
        : Network.read(options.detector());
  }

  private List<Crop> heldOut(Photographs others) {
    try (DetectorCrops crops = crops(others, seed + 1, Position.START)) {
      return crops.next(HELD_OUT);
    }
  }

  private DetectorCrops crops(Photographs photographs, long stream, Position first) {
    return new DetectorCrops(photographs, options.weathers(), stream, first, options.threads());
  }

  private void train(DetectorTrainer trainer, Photographs photographs, List<Crop> unseen) {
    try (DetectorCrops crops = crops(photographs, seed, run.first(Stage.DETECTOR))) {
      run.train(
          Stage.DETECTOR,
          options.detectorSteps(),
          RATE,
          REPORT_EVERY,
          new Lesson(
              Map.of("detector", trainer.learner()),
              rate -> trainer.step(crops, rate),
              () -> "%.4f".formatted(trainer.loss(unseen)),
              step -> trainer.replay().resume(step, crops),
              () -> SelectorRun.oldest(trainer.replay())));
    }
  }
}
