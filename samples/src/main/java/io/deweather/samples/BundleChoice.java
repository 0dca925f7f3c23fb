package io.deweather.samples;

import io.deweather.BundleManifest;
import io.deweather.Weather;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.cli.Option;

/** Which bundle a command runs, and which of its weathers. */
final class BundleChoice {
  private static final String DEFAULT = "models/zoo/edge";

  private BundleChoice() {}

  static Option bundleOption() {
    return Help.value("b", "bundle", "BUNDLE", "the bundle's folder; by default " + DEFAULT);
  }

  static Option weatherOption() {
    return Help.value(
        "w",
        "weather",
        "W",
        "auto (the default with a selector), rain, snow, ...; two: raindrop,rain");
  }

  /**
   * The bundle of {@code --bundle}, or the one that is shipped.
   *
   * @throws UsageException if there is no option and no launcher said where the shipped one lies
   */
  static Path bundle(Arguments arguments) {
    return arguments.path("bundle").orElseGet(BundleChoice::shipped);
  }

  /** The bundle that the only word names, or the shipped one. */
  static Path word(Arguments arguments) {
    return arguments
        .optionalWord("BUNDLE")
        .map(word -> Arguments.path("BUNDLE", word))
        .orElseGet(BundleChoice::shipped);
  }

  private static Path shipped() {
    String home = System.getProperty("deweather.home");
    if (home == null) {
      throw new UsageException(
          "say which bundle: the launcher, which knows where the shipped one lies, was not used");
    }
    return Path.of(home).resolve(DEFAULT);
  }

  /** The bundle's weathers as its manifest lists them. */
  static List<Weather> weathers(Path bundle) {
    List<Weather> weathers = new ArrayList<>();
    BundleManifest.read(bundle).weathers().keySet().forEach(id -> weathers.add(new Weather(id)));
    return weathers;
  }

  /**
   * The weather of a name.
   *
   * @throws UsageException if it is not among those that are known
   */
  static Weather weather(String id, List<Weather> known, Path bundle) {
    return known.stream()
        .filter(weather -> weather.id().equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                new UsageException(
                    "--weather (%s) must be one of %s, which bundle %s knows"
                        .formatted(id, list(known), bundle)));
  }

  /**
   * What {@code --weather} says: {@code auto}, one weather, or two with a comma between. Without
   * the option {@code auto}, if the bundle has a selector.
   *
   * @throws UsageException if it is missing or {@code auto} and the bundle has no selector, or the
   *     bundle does not know a weather
   */
  static WeatherChoice choice(Arguments arguments, Path bundle) {
    boolean canChoose = BundleManifest.read(bundle).selector() != null;
    String text = arguments.text("weather").orElse(canChoose ? WeatherChoice.AUTO : "");
    List<Weather> known = weathers(bundle);
    if (text.equals(WeatherChoice.AUTO)) {
      if (!canChoose) {
        throw new UsageException(
            "--weather auto needs a bundle with a selector; %s has none, say one of %s"
                .formatted(bundle, list(known)));
      }
      return WeatherChoice.auto();
    }
    String[] names = text.split(",", -1);
    if (names.length > 1) {
      if (names.length > 2 || names[0].equals(names[1])) {
        throw new UsageException(
            "--weather (%s) must be one or two of %s, which bundle %s knows"
                .formatted(text, list(known), bundle));
      }
      return WeatherChoice.of(
          List.of(weather(names[0], known, bundle), weather(names[1], known, bundle)));
    }
    known.add(Weather.CLEAR);
    if (!arguments.has("weather")) {
      throw new UsageException(
          "needs --weather W, as this bundle does not recognise the weather by itself; W is one of "
              + list(known));
    }
    return WeatherChoice.of(weather(text, known, bundle));
  }

  static String list(List<Weather> weathers) {
    return String.join(", ", weathers.stream().map(Weather::id).toList());
  }
}
