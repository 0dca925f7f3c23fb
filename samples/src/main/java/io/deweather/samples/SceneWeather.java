package io.deweather.samples;

import io.deweather.Weather;
import io.deweather.models.weather.WeatherSynthesis;
import io.deweather.models.weather.WeatherSynthesis.Pair;
import io.deweather.models.weather.WeatherSynthesis.Severity;
import java.util.Random;
import org.opencv.core.Core;
import org.opencv.core.Mat;
import org.opencv.core.Rect;

/**
 * One spell of weather over consecutive frames. The synthesis makes single pictures; the same seed
 * gives the same drops in the same places. That is right for drops on the glass. For rain and snow
 * the frame is laid into a larger picture at another place each time: for snow ever higher, so that
 * the flakes fall; for rain anywhere, as no streak lasts from one frame to the next.
 */
final class SceneWeather {
  /** How far a frame may move within the larger picture, as a share of its height. */
  private static final double REACH = 0.35;

  /** How far snow falls from frame to frame, as a share of the frame's height. */
  private static final double SNOW_FALL = 0.012;

  private static final double SNOW_DRIFT = 0.004;

  /** What the weather may cost, in dB: clearly there, yet the road can be seen. */
  private static final double LEAST_PSNR = 16;

  private static final double MOST_PSNR = 23;
  private static final double SAME_LIGHT = 0.06;
  private static final int MOST_SEEDS = 200;

  private final WeatherSynthesis synthesis;
  private final Weather weather;
  private final int reach;
  private final long seed;

  /**
   * Looks for a spell of daylight weather.
   *
   * @param sample a frame of the scene, {@code CV_8UC3} BGR
   */
  SceneWeather(Weather weather, Mat sample) {
    this.weather = weather;
    synthesis = WeatherSynthesis.of(weather);
    reach = weather.equals(Weather.RAINDROP) ? 0 : (int) (REACH * sample.rows());
    seed = findSeed(sample);
  }

  /** Puts the weather on frame {@code number} of the spell; the caller closes the pair. */
  Pair degrade(Mat frame, int number) {
    return degrade(frame, number, seed);
  }

  /** The first seed that is neither night nor fog, and neither invisible nor a wall of water. */
  private long findSeed(Mat sample) {
    double light = Core.mean(sample).val[1];
    for (long candidate = 1; candidate <= MOST_SEEDS; candidate++) {
      try (Pair pair = degrade(sample, 0, candidate)) {
        double psnr = Core.PSNR(pair.degraded(), pair.clean(), 255);
        double change = Core.mean(pair.clean()).val[1] / light - 1;
        if (psnr >= LEAST_PSNR && psnr <= MOST_PSNR && Math.abs(change) <= SAME_LIGHT) {
          return candidate;
        }
      }
    }
    return 1;
  }

  private Pair degrade(Mat frame, int number, long seed) {
    if (reach == 0) {
      return synthesis.degrade(frame, seed, Severity.MEDIUM);
    }
    Rect place = place(frame, number);
    Mat larger = new Mat();
    try {
      Core.copyMakeBorder(
          frame,
          larger,
          place.y,
          reach - place.y,
          place.x,
          reach - place.x,
          Core.BORDER_REFLECT_101);
      try (Pair pair = synthesis.degrade(larger, seed, Severity.MEDIUM)) {
        return new Pair(part(pair.degraded(), place), part(pair.clean(), place));
      }
    } finally {
      larger.release();
    }
  }

  private Rect place(Mat frame, int number) {
    if (weather.equals(Weather.SNOW)) {
      int fallen = (int) Math.round(number * SNOW_FALL * frame.rows());
      int drifted = (int) Math.round(number * SNOW_DRIFT * frame.rows());
      return new Rect(
          Math.floorMod(drifted, reach + 1),
          reach - Math.floorMod(fallen, reach + 1),
          frame.cols(),
          frame.rows());
    }
    Random random = new Random(7919L * number + 11);
    return new Rect(
        random.nextInt(reach + 1), random.nextInt(reach + 1), frame.cols(), frame.rows());
  }

  private static Mat part(Mat picture, Rect place) {
    Mat view = picture.submat(place);
    Mat part = view.clone();
    view.release();
    return part;
  }
}
