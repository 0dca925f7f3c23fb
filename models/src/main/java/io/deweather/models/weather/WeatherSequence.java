package io.deweather.models.weather;

import io.deweather.FrameException;
import io.deweather.models.weather.WeatherSynthesis.Moment;
import io.deweather.models.weather.WeatherSynthesis.Pair;
import io.deweather.models.weather.WeatherSynthesis.Severity;
import org.opencv.core.Mat;

/**
 * One spell of weather over consecutive frames: streaks and flakes fall on from frame to frame,
 * each layer at its own pace; drops stay on the glass and show what passes behind them; the veil,
 * the time of day and lamps stay where they are. Sensor noise is new in every frame.
 *
 * <p>What falls out below comes in again above, so that a spell has no end. A streak or flake keeps
 * its shape. Frame 0 is what {@link WeatherSynthesis#degrade(Mat, long, Severity)} makes of the
 * sample.
 *
 * <p>Immutable; frames may be asked for in any order and from any number of threads.
 */
public final class WeatherSequence {
  private static final double TICKS_PER_SECOND = 25;

  private final WeatherSynthesis synthesis;
  private final long seed;
  private final Severity severity;
  private final double frameRate;
  private final int rows;
  private final int columns;
  private final boolean isLight;
  private final int attempt;

  WeatherSequence(
      WeatherSynthesis synthesis, Mat sample, long seed, Severity severity, double frameRate) {
    if (!(frameRate > 0)) {
      throw new IllegalArgumentException("frameRate (" + frameRate + ") must be above 0");
    }
    this.synthesis = synthesis;
    this.seed = seed;
    this.severity = severity;
    this.frameRate = frameRate;
    rows = sample.rows();
    columns = sample.cols();
    isLight = Scene.isLight(sample);
    WeatherSynthesis.Drawn first = synthesis.draw(sample, seed, severity, Moment.of(sample));
    attempt = first.attempt();
    first.pair().close();
  }

  /**
   * Puts the weather on a frame, which is not changed; the caller closes the pair.
   *
   * @param clean {@code CV_8UC3} BGR, of the sample's size
   * @param number of the frame, from 0
   * @throws FrameException if the frame is of another type or size
   */
  public Pair degrade(Mat clean, long number) {
    WeatherSynthesis.requirePicture(clean);
    if (clean.rows() != rows || clean.cols() != columns) {
      throw new FrameException(
          "frame (%dx%d) must be of the size of the others, %dx%d"
              .formatted(clean.cols(), clean.rows(), columns, rows));
    }
    double time = number * TICKS_PER_SECOND / frameRate;
    return synthesis.draw(clean, seed, severity, new Moment(time, isLight, attempt)).pair();
  }
}
