package io.deweather.models;

import io.deweather.converter.Network;
import io.deweather.models.DetectorCrops.Crop;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Trains the detector of a selector, and keeps it in the run's folder as {@value #FILE_NAME}; what
 * it has come to meanwhile is {@value #PART_NAME}.
 */
final class DetectorTraining {
  static final String FILE_NAME = "detector.onnx";
  static final String PART_NAME = "detector-part.onnx";

  private static final int REPORT_EVERY = 200;
  private static final int HELD_OUT = 192;
  private static final double RATE = 2e-3;

  private final SelectorOptions options;
  private final TrainingListener listener;
  private final long seed;

  DetectorTraining(SelectorOptions options, TrainingListener listener) {
    this.options = options;
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
    int known = options.weathers().size();
    Network start =
        options.detector() == null
            ? SelectorNetworks.detector(known, options.seed())
            : Network.read(options.detector());
    DetectorTrainer trainer = new DetectorTrainer(start, known, options.seed());
    train(trainer, photographs, heldOut(others));
    Network detector = trainer.detector();
    detector.write(file);
    return detector;
  }

  private List<Crop> heldOut(Photographs others) {
    try (DetectorCrops crops = crops(others, seed + 1)) {
      return crops.next(HELD_OUT);
    }
  }

  private DetectorCrops crops(Photographs photographs, long stream) {
    return new DetectorCrops(photographs, options.weathers(), stream, options.threads());
  }

  private void train(DetectorTrainer trainer, Photographs photographs, List<Crop> unseen) {
    Path part = options.out().resolve(PART_NAME);
    try (DetectorCrops crops = crops(photographs, seed)) {
      new StepLoop("detector", options.detectorSteps(), RATE, REPORT_EVERY)
          .run(
              rate -> trainer.step(crops, rate),
              () -> trainer.loss(unseen),
              () -> trainer.detector().write(part),
              listener);
    }
  }
}
