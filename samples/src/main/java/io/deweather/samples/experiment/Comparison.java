package io.deweather.samples.experiment;

import io.deweather.Weather;
import io.deweather.samples.quality.ImageQuality;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * Finished runs, seen side by side: those that differ only in their seed are one row.
 *
 * @param weathers that were measured
 * @param input the quality of the degraded pictures, by weather's id
 * @param runs in the order in which they ran
 * @param overlap of the masks of disjoint batches, by seed and quantile
 */
record Comparison(
    List<Weather> weathers,
    Map<String, ImageQuality> input,
    List<RunResult> runs,
    Map<String, Map<String, Double>> overlap) {
  /** Runs that differ only in their seed. */
  record Row(Variant variant, List<RunResult> runs) {
    double mean(ToDoubleFunction<RunResult> value) {
      return runs.stream().mapToDouble(value).average().orElseThrow();
    }
  }

  /** In the order of the methods, then of quantiles, then of backgrounds. */
  List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (RunResult run : runs) {
      Optional<Row> row = rows.stream().filter(r -> r.variant().repeats(run.variant())).findFirst();
      if (row.isPresent()) {
        row.get().runs().add(run);
      } else {
        rows.add(new Row(run.variant(), new ArrayList<>(List.of(run))));
      }
    }
    rows.sort(
        Comparator.comparing((Row row) -> row.variant().method())
            .thenComparing(row -> row.variant().quantile())
            .thenComparing(row -> row.variant().title()));
    return rows;
  }

  /** The run of joint training only that a run is to be held against: the one of its seed. */
  Optional<RunResult> joint(RunResult run) {
    return runs.stream()
        .filter(r -> r.variant().equals(Variant.joint(run.variant().seed())))
        .findFirst();
  }

  /** PSNR over joint training only, in dB; empty as long as that has not run. */
  Optional<Double> gain(RunResult run, Weather weather) {
    return joint(run).map(joint -> run.of(weather).psnr() - joint.of(weather).psnr());
  }

  /** The mean of the weathers' gains over joint training only, in dB. */
  Optional<Double> meanGain(RunResult run) {
    return joint(run).map(joint -> run.meanPsnr() - joint.meanPsnr());
  }

  /** The quantiles that masked runs had, rising. */
  List<Double> quantiles() {
    return runs.stream()
        .map(RunResult::variant)
        .filter(Variant::isMasked)
        .map(Variant::quantile)
        .distinct()
        .sorted()
        .toList();
  }
}
