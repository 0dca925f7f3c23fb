package io.deweather.samples;

import io.deweather.BundleManifest;
import io.deweather.DeweatherException;
import io.deweather.Weather;
import io.deweather.converter.SelectorFile;
import io.deweather.converter.SelectorSession;
import io.deweather.models.weather.DegradedSet;
import io.deweather.models.weather.Sighting;
import io.deweather.models.weather.Sighting.Recording;
import io.deweather.models.weather.WeatherSynthesis;
import io.deweather.models.weather.WeatherSynthesis.Severity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.commons.cli.Options;
import org.opencv.core.Mat;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/** {@code evaluate-selector}: how often the weather is recognised, frame by frame. */
final class EvaluateSelectorCommand implements Command {
  private static final List<Severity> SEVERITIES =
      List.of(Severity.LIGHT, Severity.MEDIUM, Severity.HEAVY);

  @Override
  public String help() {
    return """
        measure how well single frames' weather is recognised

        Usage: deweather evaluate-selector --clean DIR [--selector ONNX | --bundle BUNDLE] [--seed N]
               [--max-side PIXELS] [--wrong DIR] [--json FILE]

        Each photograph is shown untouched, in other light, and with each weather at each strength.
        A frame is called the most probable weather, or clear if every probability is below one half.

        Examples:
          deweather evaluate-selector --clean photos/
              the shipped bundle's selector
          deweather evaluate-selector --clean photos/ --selector run/selector.onnx --wrong wrong/
              one just trained; keep the frames that it got wrong
        """;
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(Help.value("clean", "DIR", "clean photographs that were not trained on"))
        .addOption(Help.value("selector", "ONNX", "a selector's file, instead of a bundle's"))
        .addOption(BundleChoice.bundleOption())
        .addOption(Help.value("seed", "N", "of every random choice; by default 2026"))
        .addOption(
            Help.value(
                "max-side",
                "PIXELS",
                "reduce larger photographs; by default " + DegradedSet.DEFAULT_MAX_SIDE))
        .addOption(Help.value("wrong", "DIR", "write the frames that it got wrong there"))
        .addOption(Report.option());
  }

  /** The results for programs. */
  record Document(
      List<SelectorConfusion.Row> rows,
      double balancedAccuracy,
      double falseAlarms,
      double bothFound) {}

  @Override
  public int run(Arguments arguments, Terminal terminal) throws IOException {
    arguments.noWords();
    Path clean = arguments.requiredPath("clean");
    SelectorFile selector = SelectorFile.read(file(arguments));
    Report report = Report.to(arguments, terminal);
    Path wrong = arguments.path("wrong").orElse(null);
    if (wrong != null) {
      Files.createDirectories(wrong);
    }
    long seed = arguments.integer("seed", 2026, Long.MIN_VALUE, Long.MAX_VALUE);
    int side =
        arguments.whole(
            "max-side", DegradedSet.DEFAULT_MAX_SIDE, WeatherSynthesis.SMALLEST_SIDE, 100_000);
    List<Path> pictures = pictures(clean);
    try (SelectorSession session = new SelectorSession(selector.model(), 1);
        Progress progress =
            new Progress(terminal, "evaluate-selector", "photographs", pictures.size())) {
      Measurement measurement = new Measurement(selector.weathers(), session, wrong);
      for (int i = 0; i < pictures.size(); i++) {
        measurement.photograph(pictures.get(i), side, seed * 1_000_003 + i * 1009L);
        progress.done(i + 1);
      }
      report.json(measurement.report(report));
    }
    return DONE;
  }

  private static Path file(Arguments arguments) {
    arguments.refuseBeside("selector", "bundle");
    if (arguments.has("selector")) {
      return arguments.requiredPath("selector");
    }
    Path bundle = BundleChoice.bundle(arguments);
    BundleManifest manifest = BundleManifest.read(bundle);
    if (manifest.selector() == null) {
      throw new DeweatherException("bundle " + bundle + " has no selector");
    }
    return bundle.resolve(manifest.selector().file());
  }

  private static List<Path> pictures(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> pictures =
          files.filter(f -> Media.PICTURES.contains(Media.extension(f))).sorted().toList();
      if (pictures.isEmpty()) {
        throw new DeweatherException(folder + " holds no pictures");
      }
      return pictures;
    }
  }

  /** Shows frames to the selector and counts its answers. */
  private static final class Measurement {
    private final List<String> weathers;
    private final SelectorSession session;
    private final Path wrong;
    private final SelectorConfusion single;
    private int pairs;
    private int bothFound;

    Measurement(List<String> weathers, SelectorSession session, Path wrong) {
      this.weathers = weathers;
      this.session = session;
      this.wrong = wrong;
      single = new SelectorConfusion(weathers);
    }

    void photograph(Path file, int side, long seed) {
      Mat photograph = read(file, side);
      String name = file.getFileName().toString();
      try {
        count(name, "clear untouched", SelectorConfusion.CLEAR, photograph);
        try (Sighting other = sighting(photograph, List.of(), seed, Severity.ANY)) {
          count(name, "clear other light", SelectorConfusion.CLEAR, other.frame());
        }
        for (int w = 0; w < weathers.size(); w++) {
          Weather weather = new Weather(weathers.get(w));
          for (Severity severity : SEVERITIES) {
            long own = seed + 10L * w + severity.ordinal() + 1;
            try (Sighting one = sighting(photograph, List.of(weather), own, severity)) {
              count(name, row(weathers.get(w), severity), weathers.get(w), one.frame());
            }
          }
          if (!weather.equals(Weather.RAINDROP) && weathers.contains(Weather.RAINDROP.id())) {
            List<Weather> both = List.of(weather, Weather.RAINDROP);
            try (Sighting two = sighting(photograph, both, seed + 500 + w, Severity.ANY)) {
              float[] found = session.run(two.frame()).values();
              pairs++;
              float drops = found[weathers.indexOf(Weather.RAINDROP.id())];
              bothFound += Math.min(drops, found[w]) >= SelectorConfusion.THRESHOLD ? 1 : 0;
            }
          }
        }
      } finally {
        photograph.release();
      }
    }

    private static Sighting sighting(
        Mat photograph, List<Weather> weathers, long seed, Severity severity) {
      return Sighting.make(photograph, weathers, seed, severity, Recording.PLAIN);
    }

    private static String row(String weather, Severity severity) {
      return weather + " " + severity.name().toLowerCase(Locale.ROOT);
    }

    private void count(String name, String row, String truth, Mat frame) {
      float[] probabilities = session.run(frame).values();
      String answer = SelectorConfusion.answer(weathers, probabilities);
      single.add(row, answer);
      if (wrong != null && !answer.equals(truth)) {
        StringBuilder text = new StringBuilder(row.replace(' ', '-') + "_as-" + answer);
        for (float p : probabilities) {
          text.append("_%.2f".formatted(p));
        }
        Media.write(frame, wrong.resolve(text + "_" + name + ".png"));
      }
    }

    private static Mat read(Path file, int side) {
      Mat picture = new Mat();
      Media.read(file, picture);
      double scale = (double) side / Math.max(picture.cols(), picture.rows());
      if (scale < 1) {
        Imgproc.resize(picture, picture, new Size(), scale, scale, Imgproc.INTER_AREA);
      }
      return picture;
    }

    Document report(Report report) {
      single.print(report);
      double clear = single.share(SelectorConfusion.CLEAR, "clear untouched", "clear other light");
      double balanced = clear;
      for (String weather : weathers) {
        balanced +=
            single.share(weather, row(weather, Severity.MEDIUM), row(weather, Severity.HEAVY));
      }
      balanced /= weathers.size() + 1;
      double both = pairs == 0 ? 0 : (double) bothFound / pairs;
      report.line("");
      report.line("balanced, medium and heavy   %.1f%%", 100 * balanced);
      report.line("clear called a weather       %.1f%%", 100 * (1 - clear));
      if (pairs > 0) {
        report.line("two weathers, both found     %.1f%% of %d", 100 * both, pairs);
      }
      return new Document(single.rows(), balanced, 1 - clear, both);
    }
  }
}
