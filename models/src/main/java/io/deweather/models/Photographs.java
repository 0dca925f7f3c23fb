package io.deweather.models;

import io.deweather.DeweatherException;
import io.deweather.FileFailure;
import io.deweather.OpenCv;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.opencv.core.Core;
import org.opencv.core.Mat;
import org.opencv.core.Rect;
import org.opencv.core.Size;
import org.opencv.imgcodecs.Imgcodecs;
import org.opencv.imgproc.Imgproc;

/**
 * Clean photographs in memory, and random crops of them at random scales. About 3 MB a megapixel.
 * Thread-safe.
 */
final class Photographs {
  /** How much a crop of a restorer's training enlarges a photograph that is smaller, at most. */
  static final double MOST_ENLARGED = 1.5;

  private static final Set<String> EXTENSIONS =
      Set.of("jpg", "jpeg", "png", "webp", "bmp", "tif", "tiff");
  private static final double MIN_SCALE = 0.35;
  private static final double FLAT_SHARE = 0.3;

  private final List<Mat> pictures;
  private final String identity;
  private final List<Path> leftOut;

  private Photographs(List<Mat> pictures, String identity, List<Path> leftOut) {
    this.pictures = List.copyOf(pictures);
    this.identity = identity;
    this.leftOut = List.copyOf(leftOut);
  }

  /**
   * Reads every picture of these folders, sorted by name.
   *
   * @param minimumSide pictures with a shorter side, and damaged ones, are {@link #leftOut}
   * @throws DeweatherException if a folder cannot be read or holds no such picture, or if there is
   *     only one in all
   */
  static Photographs read(List<Path> folders, int minimumSide) {
    OpenCv.load();
    List<Mat> pictures = new ArrayList<>();
    List<Path> leftOut = new ArrayList<>();
    CRC32 files = new CRC32();
    for (Path folder : folders) {
      if (!Files.isDirectory(folder)) {
        throw new DeweatherException(
            folder + (Files.exists(folder) ? " is no folder" : ": there is no such folder"));
      }
      int before = pictures.size();
      try (Stream<Path> all = Files.list(folder)) {
        for (Path file : all.filter(Photographs::isPicture).sorted().toList()) {
          Mat picture = Imgcodecs.imread(file.toString(), Imgcodecs.IMREAD_COLOR);
          if (Math.min(picture.rows(), picture.cols()) >= minimumSide) {
            pictures.add(picture);
            String one = file.getFileName() + " " + Files.size(file) + "\n";
            files.update(one.getBytes(StandardCharsets.UTF_8));
          } else {
            picture.release();
            leftOut.add(file);
          }
        }
      } catch (IOException e) {
        throw new DeweatherException(
            "cannot read the folder " + folder + ": " + FileFailure.reason(e), e);
      }
      if (pictures.size() == before) {
        throw new DeweatherException(
            "%s holds no picture of at least %d pixels a side".formatted(folder, minimumSide));
      }
    }
    if (pictures.size() < 2) {
      throw new DeweatherException(
          "%s hold %d picture of at least %d pixels a side; training needs 2 or more"
              .formatted(folders, pictures.size(), minimumSide));
    }
    String identity = "%d of %08x".formatted(pictures.size(), files.getValue());
    return new Photographs(pictures, identity, leftOut);
  }

  private static boolean isPicture(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return EXTENSIONS.contains(name.substring(name.lastIndexOf('.') + 1));
  }

  /** Gives the memory back, also of {@link #every} and {@link #without}; no crop may follow. */
  void release() {
    pictures.forEach(Mat::release);
  }

  int size() {
    return pictures.size();
  }

  /** Files that are too small or cannot be read. */
  List<Path> leftOut() {
    return leftOut;
  }

  /** Tells these pictures from others, wherever they lie: by number, names and lengths of files. */
  String identity() {
    return identity;
  }

  /** Every {@code stride}-th photograph, for validation; of the same identity. */
  Photographs every(int stride) {
    List<Mat> some = new ArrayList<>();
    for (int i = 0; i < pictures.size(); i += stride) {
      some.add(pictures.get(i));
    }
    return new Photographs(some, identity, leftOut);
  }

  /** The photographs that {@link #every} leaves; of the same identity. */
  Photographs without(int stride) {
    List<Mat> others = new ArrayList<>();
    for (int i = 0; i < pictures.size(); i++) {
      if (i % stride != 0) {
        others.add(pictures.get(i));
      }
    }
    return new Photographs(others, identity, leftOut);
  }

  /**
   * A crop of {@code side x side} pixels: a random photograph, scale, place and mirroring; some of
   * little contrast. A photograph that is smaller is enlarged to it.
   */
  Mat crop(SplittableRandom random, int side) {
    Mat picture = pictures.get(random.nextInt(pictures.size()));
    int shorter = Math.min(picture.rows(), picture.cols());
    double least = Math.min(1, Math.max(MIN_SCALE, (double) side / shorter));
    // Uniform in the logarithm: as many close-ups as whole views.
    double scale = Math.exp(Math.log(least) * random.nextDouble());
    int window = Math.min(shorter, (int) Math.round(side / scale));
    int x = random.nextInt(picture.cols() - window + 1);
    int y = random.nextInt(picture.rows() - window + 1);
    Mat crop = new Mat();
    Mat part = picture.submat(new Rect(x, y, window, window));
    if (window == side) {
      part.copyTo(crop);
    } else {
      int interpolation = window > side ? Imgproc.INTER_AREA : Imgproc.INTER_CUBIC;
      Imgproc.resize(part, crop, new Size(side, side), 0, 0, interpolation);
    }
    part.release();
    if (random.nextBoolean()) {
      Core.flip(crop, crop, 1);
    }
    if (random.nextDouble() < FLAT_SHARE) {
      flatten(crop, random);
    }
    return crop;
  }

  /**
   * Most or all of a random photograph, at the given size; mirrored, and some of little contrast.
   * One with pixels enough is enlarged by half at most, a smaller one as much as it takes.
   */
  Mat frame(SplittableRandom random, int width, int height) {
    Mat picture = pictures.get(random.nextInt(pictures.size()));
    double largest = Math.min((double) picture.cols() / width, (double) picture.rows() / height);
    double least = Math.min(largest, Math.max(0.67, 0.5 * largest));
    double scale = least + (largest - least) * random.nextDouble();
    int w = Math.min(picture.cols(), (int) Math.round(width * scale));
    int h = Math.min(picture.rows(), (int) Math.round(height * scale));
    int x = random.nextInt(picture.cols() - w + 1);
    int y = random.nextInt(picture.rows() - h + 1);
    Mat frame = new Mat();
    Mat part = picture.submat(new Rect(x, y, w, h));
    int interpolation = scale > 1 ? Imgproc.INTER_AREA : Imgproc.INTER_CUBIC;
    Imgproc.resize(part, frame, new Size(width, height), 0, 0, interpolation);
    part.release();
    if (random.nextBoolean()) {
      Core.flip(frame, frame, 1);
    }
    if (random.nextDouble() < FLAT_SHARE) {
      flatten(frame, random);
    }
    return frame;
  }

  /**
   * Raises the blacks and lowers the whites, as a hazy day or a plain camera does. Without such
   * pictures a network takes every pale scene for weather and darkens it.
   */
  private static void flatten(Mat crop, SplittableRandom random) {
    double black = 80 * random.nextDouble();
    double white = 255 - 55 * random.nextDouble();
    crop.convertTo(crop, -1, (white - black) / 255, black);
  }
}
