package io.deweather.samples;

import io.deweather.Weather;
import io.deweather.models.weather.WeatherSequence;
import io.deweather.models.weather.WeatherSynthesis;
import io.deweather.models.weather.WeatherSynthesis.Pair;
import io.deweather.models.weather.WeatherSynthesis.Severity;
import org.opencv.core.Core;
import org.opencv.core.Mat;

/**
 * A spell of weather for footage that is shown: by daylight, and such that the weather is clearly
 * there and the road can still be seen.
 */
final class SceneWeather {
  /** What the weather may cost, in dB. */
  private static final double LEAST_PSNR = 16;

  private static final double MOST_PSNR = 23;
  private static final double SAME_LIGHT = 0.06;
  private static final int MOST_SEEDS = 200;

  private SceneWeather() {}

  /**
   * Looks for such a spell: of {@value #MOST_SEEDS} seeds the first that is neither night nor fog,
   * neither invisible nor a wall of water.
   *
   * @param sample the first frame, {@code CV_8UC3} BGR
   * @param frameRate of the footage, in frames a second
   */
  static WeatherSequence spell(Weather weather, Mat sample, double frameRate) {
    WeatherSynthesis synthesis = WeatherSynthesis.of(weather);
    double light = Core.mean(sample).val[1];
    for (long seed = 1; seed <= MOST_SEEDS; seed++) {
      try (Pair pair = synthesis.degrade(sample, seed, Severity.MEDIUM)) {
        double psnr = Core.PSNR(pair.degraded(), pair.clean(), 255);
        double change = Core.mean(pair.clean()).val[1] / light - 1;
        if (psnr >= LEAST_PSNR && psnr <= MOST_PSNR && Math.abs(change) <= SAME_LIGHT) {
          return synthesis.sequence(sample, seed, Severity.MEDIUM, frameRate);
        }
      }
    }
    return synthesis.sequence(sample, 1, Severity.MEDIUM, frameRate);
  }
}
