package io.deweather.samples.experiment;

import io.deweather.Weather;
import io.deweather.models.TrainingOptions.Background;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/** PSNR over joint training only, by quantile: a panel a weather and one for their mean. */
final class GainPlot {
  private GainPlot() {}

  static Chart of(Comparison comparison) {
    List<Chart.Panel> panels = new ArrayList<>();
    for (Weather weather : comparison.weathers()) {
      panels.add(
          panel(comparison, weather.id(), run -> comparison.gain(run, weather).orElse(null)));
    }
    panels.add(panel(comparison, "mean", run -> comparison.meanGain(run).orElse(null)));
    return new Chart(
        "PSNR over joint training only, in dB, by the quantile above which weathers claim",
        comparison.quantiles().stream().map(GainPlot::percent).toList(),
        panels);
  }

  private static String percent(double quantile) {
    return BigDecimal.valueOf(quantile).movePointRight(2).stripTrailingZeros().toPlainString();
  }

  private static Chart.Panel panel(
      Comparison comparison, String title, Function<RunResult, Double> gain) {
    List<Chart.Series> series = new ArrayList<>();
    series.add(
        points(
            comparison,
            "gradient masks, zero",
            "zero",
            gain,
            v -> v.method() == Method.GRADIENT && v.background() == Background.ZERO));
    series.add(
        points(
            comparison,
            "gradient masks, base",
            "base",
            gain,
            v -> v.method() == Method.GRADIENT && v.background() == Background.BASE));
    series.add(
        points(comparison, "random masks", "random", gain, v -> v.method() == Method.RANDOM));
    series.add(
        points(
            comparison,
            "strongest claim, base",
            "strongest",
            gain,
            v -> v.method() == Method.STRONGEST));
    List<Double> separate = values(comparison, gain, v -> v.method() == Method.SEPARATE);
    return new Chart.Panel(
        title, series, new Chart.Level("three networks", "separate", mean(separate)));
  }

  private static Chart.Series points(
      Comparison comparison,
      String name,
      String style,
      Function<RunResult, Double> gain,
      Predicate<Variant> which) {
    List<List<Double>> values = new ArrayList<>();
    for (double quantile : comparison.quantiles()) {
      values.add(values(comparison, gain, v -> which.test(v) && v.quantile() == quantile));
    }
    return new Chart.Series(name, style, values);
  }

  private static List<Double> values(
      Comparison comparison, Function<RunResult, Double> gain, Predicate<Variant> which) {
    return comparison.runs().stream()
        .filter(run -> which.test(run.variant()))
        .map(gain)
        .filter(value -> value != null)
        .toList();
  }

  private static Double mean(List<Double> values) {
    return values.isEmpty()
        ? null
        : (Double) values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }
}
