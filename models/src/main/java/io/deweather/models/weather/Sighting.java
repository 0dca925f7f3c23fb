package io.deweather.models.weather;

import io.deweather.OpenCv;
import io.deweather.Weather;
import io.deweather.models.weather.WeatherSynthesis.Severity;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.core.MatOfInt;
import org.opencv.core.Size;
import org.opencv.imgcodecs.Imgcodecs;
import org.opencv.imgproc.Imgproc;

/**
 * One frame as a recorder stores it, and which weathers it shows: none, one or several. What a
 * network that recognises weather learns from. The weather is that of {@link WeatherSynthesis};
 * beyond it, frames of every weather and of none get the same noise, blur, rescaling and coding, so
 * that no trace of the making tells the weather. They get the same decoys too, those of none twice
 * as often: what looks like one shall count for a clear frame.
 *
 * @param frame {@code CV_8UC3} BGR; the caller owns it
 * @param visibility by weather that was put in, the PSNR in dB of the frame after it against before
 *     it, an even veil left out, which mist gives as well: at {@value #VISIBLE} or less it can be
 *     seen, at {@value #INVISIBLE} or more hardly
 * @param changes by weather that was put in, what it changed, the veil left out, before exposure
 *     and coding: {@code CV_32FC3}, BGR, of the frame's size, 1 is white; closed with this
 */
public record Sighting(Mat frame, Map<Weather, Double> visibility, Map<Weather, Mat> changes)
    implements AutoCloseable {
  /** The PSNR below which weather counts as there. */
  public static final double VISIBLE = 38;

  /** The PSNR above which weather counts as not there. */
  public static final double INVISIBLE = 44;

  private static final int ATTEMPTS = 4;

  /** How a frame comes about after the weather. */
  public enum Recording {
    /** As in {@link WeatherSynthesis}: exposure, and mild coding at times. */
    PLAIN,
    /** Decoys, noise, blur, rescaling and every grade of coding. */
    VARIED
  }

  /**
   * Makes a frame.
   *
   * @param photograph {@code CV_8UC3} BGR, not changed
   * @param weathers to put in, in the order in which light passes through them: drops on the lens
   *     last
   * @param seed of every random choice
   */
  public static Sighting make(
      Mat photograph, List<Weather> weathers, long seed, Severity severity, Recording recording) {
    OpenCv.load();
    Dice dice = Dice.of("sighting", seed);
    try (Scratch scratch = new Scratch()) {
      Framing framing = Framing.draw(dice.split(), photograph, 0);
      Scene scene =
          Scene.draw(scratch, dice.split(), framing, photograph, Scene.isLight(photograph));
      Dice decoys = dice.split();
      boolean varied = recording == Recording.VARIED;
      if (varied && decoys.chance(weathers.isEmpty() ? 0.55 : 0.25)) {
        Decoys.draw(scratch, decoys, framing, scene, scene.clean());
      }
      Mat image = scratch.mat();
      scene.clean().copyTo(image);
      Map<Weather, Double> visibility = new LinkedHashMap<>();
      Map<Weather, Mat> changes = new LinkedHashMap<>();
      for (Weather weather : weathers) {
        Dice own = dice.split();
        double strength = severity.strength(own.split());
        Mat change = fall(weather, scratch, own, framing, scene, image, strength);
        visibility.put(weather, psnr(change));
        changes.put(weather, change.clone());
      }
      Mat unused = scratch.mat();
      image.copyTo(unused);
      Capture.expose(scratch, dice.split(), scene, 0, image, unused);
      Mat frame = new Mat();
      image.convertTo(frame, CvType.CV_8U, 255);
      if (varied) {
        record(scratch, dice.split(), frame);
      } else {
        Capture.compress(scratch, dice.split(), frame);
      }
      return new Sighting(frame, visibility, changes);
    }
  }

  /** Lets one weather fall, again where nothing of it can be seen, or nothing of the scene. */
  private static Mat fall(
      Weather weather,
      Scratch scratch,
      Dice dice,
      Framing framing,
      Scene scene,
      Mat image,
      double strength) {
    Mat before = scratch.mat();
    image.copyTo(before);
    Mat change = null;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      before.copyTo(image);
      if (weather.equals(Weather.RAIN)) {
        Rain.fall(scratch, dice.split(), framing, scene, image, strength);
      } else if (weather.equals(Weather.SNOW)) {
        Snow.fall(scratch, dice.split(), framing, scene, image, strength);
      } else if (weather.equals(Weather.RAINDROP)) {
        LensDrops.fall(scratch, dice.split(), framing, scene, image, strength);
      } else {
        throw new IllegalArgumentException(
            "weather (" + weather + ") must be rain, raindrop or snow");
      }
      change = detail(scratch, framing, image, before);
      if (psnr(change) < VISIBLE - 6 * strength
          && Core.PSNR(image, before, 1) > 19 - 9 * strength) {
        break;
      }
    }
    return change;
  }

  /** What the weather changed beyond an even veil, which mist gives as well. */
  private static Mat detail(Scratch scratch, Framing framing, Mat image, Mat before) {
    Mat change = scratch.mat();
    Core.subtract(image, before, change);
    Core.subtract(change, scratch.blur(change, framing.thousandths(40)), change);
    return change;
  }

  private static double psnr(Mat change) {
    double norm = Core.norm(change, Core.NORM_L2);
    double mse = norm * norm / (change.total() * change.channels());
    return -10 * Math.log10(Math.max(mse, 1e-10));
  }

  /** What sensors, lenses, editors and coders do to any frame. */
  private static void record(Scratch scratch, Dice dice, Mat frame) {
    if (dice.chance(0.2)) {
      Size size = frame.size();
      Mat small = scratch.mat();
      double scale = dice.octaves(0.45, 0.95);
      Imgproc.resize(frame, small, new Size(), scale, scale, Imgproc.INTER_AREA);
      Imgproc.resize(
          small, frame, size, 0, 0, dice.chance(0.5) ? Imgproc.INTER_LINEAR : Imgproc.INTER_CUBIC);
    } else if (dice.chance(0.15)) {
      Imgproc.GaussianBlur(frame, frame, new Size(0, 0), dice.octaves(0.4, 1.3));
    }
    if (dice.chance(0.3)) {
      noise(scratch, dice, frame);
    }
    if (dice.chance(0.15)) {
      Mat soft = scratch.blur(frame, dice.uniform(0.8, 1.5));
      double amount = dice.uniform(0.3, 1.2);
      Core.addWeighted(frame, 1 + amount, soft, -amount, 0, frame);
    }
    int codings = dice.pick(0.3, 0.55, 0.15);
    for (int i = 0; i < codings; i++) {
      code(scratch, dice, frame);
    }
  }

  private static void noise(Scratch scratch, Dice dice, Mat frame) {
    boolean grey = dice.chance(0.5);
    Mat noise = scratch.gaussianNoise(dice, frame.size(), grey ? CvType.CV_32F : CvType.CV_32FC3);
    double level = dice.octaves(1, 14);
    if (dice.chance(0.5)) {
      Imgproc.GaussianBlur(noise, noise, new Size(3, 3), 0.7);
      level *= 1.7;
    }
    Mat three = grey ? scratch.threefold(noise) : noise;
    Mat sum = scratch.mat();
    frame.convertTo(sum, CvType.CV_32F);
    Core.scaleAdd(three, level, sum, sum);
    sum.convertTo(frame, CvType.CV_8U);
  }

  private static void code(Scratch scratch, Dice dice, Mat frame) {
    MatOfByte coded = new MatOfByte();
    MatOfInt settings = new MatOfInt(Imgcodecs.IMWRITE_JPEG_QUALITY, (int) dice.octaves(18, 97));
    scratch.keep(coded);
    scratch.keep(settings);
    Imgcodecs.imencode(".jpg", frame, coded, settings);
    Mat decoded = scratch.keep(Imgcodecs.imdecode(coded, Imgcodecs.IMREAD_COLOR));
    if (dice.chance(0.4)) {
      // Video coders smooth block edges in the loop, and fine texture with them.
      Mat smooth = scratch.mat();
      Imgproc.GaussianBlur(decoded, smooth, new Size(3, 3), 0.7);
      Core.addWeighted(decoded, 0.4, smooth, 0.6, 0, decoded);
    }
    decoded.copyTo(frame);
  }

  /** Frees the frame and the changes. */
  @Override
  public void close() {
    frame.release();
    changes.values().forEach(Mat::release);
  }
}
