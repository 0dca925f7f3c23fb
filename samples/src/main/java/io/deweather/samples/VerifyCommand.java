package io.deweather.samples;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.deweather.BundleException;
import io.deweather.Weather;
import io.deweather.converter.BundleContents;
import io.deweather.converter.BundleVerifier;
import io.deweather.converter.FrameSet;
import io.deweather.converter.SelectorComparison;
import io.deweather.converter.VerificationReport;
import io.deweather.converter.VerificationReport.Check;
import io.deweather.converter.ViewComparison;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.cli.Options;

/** {@code verify}: whether a bundle may go onto a vehicle. */
final class VerifyCommand implements Command {
  @Override
  public String help() {
    return """
        check a bundle: hashes, structure, and every view against an independent evaluation

        Usage: deweather verify [BUNDLE] [--against BUNDLE [--pairs DIR]] [--json FILE]

        Examples:
          deweather verify
              the shipped bundle
          deweather verify my-bundle
              one of your own; the exit code is 1 if a check fails
          deweather verify my-bundle-int8 --against my-bundle --pairs pairs/
              and how far another precision is from fp32, on pairs/rain/input and /truth, ...
        """;
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(Help.value("against", "BUNDLE", "compare with the bundle it was converted from"))
        .addOption(
            Help.value("pairs", "DIR", "on these frames; DIR/W/input and /truth tell quality"))
        .addOption(Report.option());
  }

  /** The results for programs. */
  record Document(
      String bundle,
      boolean passed,
      List<Check> checks,
      List<ViewComparison> comparisons,
      @JsonInclude(JsonInclude.Include.NON_NULL) SelectorComparison selectorComparison) {}

  @Override
  public int run(Arguments arguments, Terminal terminal) throws IOException {
    Path bundle = BundleChoice.word(arguments);
    Report report = Report.to(arguments, terminal);
    terminal.interruption().endAtOnce();
    VerificationReport verification = verification(arguments, bundle);
    for (Check check : verification.checks()) {
      report.line(
          "%-6s  %-24s  %s", check.passed() ? "ok" : "FAILED", check.name(), check.detail());
    }
    report.json(
        new Document(
            bundle.toString(),
            verification.passed(),
            verification.checks(),
            verification.comparisons(),
            verification.selectorComparison()));
    if (!verification.passed()) {
      Check first =
          verification.checks().stream().filter(check -> !check.passed()).findFirst().orElseThrow();
      throw new BundleException(
          "%s does not pass: %s: %s".formatted(bundle, first.name(), first.detail()));
    }
    return DONE;
  }

  private static VerificationReport verification(Arguments arguments, Path bundle) {
    arguments.requireBeside("against", "pairs");
    if (!arguments.has("against")) {
      return BundleVerifier.verify(bundle);
    }
    Path against = arguments.requiredPath("against");
    List<Weather> weathers = BundleContents.read(against).visibility().weathers();
    FrameSet frames =
        arguments.path("pairs").map(pairs -> FrameSet.read(pairs, weathers)).orElse(null);
    return BundleVerifier.verify(bundle, against, frames);
  }
}
