package io.deweather.models;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.deweather.Weather;
import java.nio.file.Path;
import java.util.List;

/**
 * What a training run of a selector does. Kept in the run's folder.
 *
 * @param clean folders of clean photographs and frames
 * @param out the run's folder: {@code detector.onnx}, {@code head.onnx} and {@code selector.onnx}
 * @param weathers in the order of the output: rain, raindrop and snow, or some of them
 * @param seed of the weights and of every frame
 * @param detector a trained one to go on from; null to begin with a new one
 * @param after a finished selector, or a bundle in fp32 that has one, to tune on; what is said of
 *     detector, frames and head then does not matter. Null for none
 * @param detectorSteps steps of training the detector, of 12 new crops each
 * @param frames to train the head on
 * @param calibrationFrames of held-out photographs, that the probabilities are calibrated on
 * @param steps of training the head, and that of the second opinion, of 256 frames each
 * @param rate the peak learning rate of both
 * @param tuningSteps steps of training detector and head together, of 8 new frames each; 0 for none
 * @param opinion a bundle whose raindrop view, or first one, gives a second opinion where detector
 *     and head leave doubt; null for none
 * @param opinionFrames to train what weighs that opinion on, most of which leave no doubt
 * @param threads that make frames
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record SelectorOptions(
    List<Path> clean,
    Path out,
    List<Weather> weathers,
    long seed,
    Path detector,
    Path after,
    int detectorSteps,
    int frames,
    int calibrationFrames,
    int steps,
    double rate,
    int tuningSteps,
    Path opinion,
    int opinionFrames,
    int threads) {

  /** Checks every value. */
  public SelectorOptions {
    clean = List.copyOf(clean);
    weathers = List.copyOf(weathers);
    require(!clean.isEmpty(), "clean", clean, "at least one folder");
    require(!weathers.isEmpty(), "weathers", weathers, "at least one weather");
    require(detectorSteps >= 1, "detector_steps", detectorSteps, "at least 1");
    require(frames >= 2, "frames", frames, "at least 2");
    require(calibrationFrames >= 2, "calibration_frames", calibrationFrames, "at least 2");
    require(steps >= 1, "steps", steps, "at least 1");
    require(rate > 0 && rate <= 1, "rate", rate, "in (0, 1]");
    require(tuningSteps >= 0, "tuning_steps", tuningSteps, "at least 0");
    require(opinion == null || opinionFrames >= 2, "opinion_frames", opinionFrames, "at least 2");
    require(threads >= 1, "threads", threads, "at least 1");
  }

  /** Every option's default. */
  public static SelectorOptions of(List<Path> clean, Path out) {
    List<Weather> weathers = List.of(Weather.RAIN, Weather.RAINDROP, Weather.SNOW);
    return new SelectorOptions(
        clean, out, weathers, 1, null, null, 6000, 12_000, 2_000, 1_500, 1e-3, 2000, null, 16_000,
        2);
  }

  /** The same in another folder. */
  SelectorOptions in(Path folder) {
    return new SelectorOptions(
        clean,
        folder,
        weathers,
        seed,
        detector,
        after,
        detectorSteps,
        frames,
        calibrationFrames,
        steps,
        rate,
        tuningSteps,
        opinion,
        opinionFrames,
        threads);
  }

  private static void require(boolean holds, String name, Object value, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(name + " (" + value + ") must be " + rule);
    }
  }
}
