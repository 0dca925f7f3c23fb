package io.deweather.samples.experiment;

import io.deweather.Weather;
import io.deweather.samples.experiment.Comparison.Row;
import io.deweather.samples.quality.ImageQuality;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A comparison as Markdown: quality, masks, and where in the network masks lie. */
final class ComparisonTable {
  private final Comparison comparison;
  private final StringBuilder text = new StringBuilder();

  ComparisonTable(Comparison comparison) {
    this.comparison = comparison;
  }

  String markdown() {
    quality();
    masks();
    layers();
    return text.toString();
  }

  private void quality() {
    List<String> header = new ArrayList<>(List.of("", "quantile", "seeds", "specific"));
    comparison.weathers().forEach(weather -> header.add(weather.id() + " PSNR / SSIM"));
    header.add("mean over (a), each seed");
    header(header);
    List<String> input = new ArrayList<>(List.of("degraded", "", "", ""));
    comparison.weathers().forEach(weather -> input.add(cell(comparison.input().get(weather.id()))));
    input.add("");
    line(input);
    for (Row row : comparison.rows()) {
      line(cells(row));
    }
  }

  private List<String> cells(Row row) {
    Variant variant = row.variant();
    List<String> cells = new ArrayList<>();
    cells.add(variant.title());
    cells.add(variant.isMasked() ? Double.toString(variant.quantile()) : "");
    cells.add(
        row.runs().stream()
            .map(run -> Long.toString(run.variant().seed()))
            .collect(Collectors.joining(", ")));
    cells.add(
        variant.isMasked() ? "%.1f %%".formatted(100 * row.mean(run -> run.masks().total())) : "");
    for (Weather weather : comparison.weathers()) {
      cells.add(
          "%.2f / %.4f"
              .formatted(
                  row.mean(run -> run.of(weather).psnr()),
                  row.mean(run -> run.of(weather).ssim())));
    }
    cells.add(variant.method() == Method.JOINT ? "0" : gains(row));
    return cells;
  }

  private String gains(Row row) {
    if (row.runs().stream().anyMatch(run -> comparison.joint(run).isEmpty())) {
      return "";
    }
    String mean = "%+.3f dB".formatted(row.mean(run -> comparison.meanGain(run).orElseThrow()));
    if (row.runs().size() == 1) {
      return mean;
    }
    return row.runs().stream()
        .map(run -> "%+.3f".formatted(comparison.meanGain(run).orElseThrow()))
        .collect(Collectors.joining(", ", mean + " (", ")"));
  }

  private static String cell(ImageQuality quality) {
    return "%.2f / %.4f".formatted(quality.psnr(), quality.ssim());
  }

  private void masks() {
    List<Row> rows = gradientRows();
    if (rows.isEmpty()) {
      return;
    }
    text.append("\n");
    List<String> header = new ArrayList<>(List.of("quantile"));
    comparison.weathers().forEach(weather -> header.add("specific to " + weather));
    header.add("common");
    header.add("overlap of disjoint batches, each seed");
    header(header);
    for (Row row : rows) {
      List<String> cells = new ArrayList<>();
      cells.add(Double.toString(row.variant().quantile()));
      for (Weather weather : comparison.weathers()) {
        cells.add(percent(row.mean(run -> run.masks().specific().get(weather.id()))));
      }
      cells.add(percent(1 - row.mean(run -> run.masks().total())));
      cells.add(
          comparison.overlap().values().stream()
              .map(byQuantile -> byQuantile.get(Double.toString(row.variant().quantile())))
              .map("%.2f"::formatted)
              .collect(Collectors.joining(", ")));
      line(cells);
    }
  }

  private void layers() {
    List<Row> rows = gradientRows();
    if (rows.isEmpty()) {
      return;
    }
    text.append("\n");
    List<String> header = new ArrayList<>(List.of("specific weights of a layer"));
    rows.forEach(row -> header.add("at " + row.variant().quantile()));
    header(header);
    for (String layer : rows.get(0).runs().get(0).masks().layers().keySet()) {
      List<String> cells = new ArrayList<>(List.of(layer));
      rows.forEach(row -> cells.add(percent(row.mean(run -> run.masks().layers().get(layer)))));
      line(cells);
    }
  }

  /** One row a quantile: the masks do not depend on the background. */
  private List<Row> gradientRows() {
    Map<Double, Row> rows = new LinkedHashMap<>();
    comparison.rows().stream()
        .filter(row -> row.variant().method() == Method.GRADIENT)
        .forEach(row -> rows.putIfAbsent(row.variant().quantile(), row));
    return List.copyOf(rows.values());
  }

  private static String percent(double share) {
    return "%.1f %%".formatted(100 * share);
  }

  private void header(List<String> cells) {
    line(cells);
    text.append("|").append("---|".repeat(cells.size())).append("\n");
  }

  private void line(List<String> cells) {
    text.append(cells.stream().collect(Collectors.joining(" | ", "| ", " |\n")));
  }
}
