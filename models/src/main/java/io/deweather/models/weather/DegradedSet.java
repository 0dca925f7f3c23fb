package io.deweather.models.weather;

import io.deweather.DeweatherException;
import io.deweather.FileFailure;
import io.deweather.OpenCv;
import io.deweather.Weather;
import io.deweather.models.weather.WeatherSynthesis.Pair;
import io.deweather.models.weather.WeatherSynthesis.Severity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.core.Size;
import org.opencv.imgcodecs.Imgcodecs;
import org.opencv.imgproc.Imgproc;

/**
 * A benchmark of pairs made from a folder of clean photographs: {@code OUT/input/NAME.png}
 * degraded, {@code OUT/truth/NAME.png} clean. A picture's weather depends on the seed and its own
 * file name only, so adding or removing photographs leaves the other pairs as they are.
 *
 * @param weather what to put in: rain, raindrop or snow
 * @param severity how much of it
 * @param seed of every random choice
 * @param maxSide longer side that larger photographs are reduced to, pixels, at least 64
 */
public record DegradedSet(Weather weather, Severity severity, long seed, int maxSide) {
  /** The default of {@code maxSide}: 960 pixels. */
  public static final int DEFAULT_MAX_SIDE = 960;

  private static final List<String> EXTENSIONS =
      List.of(".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff");

  /** Told of each pair after its two files are in place. */
  @FunctionalInterface
  public interface Progress {
    /**
     * One more pair is written.
     *
     * @param done pairs so far
     * @param total pairs in all
     * @param degraded the file just written
     */
    void written(int done, int total, Path degraded);
  }

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if maxSide is below 64 or the weather is not a known one
   */
  public DegradedSet {
    WeatherSynthesis.of(weather);
    if (maxSide < WeatherSynthesis.SMALLEST_SIDE) {
      throw new IllegalArgumentException(
          "maxSide (" + maxSide + ") must be at least " + WeatherSynthesis.SMALLEST_SIDE);
    }
  }

  /**
   * Degrades every picture directly in {@code cleanFolder}; pairs that exist are written anew. A
   * picture that cannot be read, or is too small once reduced, does not keep the others from being
   * written.
   *
   * @param out folder that receives {@code input} and {@code truth}, made if missing
   * @return how many pairs were written
   * @throws DeweatherException if the folder has no picture, two pictures whose names differ only
   *     in the extension, or a pair cannot be written; in the end, if pictures were left out,
   *     naming the first
   */
  public int write(Path cleanFolder, Path out, Progress progress) {
    OpenCv.load();
    Map<String, Path> pictures = pictures(cleanFolder);
    Path input = folder(out.resolve("input"));
    Path truth = folder(out.resolve("truth"));
    int done = 0;
    List<DeweatherException> leftOut = new ArrayList<>();
    for (Map.Entry<String, Path> picture : pictures.entrySet()) {
      String name = picture.getKey() + ".png";
      Pair degraded;
      try {
        degraded = degrade(picture.getValue(), picture.getKey());
      } catch (DeweatherException e) {
        leftOut.add(e);
        continue;
      }
      try (Pair pair = degraded) {
        save(pair.degraded(), input.resolve(name));
        save(pair.clean(), truth.resolve(name));
      }
      progress.written(++done, pictures.size(), input.resolve(name));
    }
    if (!leftOut.isEmpty()) {
      throw new DeweatherException(
          "%s; %d of %d pictures are left out"
              .formatted(leftOut.get(0).getMessage(), leftOut.size(), pictures.size()),
          leftOut.get(0));
    }
    return done;
  }

  private Pair degrade(Path picture, String name) {
    Mat clean = read(picture);
    try {
      return degrade(clean, name);
    } catch (DeweatherException e) {
      String reduced =
          Math.max(clean.cols(), clean.rows()) > maxSide ? " (reduced to " + maxSide + ")" : "";
      throw new DeweatherException(picture + reduced + ": " + e.getMessage(), e);
    } finally {
      clean.release();
    }
  }

  /** The pair of one photograph as {@link #write} makes it; {@code name} is without extension. */
  public Pair degrade(Mat clean, String name) {
    double scale = (double) maxSide / Math.max(clean.cols(), clean.rows());
    long own = seed ^ Dice.hash(name);
    if (scale >= 1) {
      return WeatherSynthesis.of(weather).degrade(clean, own, severity);
    }
    Mat reduced = new Mat();
    try {
      Size size = new Size(reduced(clean.cols(), scale), reduced(clean.rows(), scale));
      Imgproc.resize(clean, reduced, size, 0, 0, Imgproc.INTER_AREA);
      return WeatherSynthesis.of(weather).degrade(reduced, own, severity);
    } finally {
      reduced.release();
    }
  }

  private static long reduced(int side, double scale) {
    return Math.max(1, Math.round(side * scale));
  }

  private static Map<String, Path> pictures(Path folder) {
    Map<String, Path> pictures = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        if (dot > 0 && EXTENSIONS.contains(name.substring(dot).toLowerCase(Locale.ROOT))) {
          Path twin = pictures.putIfAbsent(name.substring(0, dot), file);
          if (twin != null) {
            throw new DeweatherException(
                "pictures must differ in more than the extension: " + twin + " and " + file);
          }
        }
      }
    } catch (IOException e) {
      throw new DeweatherException(
          "cannot read the folder " + folder + ": " + FileFailure.reason(e), e);
    }
    if (pictures.isEmpty()) {
      throw new DeweatherException(
          "no picture (" + String.join(", ", EXTENSIONS) + ") in folder " + folder);
    }
    return pictures;
  }

  private static Path folder(Path folder) {
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw new DeweatherException(
          "cannot make folder " + folder + ": " + FileFailure.reason(e), e);
    }
  }

  private static Mat read(Path file) {
    Mat clean = Imgcodecs.imread(file.toString(), Imgcodecs.IMREAD_COLOR);
    if (clean.empty()) {
      throw new DeweatherException("cannot read picture " + file);
    }
    return clean;
  }

  private static void save(Mat picture, Path file) {
    MatOfByte coded = new MatOfByte();
    Path partial = file.resolveSibling("." + file.getFileName() + ".part");
    try {
      Imgcodecs.imencode(".png", picture, coded);
      try {
        Files.write(partial, coded.toArray());
        Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(partial);
      }
    } catch (IOException e) {
      throw new DeweatherException(
          "cannot write picture " + file + ": " + FileFailure.reason(e), e);
    } finally {
      coded.release();
    }
  }
}
