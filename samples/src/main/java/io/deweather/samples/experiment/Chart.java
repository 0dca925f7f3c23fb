package io.deweather.samples.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A row of line charts with one scale, as an SVG that reads on light and on dark ground.
 *
 * @param title over all
 * @param ticks the names of the places along the horizontal axis
 * @param panels from left to right
 */
record Chart(String title, List<String> ticks, List<Panel> panels) {
  /** One chart. */
  record Panel(String title, List<Series> series, Level level) {}

  /**
   * Points joined by a line. Each seed is a small point, their mean a large one.
   *
   * @param values for each tick, one number a seed
   */
  record Series(String name, String style, List<List<Double>> values) {}

  /**
   * A horizontal line.
   *
   * @param value null for none
   */
  record Level(String name, String style, Double value) {}

  private static final int PANEL = 210;
  private static final int HEIGHT = 200;
  private static final int LEFT = 56;
  private static final int TOP = 64;
  private static final int GAP = 18;
  private static final String STYLE =
      """
      <style>
        svg { font: 12px system-ui, sans-serif; background: #ffffff; }
        text { fill: #24292f; } .quiet { fill: #57606a; }
        .grid { stroke: #d0d7de; } .none { stroke: #24292f; stroke-width: 1.5; }
        polyline, .level { fill: none; stroke-width: 2; }
        .level { stroke-dasharray: 5 4; }
        .zero { stroke: #b35900; fill: #b35900; } .base { stroke: #0969da; fill: #0969da; }
        .random { stroke: #6e7781; fill: #6e7781; } .separate { stroke: #1a7f37; }
        .strongest { stroke: #8250df; fill: #8250df; }
        polyline.zero, polyline.base, polyline.random, polyline.strongest { fill: none; }
        @media (prefers-color-scheme: dark) {
          svg { background: #0d1117; }
          text { fill: #e6edf3; } .quiet { fill: #9198a1; }
          .grid { stroke: #30363d; } .none { stroke: #e6edf3; }
          .zero { stroke: #f0883e; fill: #f0883e; } .base { stroke: #58a6ff; fill: #58a6ff; }
          .random { stroke: #8b949e; fill: #8b949e; } .separate { stroke: #3fb950; }
          .strongest { stroke: #a371f7; fill: #a371f7; }
        }
      </style>
      """;

  /** The whole as a document. */
  String svg() {
    Scale scale = scale();
    StringBuilder svg = new StringBuilder();
    int width = LEFT + panels.size() * (PANEL + GAP);
    int height = TOP + HEIGHT + 84;
    svg.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\">%n"
            .formatted(width, height));
    svg.append("<title>%s</title>%n".formatted(escaped(title)));
    svg.append(STYLE);
    text(svg, LEFT, 24, "start", "", title);
    for (int i = 0; i < panels.size(); i++) {
      panel(svg, panels.get(i), LEFT + i * (PANEL + GAP), scale, i == 0);
    }
    legend(svg, TOP + HEIGHT + 62);
    return svg.append("</svg>\n").toString();
  }

  /** The numbers at the bottom and at the top, and the step between lines. */
  private record Scale(double low, double high, double step) {
    double y(double value) {
      return TOP + HEIGHT * (high - value) / (high - low);
    }
  }

  private Scale scale() {
    List<Double> all = new ArrayList<>(List.of(0.0));
    for (Panel panel : panels) {
      panel.series().forEach(series -> series.values().forEach(all::addAll));
      if (panel.level().value() != null) {
        all.add(panel.level().value());
      }
    }
    double least = all.stream().mapToDouble(Double::doubleValue).min().orElse(0);
    double most = all.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    double rough = Math.max(most - least, 0.02) / 5;
    double unit = Math.pow(10, Math.floor(Math.log10(rough)));
    double step =
        Stream.of(1, 2, 5, 10)
            .mapToDouble(n -> n * unit)
            .filter(s -> s >= rough)
            .findFirst()
            .orElse(10 * unit);
    return new Scale(
        step * Math.floor(least / step + 1e-9), step * Math.ceil(most / step - 1e-9), step);
  }

  private void panel(StringBuilder svg, Panel panel, int left, Scale scale, boolean first) {
    text(svg, left, TOP - 12, "start", "", panel.title());
    long lines = Math.round((scale.high() - scale.low()) / scale.step());
    for (long i = 0; i <= lines; i++) {
      double value = scale.low() + i * scale.step();
      boolean none = Math.abs(value) < scale.step() / 2;
      line(svg, none ? "none" : "grid", left, scale.y(value), left + PANEL, scale.y(value));
      if (first) {
        int digits = Math.max(1, (int) Math.ceil(-Math.log10(scale.step())));
        String number = none ? "0" : String.format(Locale.ROOT, "%+." + digits + "f", value);
        text(svg, left - 6, scale.y(value) + 4, "end", "quiet", number);
      }
    }
    for (int i = 0; i < ticks.size(); i++) {
      text(svg, x(left, i), TOP + HEIGHT + 20, "middle", "quiet", ticks.get(i));
    }
    if (panel.level().value() != null) {
      double y = scale.y(panel.level().value());
      line(svg, "level " + panel.level().style(), left, y, left + PANEL, y);
    }
    panel.series().forEach(series -> series(svg, series, left, scale));
  }

  private void series(StringBuilder svg, Series series, int left, Scale scale) {
    StringBuilder points = new StringBuilder();
    for (int i = 0; i < series.values().size(); i++) {
      List<Double> values = series.values().get(i);
      if (values.isEmpty()) {
        continue;
      }
      double mean = values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
      points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(left, i), scale.y(mean)));
      circle(svg, series.style(), x(left, i), scale.y(mean), 4);
      if (values.size() > 1) {
        for (double value : values) {
          circle(svg, series.style(), x(left, i), scale.y(value), 1.6);
        }
      }
    }
    svg.append(
        "<polyline class=\"%s\" points=\"%s\"/>%n"
            .formatted(series.style(), points.toString().strip()));
  }

  private double x(int left, int tick) {
    return left + PANEL * (tick + 0.5) / Math.max(1, ticks.size());
  }

  private void legend(StringBuilder svg, int y) {
    double x = LEFT;
    for (Series series : panels.get(0).series()) {
      circle(svg, series.style(), x + 5, y - 4, 4);
      text(svg, x + 15, y, "start", "", series.name());
      x += 36 + 6.3 * series.name().length();
    }
    Level level = panels.get(0).level();
    line(svg, "level " + level.style(), x, y - 4, x + 24, y - 4);
    text(svg, x + 30, y, "start", "", level.name());
  }

  private static void line(
      StringBuilder svg, String style, double x1, double y1, double x2, double y2) {
    String form = "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>%n";
    svg.append(String.format(Locale.ROOT, form, style, x1, y1, x2, y2));
  }

  private static void circle(StringBuilder svg, String style, double x, double y, double radius) {
    String form = "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"/>%n";
    svg.append(String.format(Locale.ROOT, form, style, x, y, radius));
  }

  private static void text(
      StringBuilder svg, double x, double y, String anchor, String style, String words) {
    String quiet = style.isEmpty() ? "" : " class=\"" + style + "\"";
    String form = "<text%s x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n";
    svg.append(String.format(Locale.ROOT, form, quiet, x, y, anchor, escaped(words)));
  }

  private static String escaped(String words) {
    return words.replace("&", "&amp;").replace("<", "&lt;");
  }
}
