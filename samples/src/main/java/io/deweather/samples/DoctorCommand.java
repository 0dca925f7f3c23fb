package io.deweather.samples;

import io.deweather.Device;
import io.deweather.SystemReport;
import io.deweather.SystemReport.Check;
import io.deweather.SystemReport.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.commons.cli.Options;

/** {@code doctor}: whether this machine can do it, and what to do where it cannot. */
final class DoctorCommand implements Command {
  private static final double SECONDS = 5;

  @Override
  public String help() {
    return """
        look at this machine: Java, processor, GPU, libraries, codecs, cameras, bundle, speed

        Usage: deweather doctor [--device DEVICE] [--bundle BUNDLE] [--seconds S] [--json FILE]

        A line begins with 'ok', with '--' for what is not there and not needed, or with 'FAIL';
        below it stands what to do. The exit code is 0 if the device ran the bundle, else 1.

        Examples:
          deweather doctor
              everything, and the speed of the best device
          deweather doctor --device cuda --json -
              whether the first GPU works, for a program
        """;
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(DeviceOption.option())
        .addOption(BundleChoice.bundleOption())
        .addOption(Help.value("seconds", "S", "how long to measure; by default 5"))
        .addOption(Report.option());
  }

  @Override
  public int run(Arguments arguments, Terminal terminal) throws IOException {
    arguments.noWords();
    Device device = DeviceOption.of(arguments);
    double seconds = arguments.number("seconds", SECONDS, 0, 3600);
    Path bundle = BundleChoice.bundle(arguments);
    Report report = Report.to(arguments, terminal);
    Duration measured = Duration.ofMillis(Math.round(1000 * seconds));
    SystemReport found =
        Progress.during(
            terminal, "doctor: looking around", () -> SystemReport.of(bundle, device, measured));
    found.checks().forEach(check -> print(check, report));
    report.json(found);
    return found.works() ? DONE : FAILED;
  }

  private static void print(Check check, Report report) {
    report.line("%-4s  %-12s  %s", mark(check.status()), check.name(), check.finding());
    if (!check.nextStep().isEmpty()) {
      report.line("%-4s  %-12s  -> %s", "", "", check.nextStep());
    }
  }

  private static String mark(Status status) {
    return switch (status) {
      case OK -> "ok";
      case ABSENT -> "--";
      case FAILED -> "FAIL";
    };
  }
}
