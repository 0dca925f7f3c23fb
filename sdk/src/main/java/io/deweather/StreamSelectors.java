package io.deweather;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What chooses the weather for the streams of a restorer: what the embedding software gave, else
 * the bundle's selector, else the bundle's only weather, else nothing.
 */
final class StreamSelectors implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StreamSelectors.class);

  private final Bundle bundle;
  private final WeatherSelector own;
  private final Supplier<? extends WeatherSelector> each;
  private final SelectorNetwork network;
  private final boolean ready;
  private final String detail;

  private StreamSelectors(
      Bundle bundle,
      WeatherSelector own,
      Supplier<? extends WeatherSelector> each,
      SelectorNetwork network,
      boolean ready,
      String detail) {
    this.bundle = bundle;
    this.own = own;
    this.each = each;
    this.network = network;
    this.ready = ready;
    this.detail = detail;
  }

  /**
   * What the builder of a restorer says; null and 0 stand for "not said".
   *
   * @param automatic whether the bundle's selector is asked for by name
   * @param every the network looks at one frame in this many
   */
  record Wishes(
      Weather weather,
      WeatherSelector selector,
      Supplier<? extends WeatherSelector> selectors,
      boolean automatic,
      int every) {

    boolean given() {
      return weather != null || selector != null || selectors != null;
    }
  }

  /**
   * Prepares what chooses. A selector of the bundle that does not work is no failure unless it is
   * asked for by name: a fixed weather needs none.
   *
   * @throws BundleException if the weather has no view, or the selector is asked for and there is
   *     none that works
   */
  static StreamSelectors open(Wishes wishes, BundleContents contents, Engine engine) {
    Bundle bundle = contents.bundle();
    if (wishes.weather != null && !wishes.weather.equals(Weather.CLEAR)) {
      bundle.graph(wishes.weather);
    }
    SelectorNetwork network = null;
    String detail;
    if (contents.selector() == null) {
      detail = "the bundle has no selector";
    } else {
      SelectorManifest manifest = bundle.manifest().selector();
      try {
        network = SelectorNetwork.load(engine, contents.selector(), manifest);
        detail = "looks at one frame in " + every(wishes, manifest);
      } catch (DeweatherException e) {
        detail = e.getMessage();
        if (wishes.automatic) {
          throw refusal(bundle, e.getMessage(), e);
        }
        LOG.warn("weather cannot be chosen automatically: {}", e.getMessage());
      }
    }
    if (wishes.automatic && network == null) {
      throw refusal(bundle, detail, null);
    }
    return choose(wishes, bundle, network, detail);
  }

  private static BundleException refusal(Bundle bundle, String why, DeweatherException cause) {
    return new BundleException(
        "bundle %s cannot choose the weather automatically: %s"
            .formatted(bundle.manifest().name(), why),
        cause);
  }

  private static StreamSelectors choose(
      Wishes wishes, Bundle bundle, SelectorNetwork network, String detail) {
    if (!wishes.given() && network != null) {
      int every = every(wishes, network.manifest());
      Supplier<WeatherSelector> each =
          () -> new AutomaticSelector(network, every, System::nanoTime);
      return new StreamSelectors(bundle, each.get(), each, network, true, detail);
    }
    if (network != null) {
      network.close(); // it was only tried
    }
    Weather always = wishes.weather;
    if (!wishes.given() && bundle.weathers().size() == 1) {
      always = bundle.weathers().get(0);
    }
    Supplier<? extends WeatherSelector> each = wishes.selectors;
    if (always != null) {
      WeatherSelector fixed = WeatherSelector.fixed(always);
      each = () -> fixed;
    }
    WeatherSelector own =
        wishes.selector != null ? wishes.selector : each == null ? null : each.get();
    return new StreamSelectors(bundle, own, each, null, network != null, detail);
  }

  private static int every(Wishes wishes, SelectorManifest manifest) {
    return wishes.every > 0 ? wishes.every : manifest.every();
  }

  /** The selector of the restorer's own stream; null if nothing chooses. */
  WeatherSelector own() {
    return own;
  }

  /** A new selector for a stream; null if nothing says which. */
  WeatherSelector next() {
    return each == null ? null : Objects.requireNonNull(each.get(), "the stream's selector");
  }

  /** Whether the bundle's selector chooses. */
  boolean automatic() {
    return network != null;
  }

  Health.Selector state() {
    return network == null
        ? new Health.Selector(ready, detail, 0, Duration.ZERO)
        : new Health.Selector(ready, detail, network.looks(), network.meanLook());
  }

  /** What to say when a frame comes and nothing chooses its weather. */
  String nothingChosen() {
    return ("bundle %s has views for %s and none was chosen, %s: build with weather(...) or"
            + " selector(...), or call restore(source, destination, weather)")
        .formatted(bundle.manifest().name(), bundle.weatherList(), detail);
  }

  @Override
  public void close() {
    if (network != null) {
      network.close();
    }
  }
}
