package io.deweather.samples;

import io.deweather.DeweatherException;
import io.deweather.OnnxRestorer;
import io.deweather.Warmup;
import io.deweather.Weather;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.cli.Options;

/** {@code demo}: the whole path on a scene that it draws itself. */
final class DemoCommand implements Command {
  private static final List<Weather> WEATHERS =
      List.of(Weather.RAIN, Weather.RAINDROP, Weather.SNOW);

  @Override
  public String help() {
    return """
        draw a road scene, put each weather on it, take it off again, show and measure

        Usage: deweather demo [-o DIR] [--seconds S] [--sheet FILE] [--bundle BUNDLE] [--json FILE]

        Examples:
          deweather demo
              everything goes to ./demo-output
          deweather demo -o /tmp/demo --seconds 5
              five seconds of each weather
          deweather demo --seconds 0.04 --sheet edge.jpg
              a frame of each weather, degraded, restored and clean, as one small picture
        """;
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(Help.value("o", "output", "DIR", "where it goes; by default demo-output"))
        .addOption(Help.value("seconds", "S", "of each weather; by default 2"))
        .addOption(
            Help.value("sheet", "FILE", "also a small picture with one row per weather (jpg, png)"))
        .addOption(BundleChoice.bundleOption())
        .addOption(Report.option());
  }

  @Override
  public int run(Arguments arguments, Terminal terminal) throws IOException {
    arguments.noWords();
    Path output = arguments.path("output").orElse(Path.of("demo-output"));
    double seconds = arguments.number("seconds", 2, 0.04, 600);
    Path bundle = BundleChoice.bundle(arguments);
    List<Weather> weathers = BundleChoice.weathers(bundle);
    List<Weather> shown = WEATHERS.stream().filter(weathers::contains).toList();
    if (shown.isEmpty()) {
      throw new DeweatherException(
          "bundle %s knows %s; the demo draws %s"
              .formatted(bundle, BundleChoice.list(weathers), BundleChoice.list(WEATHERS)));
    }
    Report report = Report.to(arguments, terminal);
    Optional<Path> sheet = sheet(arguments);
    Output.requireFolders(output);
    terminal.interruption().listen();
    Files.createDirectories(output);
    sheet.ifPresent(Output::requireFolderOf); // which may be the one just made
    try (OnnxRestorer restorer = OnnxRestorer.builder(bundle).warmup(Warmup.ALL).open();
        Demo demo = new Demo(restorer, output)) {
      if (!demo.run(shown, seconds, terminal)) {
        terminal.note("interrupted; the clips in %s end here", output);
        return terminal.interruption().exitCode();
      }
      demo.report(report);
      if (sheet.isPresent()) {
        demo.writeSheet(sheet.get());
        report.line("%s   degraded, restored and clean", sheet.get());
      }
    }
    return DONE;
  }

  private static Optional<Path> sheet(Arguments arguments) {
    Optional<Path> sheet = arguments.path("sheet");
    sheet.ifPresent(
        file -> {
          if (!Set.of("jpg", "jpeg", "png").contains(Media.extension(file))) {
            throw new UsageException("--sheet (%s) must end in .jpg or .png".formatted(file));
          }
        });
    return sheet;
  }
}
