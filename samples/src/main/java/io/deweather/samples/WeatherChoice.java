package io.deweather.samples;

import io.deweather.OnnxRestorer;
import io.deweather.Weather;
import io.deweather.WeatherSelector;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What {@code --weather} says.
 *
 * @param automatic whether the bundle's selector chooses for each frame
 * @param weathers what is removed otherwise, in this order; empty for clear
 */
public record WeatherChoice(boolean automatic, List<Weather> weathers) {
  /** What {@code --weather} calls the bundle's selector. */
  static final String AUTO = "auto";

  /** Always one weather; clear passes frames through. */
  public static WeatherChoice of(Weather weather) {
    return of(List.of(weather));
  }

  static WeatherChoice of(List<Weather> weathers) {
    return new WeatherChoice(
        false, weathers.stream().filter(w -> !w.equals(Weather.CLEAR)).toList());
  }

  static WeatherChoice auto() {
    return new WeatherChoice(true, List.of());
  }

  /** Builds a restorer that goes by this. */
  OnnxRestorer.Builder addTo(OnnxRestorer.Builder builder) {
    return automatic
        ? builder.automatic()
        : builder.selectors(() -> WeatherSelector.fixed(weathers));
  }

  /** As it is written on the command line. */
  @Override
  public String toString() {
    if (automatic) {
      return AUTO;
    }
    return weathers.isEmpty()
        ? Weather.CLEAR.id()
        : weathers.stream().map(Weather::id).collect(Collectors.joining(","));
  }
}
