package io.deweather.samples;

import io.deweather.SelectorManifest;
import io.deweather.converter.BundleInspector;
import io.deweather.converter.BundleSummary;
import io.deweather.converter.BundleSummary.TensorSummary;
import io.deweather.converter.BundleSummary.WeatherSummary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.commons.cli.Options;

/** {@code inspect}: what a bundle holds. */
final class InspectCommand implements Command {
  @Override
  public String help() {
    return """
        show what a bundle holds: weathers, tensors, masks, sizes, arithmetic, origin

        Usage: deweather inspect [BUNDLE] [--json FILE]

        Examples:
          deweather inspect
              the shipped bundle
          deweather inspect models/zoo/edge --json -
              the same for a program
        """;
  }

  @Override
  public Options options() {
    return new Options().addOption(Report.option());
  }

  @Override
  public int run(Arguments arguments, Terminal terminal) throws IOException {
    Path bundle = BundleChoice.word(arguments);
    Report report = Report.to(arguments, terminal);
    BundleSummary summary = BundleInspector.inspect(bundle);
    general(summary, report);
    weathers(summary, report);
    tensors(summary, report);
    origin("provenance", summary.provenance(), report);
    origin("quality", summary.quality(), report);
    report.json(summary);
    return DONE;
  }

  private static void general(BundleSummary summary, Report report) {
    report.line("name          %s", summary.name());
    report.line("created       %s", summary.created());
    report.line("licence       %s", summary.license());
    report.line("parameters    %,d %s", summary.parameters(), summary.precision());
    report.line(
        "arithmetic    %.3f GMAC for 256x256 (%,d MAC)",
        summary.macsPer256() / 1e9, summary.macsPer256());
    report.line(
        "size          %,d bytes; without the selector %.3f of one copy of its parameters as fp32",
        summary.bytes(), summary.weightsRatio());
    report.line("background    %s", summary.background());
    report.line("selector      %s", selector(summary));
    report.line("");
  }

  private static String selector(BundleSummary summary) {
    SelectorManifest selector = summary.selector();
    if (selector == null) {
      return "none: --weather says what to remove";
    }
    String weights =
        summary.selectorWeights().entrySet().stream()
            .map(type -> "%,d %s".formatted(type.getValue(), type.getKey()))
            .collect(Collectors.joining(", "));
    return "%s, looks at one frame in %d for %s; %,d bytes, weights stored as %s"
        .formatted(
            selector.file(),
            selector.every(),
            String.join(", ", selector.weathers()),
            summary.selectorBytes(),
            weights);
  }

  private static void weathers(BundleSummary summary, Report report) {
    report.line("%-12s  %-16s  %9s  %9s", "weather", "graph", "bytes", "specific");
    for (WeatherSummary weather : summary.weathers()) {
      report.line(
          "%-12s  %-16s  %,9d  %8.2f%%",
          weather.id(), weather.file(), weather.bytes(), 100 * weather.specificShare());
    }
    report.line("%-12s  %-16s  %9s  %8.2f%%", "all", "", "", 100 * summary.commonShare());
    report.line("");
  }

  private static void tensors(BundleSummary summary, Report report) {
    List<TensorSummary> tensors = summary.tensors();
    int width = tensors.stream().mapToInt(t -> t.name().length()).max().orElse(6);
    String ids =
        summary.weathers().stream()
            .map(w -> "%10s".formatted(w.id()))
            .collect(Collectors.joining("  "));
    String form = "%-" + Math.max(6, width) + "s  %-16s  %10s  %8s  %s";
    report.line(form, "tensor", "shape", "parameters", "common", ids);
    for (TensorSummary tensor : tensors) {
      String shares =
          summary.weathers().stream()
              .map(w -> "%9.2f%%".formatted(100 * tensor.specificShare().get(w.id())))
              .collect(Collectors.joining("  "));
      String shape =
          Arrays.stream(tensor.shape()).mapToObj(Long::toString).collect(Collectors.joining("x"));
      report.line(
          form,
          tensor.name(),
          shape,
          "%,d".formatted(tensor.parameters()),
          "%.2f%%".formatted(100 * tensor.commonShare()),
          shares);
    }
  }

  private static void origin(String title, Map<String, Object> entries, Report report) {
    if (!entries.isEmpty()) {
      report.line("");
      report.line("%s", title);
      entries.forEach((key, value) -> report.line("  %-14s  %s", key, value));
    }
  }
}
