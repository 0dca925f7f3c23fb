package io.deweather.models.weather;

import io.deweather.FrameException;
import io.deweather.OpenCv;
import io.deweather.Weather;
import java.util.List;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;

/**
 * Puts weather into clean photographs: pairs for training a restorer and for measuring it.
 *
 * <p>Built for breadth: a picture may be drizzle or a cloudburst, dust of snow or flakes as large
 * as a hand, a speck on the lens or a running windscreen, by day, at dusk or at night, from a sharp
 * photograph or a compressed video frame. Sizes follow the height of a photograph that a crop is
 * assumed to come from, 256 to 1200 pixels, or that of the picture itself where it is large.
 *
 * <p>The same picture, weather, seed and severity give the same pair on one platform. Immutable and
 * safe for use from any number of threads; a call reseeds OpenCV's random generator of its thread.
 */
public final class WeatherSynthesis {
  /** The smallest side of a picture, in pixels. */
  public static final int SMALLEST_SIDE = 64;

  private static final int ATTEMPTS = 3;
  private static final List<Weather> KNOWN = List.of(Weather.RAIN, Weather.RAINDROP, Weather.SNOW);

  private final Weather weather;

  private WeatherSynthesis(Weather weather) {
    this.weather = weather;
  }

  /**
   * How much weather. The decibels are the PSNR of {@code degraded} against {@code clean} that the
   * middle half of photographs has, over all weathers; of all together, 96 in 100 lie between 13
   * and 35. White weather on a white scene changes less.
   */
  public enum Severity {
    /** Noticeable: 22 to 31 dB. */
    LIGHT(0, 1 / 3.0),
    /** A nuisance: 19 to 27 dB. */
    MEDIUM(1 / 3.0, 2 / 3.0),
    /** Hides much of the scene: 15 to 26 dB. */
    HEAVY(2 / 3.0, 1),
    /** Any of these, as likely; the default. */
    ANY(0, 1);

    private final double low;
    private final double high;

    Severity(double low, double high) {
      this.low = low;
      this.high = high;
    }

    double strength(Dice dice) {
      return dice.uniform(low, high);
    }
  }

  /**
   * A degraded picture and what a restorer should return for it; {@code CV_8UC3} BGR, same size.
   * The clean one may differ from the photograph given: exposure, night and sensor noise are in
   * both. Closing frees both; the caller owns them.
   */
  public record Pair(Mat degraded, Mat clean) implements AutoCloseable {
    /** Frees both pictures' memory; again does nothing. */
    @Override
    public void close() {
      degraded.release();
      clean.release();
    }
  }

  /**
   * The synthesis of one weather.
   *
   * @throws IllegalArgumentException unless the weather is rain, raindrop or snow
   */
  public static WeatherSynthesis of(Weather weather) {
    if (!KNOWN.contains(weather)) {
      throw new IllegalArgumentException("weather (" + weather + ") must be one of " + KNOWN);
    }
    OpenCv.load();
    return new WeatherSynthesis(weather);
  }

  /** Degrades with {@link Severity#ANY}. */
  public Pair degrade(Mat clean, long seed) {
    return degrade(clean, seed, Severity.ANY);
  }

  /**
   * Degrades a photograph, which is not changed.
   *
   * @param clean {@code CV_8UC3} BGR, both sides at least {@value #SMALLEST_SIDE} pixels
   * @param seed picks every random choice
   * @throws FrameException if the picture is of another type or smaller
   */
  public Pair degrade(Mat clean, long seed, Severity severity) {
    requirePicture(clean);
    return draw(clean, seed, severity, Moment.of(clean)).pair();
  }

  /**
   * One spell of this weather over the frames of a clip.
   *
   * @param sample its first frame, or one like it, {@code CV_8UC3} BGR
   * @param seed picks every random choice
   * @param frameRate of the clip, in frames a second, above 0
   * @throws FrameException if the sample is of another type or smaller than {@value #SMALLEST_SIDE}
   *     pixels on a side
   * @throws IllegalArgumentException if the frame rate is not above 0
   */
  public WeatherSequence sequence(Mat sample, long seed, Severity severity, double frameRate) {
    requirePicture(sample);
    return new WeatherSequence(this, sample, seed, severity, frameRate);
  }

  /**
   * What of a picture does not follow from seed and severity.
   *
   * @param time since the spell began, in 25ths of a second
   * @param isLight whether the scene may turn to night
   * @param attempt which of the attempts to take; -1 for the first that shows
   */
  record Moment(double time, boolean isLight, int attempt) {
    static Moment of(Mat clean) {
      return new Moment(0, Scene.isLight(clean), -1);
    }
  }

  /** A pair, and which attempt it shows. */
  record Drawn(Pair pair, int attempt) {}

  /** Degrades a picture that was checked. */
  Drawn draw(Mat clean, long seed, Severity severity, Moment moment) {
    Dice dice = Dice.of(weather.id(), seed);
    try (Scratch scratch = new Scratch()) {
      Framing framing = Framing.draw(dice.split(), clean, moment.time());
      Scene scene = Scene.draw(scratch, dice.split(), framing, clean, moment.isLight());
      double strength = severity.strength(dice.split());
      Mat image = scratch.mat();
      int attempt =
          fallVisibly(scratch, dice.split(), framing, scene, image, strength, moment.attempt());
      Capture.expose(scratch, dice.split(), scene, moment.time(), image, scene.clean());
      Mat degraded = new Mat();
      image.convertTo(degraded, CvType.CV_8U, 255);
      Capture.compress(scratch, dice.split(), degraded);
      Mat target = new Mat();
      scene.clean().convertTo(target, CvType.CV_8U, 255);
      return new Drawn(new Pair(degraded, target), attempt);
    }
  }

  static void requirePicture(Mat clean) {
    if (clean.type() != CvType.CV_8UC3) {
      throw new FrameException(
          "clean picture (" + CvType.typeToString(clean.type()) + ") must be CV_8UC3");
    }
    if (Math.min(clean.rows(), clean.cols()) < SMALLEST_SIDE) {
      throw new FrameException(
          "clean picture (%dx%d) must be at least %d pixels on each side"
              .formatted(clean.cols(), clean.rows(), SMALLEST_SIDE));
    }
  }

  /**
   * Draws again where nothing can be seen of the weather, or of the scene.
   *
   * @param only the attempt to take as it is; -1 to choose
   * @return the attempt that {@code image} shows
   */
  private int fallVisibly(
      Scratch scratch,
      Dice dice,
      Framing framing,
      Scene scene,
      Mat image,
      double strength,
      int only) {
    int attempt = 0;
    while (true) {
      Dice own = dice.split();
      if (only < 0 || attempt == only) {
        scene.clean().copyTo(image);
        fall(scratch, own, framing, scene, image, strength);
        double psnr = Core.PSNR(image, scene.clean(), 1);
        boolean shows = psnr < 36 - 8 * strength && psnr > 19 - 9 * strength;
        if (only >= 0 || shows || attempt == ATTEMPTS - 1) {
          return attempt;
        }
      }
      attempt++;
    }
  }

  /** The weather itself and, in a modest share, a lesser one that comes with it. */
  private void fall(
      Scratch scratch, Dice dice, Framing framing, Scene scene, Mat image, double strength) {
    Dice own = dice.split();
    Dice other = dice.split();
    boolean joined = dice.chance(0.12);
    double lesser = dice.uniform(0, 0.5) * strength;
    if (weather.equals(Weather.RAIN)) {
      Rain.fall(scratch, own, framing, scene, image, strength);
      if (joined) {
        LensDrops.fall(scratch, other, framing, scene, image, lesser);
      }
    } else if (weather.equals(Weather.SNOW)) {
      Snow.fall(scratch, own, framing, scene, image, strength);
      if (joined && dice.chance(0.4)) {
        LensDrops.fall(scratch, other, framing, scene, image, lesser);
      }
    } else {
      if (joined) {
        Rain.fall(scratch, other, framing, scene, image, lesser);
      }
      LensDrops.fall(scratch, own, framing, scene, image, strength);
    }
  }
}
