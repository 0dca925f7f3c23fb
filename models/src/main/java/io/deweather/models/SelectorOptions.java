package io.deweather.models;

import io.deweather.Weather;
import java.nio.file.Path;
import java.util.List;

/**
 * What a training run of a selector does.
 *
 * @param clean folders of clean photographs and frames
 * @param out the run's folder: {@code network.onnx} and {@code selector.onnx}
 * @param weathers in the order of the output: rain, raindrop and snow, or some of them
 * @param start the {@code network.onnx} of an earlier run to go on from; null for a new network
 * @param seed of the weights and of every frame
 * @param steps of training
 * @param frames in a step, even
 * @param calibrationFrames how many frames of held-out photographs the probabilities are calibrated
 *     on
 * @param rate the peak learning rate
 * @param precision {@code fp32} or {@code bf16} arithmetic in the convolutions
 * @param threads of libtorch; 0 for one a core
 * @param loaderThreads that make frames
 */
public record SelectorOptions(
    List<Path> clean,
    Path out,
    List<Weather> weathers,
    Path start,
    long seed,
    int steps,
    int frames,
    int calibrationFrames,
    double rate,
    String precision,
    int threads,
    int loaderThreads) {

  /** Checks every value. */
  public SelectorOptions {
    clean = List.copyOf(clean);
    weathers = List.copyOf(weathers);
    require(!clean.isEmpty(), "clean", clean, "at least one folder");
    require(!weathers.isEmpty(), "weathers", weathers, "at least one weather");
    require(steps >= 1, "steps", steps, "at least 1");
    require(frames >= 2 && frames % 2 == 0, "frames", frames, "even, at least 2");
    require(
        calibrationFrames >= frames,
        "calibration_frames",
        calibrationFrames,
        "at least as many as frames");
    require(rate > 0 && rate <= 1, "rate", rate, "in (0, 1]");
    require(
        precision.equals("fp32") || precision.equals("bf16"),
        "precision",
        precision,
        "fp32 or bf16");
    require(threads >= 0, "threads", threads, "at least 0");
    require(loaderThreads >= 1, "loader_threads", loaderThreads, "at least 1");
  }

  /** Every option's default. */
  public static SelectorOptions of(List<Path> clean, Path out) {
    List<Weather> weathers = List.of(Weather.RAIN, Weather.RAINDROP, Weather.SNOW);
    return new SelectorOptions(clean, out, weathers, null, 1, 3000, 32, 1024, 1e-3, "fp32", 0, 1);
  }

  private static void require(boolean holds, String name, Object value, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(name + " (" + value + ") must be " + rule);
    }
  }
}
