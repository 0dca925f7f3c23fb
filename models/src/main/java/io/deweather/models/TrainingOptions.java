package io.deweather.models;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.deweather.Weather;
import java.nio.file.Path;
import java.util.List;

/**
 * What a training run does. Kept in the run's folder, so that {@code --resume} continues with the
 * same settings.
 *
 * @param clean folders of clean photographs
 * @param out the run's folder: checkpoint, log, networks, visibility and bundle
 * @param network {@code edge}, {@code quality}, {@code paper}, or the path of an ONNX file to start
 *     from
 * @param after the folder of a finished run, or of a bundle in fp32, whose network and masks stage
 *     3 goes on from, instead of stages 1 and 2; null for none
 * @param grow {@code quality}: a larger network of the same design that the one to start from is
 *     put into, so that it computes the same at first; what is new is common to all weathers. Null
 *     to keep the network
 * @param weathers in the order of the visibility bits
 * @param seed of the weights, crops and weather
 * @param jointSteps steps of stage 1, joint training
 * @param measureBatches batches a weather of stage 2, measuring; half for each of two disjoint sets
 * @param intensities a file of an earlier stage 2 on the same network to take instead, see {@link
 *     GradientIntensities}; null to measure
 * @param maskedSteps steps of stage 3, masked fine-tuning
 * @param quantile of the gradient intensity above which a weather claims a parameter, in (0, 1)
 * @param masks how parameters are given to weathers
 * @param background what a view holds where its weather does not see a parameter
 * @param loss that is minimised, summed over the weathers
 * @param optimiser of stages 1 and 3: what one of them found, the other disturbs first
 * @param crops crops a weather in each step
 * @param side of a crop in pixels, a multiple of the network's own
 * @param rate the peak learning rate of stage 1; stage 3 begins at {@link #maskedRate}
 * @param maskedRate the peak learning rate of stage 3
 * @param precision {@code fp32} or {@code bf16} arithmetic in the convolutions
 * @param threads of libtorch; 0 for one a core
 * @param loaderThreads that make degraded crops
 * @param device {@code cpu}, {@code cuda} or {@code cuda:N}
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record TrainingOptions(
    List<Path> clean,
    Path out,
    String network,
    Path after,
    String grow,
    List<Weather> weathers,
    long seed,
    int jointSteps,
    int measureBatches,
    Path intensities,
    int maskedSteps,
    double quantile,
    Masks masks,
    Background background,
    Loss loss,
    Optimiser optimiser,
    int crops,
    int side,
    double rate,
    double maskedRate,
    String precision,
    int threads,
    int loaderThreads,
    String device) {

  /** What is minimised. */
  public enum Loss {
    /** {@code mean sqrt(d^2 + 1e-6)}, a smooth L1 (Charbonnier et al., 1994). */
    CHARBONNIER,
    /**
     * {@code mean over crops of ln(MSE + 1e-5)}: what a mean PSNR in dB measures (Chen et al.,
     * HINet, 2021).
     */
    LOG_MSE
  }

  /** What turns gradients into steps. */
  public enum Optimiser {
    /** Adam (Kingma and Ba, 2015). */
    ADAM,
    /** Muon (Jordan et al., 2024) for convolutions between hidden layers, Adam for the rest. */
    MUON
  }

  /** How parameters are given to weathers; the last three are for comparison. */
  public enum Masks {
    /** By gradient intensity: the method. What several weathers claim is common. */
    GRADIENT,
    /**
     * By gradient intensity, but whatever is claimed, by one weather or several, goes to the one of
     * all whose intensity is the highest against its own mean in the tensor: masks are larger, and
     * steadier over batches.
     */
    STRONGEST,
    /** At random, as many of each tensor to each weather as {@link #GRADIENT} would give. */
    RANDOM,
    /** At random, as many of each tensor to each weather as {@link #STRONGEST} would give. */
    RANDOM_STRONGEST,
    /** Not at all: every parameter is common, and stage 3 is more joint training. */
    NONE;

    /** Whether a parameter that several weathers claim is specific to one of them. */
    boolean strongest() {
      return this == STRONGEST || this == RANDOM_STRONGEST;
    }

    boolean random() {
      return this == RANDOM || this == RANDOM_STRONGEST;
    }
  }

  /** What a view holds where its weather does not see a parameter. */
  public enum Background {
    /** Zero: {@code theta * mask}. */
    ZERO,
    /** The value after joint training: {@code where(mask, theta, base)}. */
    BASE
  }

  /** Checks every value. */
  public TrainingOptions {
    clean = List.copyOf(clean);
    weathers = List.copyOf(weathers);
    require(!clean.isEmpty(), "clean", clean, "name at least one folder");
    require(!weathers.isEmpty() && weathers.size() <= 8, "weathers", weathers, "be 1 to 8");
    require(jointSteps >= 0, "joint_steps", jointSteps, "be 0 or more");
    require(maskedSteps >= 0, "masked_steps", maskedSteps, "be 0 or more");
    require(measureBatches >= 2, "measure_batches", measureBatches, "be 2 or more");
    require(quantile > 0 && quantile < 1, "quantile", quantile, "be between 0 and 1");
    require(crops >= 1, "crops", crops, "be 1 or more");
    require(side >= 32, "side", side, "be 32 or more");
    require(rate > 0 && rate < 1, "rate", rate, "be between 0 and 1");
    require(maskedRate > 0 && maskedRate < 1, "masked_rate", maskedRate, "be between 0 and 1");
    require(
        precision.equals("fp32") || precision.equals("bf16"),
        "precision",
        precision,
        "be fp32 or bf16");
    require(threads >= 0, "threads", threads, "be 0 or more");
    require(loaderThreads >= 1, "loader_threads", loaderThreads, "be 1 or more");
    require(device.matches("cpu|cuda(:[0-9])?"), "device", device, "be cpu, cuda or cuda:N");
  }

  /**
   * Options with every default: the paper's method at the size of the shipped {@code edge} bundle.
   * That one took more steps and other choices, which its provenance lists.
   */
  public static TrainingOptionsBuilder builder(List<Path> clean, Path out) {
    return new TrainingOptionsBuilder(clean, out);
  }

  /** These options, to change some. */
  public TrainingOptionsBuilder toBuilder() {
    return new TrainingOptionsBuilder(this);
  }

  private static void require(boolean holds, String name, Object value, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(name + " (" + value + ") must " + rule);
    }
  }
}
