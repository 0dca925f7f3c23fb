package io.deweather.models;

import io.deweather.DeweatherException;
import io.deweather.Weather;
import io.deweather.converter.Network;
import io.deweather.converter.Safetensors;
import io.deweather.models.TrainingOptions.Masks;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * How strongly each weather's loss moves each parameter: the sum, over batches, of the absolute
 * gradient. Measured on two disjoint sets of batches, so that it can be told how far masks depend
 * on the batches they were found on.
 *
 * <p>The paper speaks of the variation of gradients; the mean magnitude is used because it ranks
 * parameters almost as their spread does (both are dominated by the same heavy tail) and its
 * ranking is more stable between disjoint batches.
 *
 * <p>Masks at any quantile follow from one measurement, hence the file: a safetensors file with the
 * vectors {@code first/<weather>} and {@code second/<weather>} over all parameters, end to end in
 * graph order. Immutable.
 */
@SuppressWarnings("try") // a PointerScope works by being open
public final class GradientIntensities {
  /** Its name in a run's folder. */
  public static final String FILE_NAME = "intensities.safetensors";

  private static final List<String> HALVES = List.of("first", "second");

  private final List<Weather> weathers;
  private final int batches;
  private final List<List<float[]>> halves;

  GradientIntensities(List<Weather> weathers, int batches, List<List<float[]>> halves) {
    this.weathers = List.copyOf(weathers);
    this.batches = batches;
    this.halves = halves;
  }

  /**
   * Measures.
   *
   * @param next gives the next batch of each weather
   * @param batches a weather, half of them for each of the two sets
   */
  static GradientIntensities measure(
      Trainer trainer,
      Supplier<List<BatchLoader.Batch>> next,
      List<Weather> weathers,
      int batches) {
    int half = batches / 2;
    List<List<float[]>> halves = new ArrayList<>();
    for (int set = 0; set < HALVES.size(); set++) {
      List<Tensor> sums = new ArrayList<>();
      try (PointerScope scope = new PointerScope()) {
        weathers.forEach(weather -> sums.add(trainer.parameters.zeros()));
        for (int i = 0; i < half; i++) {
          List<BatchLoader.Batch> step = next.get();
          for (int w = 0; w < step.size(); w++) {
            trainer.measure(step.get(w), sums.get(w));
          }
        }
        halves.add(sums.stream().map(FlatParameters::floats).toList());
      }
    }
    return new GradientIntensities(weathers, 2 * half, halves);
  }

  /**
   * Reads a file that {@link #write} wrote.
   *
   * @throws DeweatherException naming the file, if it holds something else
   */
  public static GradientIntensities read(Path file) {
    try (Safetensors tensors = Safetensors.open(file)) {
      Map<String, String> metadata = tensors.metadata();
      if (!metadata.containsKey("weathers") || !metadata.containsKey("batches")) {
        throw new DeweatherException(
            file
                + " holds no gradient intensities: its metadata names no"
                + " weathers and batches");
      }
      List<Weather> weathers = new ArrayList<>();
      for (String id : metadata.get("weathers").split(",", -1)) {
        weathers.add(new Weather(id));
      }
      List<List<float[]>> halves = new ArrayList<>();
      for (String half : HALVES) {
        halves.add(weathers.stream().map(w -> tensors.floats(half + "/" + w.id())).toList());
      }
      return new GradientIntensities(weathers, Integer.parseInt(metadata.get("batches")), halves);
    } catch (IllegalArgumentException e) {
      throw new DeweatherException(file + " holds no gradient intensities: " + e.getMessage(), e);
    }
  }

  /**
   * Writes the file, first beside and then over {@code file}.
   *
   * @throws DeweatherException if it cannot be written
   */
  public void write(Path file) {
    List<Safetensors.Tensor> tensors = new ArrayList<>();
    for (int half = 0; half < HALVES.size(); half++) {
      for (int w = 0; w < weathers.size(); w++) {
        float[] values = halves.get(half).get(w);
        String name = HALVES.get(half) + "/" + weathers.get(w).id();
        tensors.add(Safetensors.Tensor.ofFloats(name, values, values.length));
      }
    }
    String ids = weathers.stream().map(Weather::id).collect(Collectors.joining(","));
    Safetensors.write(file, Map.of("weathers", ids, "batches", Integer.toString(batches)), tensors);
  }

  /** The weathers, in the order of the visibility bits. */
  public List<Weather> weathers() {
    return weathers;
  }

  /** How many batches of each weather were measured, both sets together. */
  public int batches() {
    return batches;
  }

  /**
   * How alike the masks are that the two sets of batches give: of the parameters that are specific
   * by either, the share that is specific to the same weather by both (Jaccard index).
   *
   * @param network that was measured
   * @param quantile in (0, 1)
   * @param masks by which rule; random ones as the rule that they are compared to
   * @return in [0, 1]; 1 if no parameter is specific
   */
  public double overlap(Network network, double quantile, Masks masks) {
    boolean shared = !masks.strongest();
    return Claims.overlap(
        Claims.visibility(network, halves.get(0), quantile, shared),
        Claims.visibility(network, halves.get(1), quantile, shared),
        weathers.size());
  }

  /** Visibility by all batches, see {@link Claims#visibility}. */
  byte[] visibility(Network network, double quantile, Masks masks) {
    List<float[]> whole = new ArrayList<>();
    for (int w = 0; w < weathers.size(); w++) {
      float[] sum = halves.get(0).get(w).clone();
      float[] second = halves.get(1).get(w);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += second[i];
      }
      whole.add(sum);
    }
    return Claims.visibility(network, whole, quantile, !masks.strongest());
  }

  /**
   * Checks that this was measured of such a network, for these weathers.
   *
   * @throws DeweatherException if not
   */
  void requireFits(Path file, Network network, List<Weather> expected) {
    if (!weathers.equals(expected)) {
      throw new DeweatherException(
          "%s was measured for %s, the run is for %s".formatted(file, weathers, expected));
    }
    for (List<float[]> half : halves) {
      for (float[] values : half) {
        if (values.length != network.parameterCount()) {
          throw new DeweatherException(
              "%s was measured of %d parameters, the network has %d"
                  .formatted(file, values.length, network.parameterCount()));
        }
      }
    }
  }
}
