package io.deweather.samples.experiment;

import io.deweather.Weather;
import io.deweather.models.TrainingOptions.Loss;
import io.deweather.models.TrainingOptions.Optimiser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is compared, and on what budget.
 *
 * @param network the joint start, an ONNX file
 * @param clean folders of photographs to train on
 * @param pairs a folder that has, for each weather, {@code <weather>/input} and {@code
 *     <weather>/truth}
 * @param limit pictures a weather to measure on, spread over all of them; 0 for all
 * @param out the experiment's folder, one sub-folder a run
 * @param weathers that are compared
 * @param seeds the first runs every quantile, the others the first quantile
 * @param quantiles the first is the one that every seed runs
 * @param steps of every run, a batch of each weather in each
 * @param measureBatches batches a weather that gradients are measured on, once a seed
 * @param crops crops a weather in each step
 * @param side of a crop in pixels
 * @param rate the peak learning rate
 * @param loss that is minimised
 * @param optimiser that minimises it
 * @param precision {@code fp32} or {@code bf16}
 * @param threads that compute; 0 for one a core
 */
public record ExperimentOptions(
    Path network,
    List<Path> clean,
    Path pairs,
    int limit,
    Path out,
    List<Weather> weathers,
    List<Long> seeds,
    List<Double> quantiles,
    int steps,
    int measureBatches,
    int crops,
    int side,
    double rate,
    Loss loss,
    Optimiser optimiser,
    String precision,
    int threads) {
  /** Checks what would else be refused hours later, or by nobody. */
  public ExperimentOptions {
    clean = List.copyOf(clean);
    weathers = List.copyOf(weathers);
    seeds = List.copyOf(seeds);
    quantiles = List.copyOf(quantiles);
    require(!seeds.isEmpty(), "seeds", seeds, "be at least one");
    require(!quantiles.isEmpty(), "quantiles", quantiles, "be at least one");
    require(
        quantiles.stream().allMatch(q -> q > 0 && q < 1), "quantiles", quantiles, "be in (0, 1)");
    require(Set.copyOf(seeds).size() == seeds.size(), "seeds", seeds, "differ");
    require(
        quantiles.stream().map(q -> Math.round(1000 * q)).distinct().count() == quantiles.size(),
        "quantiles",
        quantiles,
        "differ by a thousandth or more"); // runs' folders are named so
    require(steps >= 1, "steps", steps, "be 1 or more");
    require(rate > 0 && rate < 1, "rate", rate, "be between 0 and 1");
    require(
        precision.equals("fp32") || precision.equals("bf16"),
        "precision",
        precision,
        "be fp32 or bf16");
    require(limit >= 0, "limit", limit, "be 0 or more");
  }

  /**
   * What makes results comparable: runs that differ in it do not belong in one folder.
   *
   * @throws IOException if the network cannot be read
   */
  Map<String, String> budget() throws IOException {
    Map<String, String> budget = new LinkedHashMap<>();
    budget.put("network", sha256(Files.readAllBytes(network)));
    budget.put("clean", clean.toString());
    budget.put("pairs", pairs.toString());
    budget.put("limit", Integer.toString(limit));
    budget.put("weathers", weathers.toString());
    budget.put("steps", Integer.toString(steps));
    budget.put("measure_batches", Integer.toString(measureBatches));
    budget.put("crops", Integer.toString(crops));
    budget.put("side", Integer.toString(side));
    budget.put("rate", Double.toString(rate));
    budget.put("loss", loss.name());
    budget.put("optimiser", optimiser.name());
    budget.put("precision", precision);
    return budget;
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static void require(boolean holds, String name, Object value, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(name + " (" + value + ") must " + rule);
    }
  }
}
