package io.deweather.converter;

import io.deweather.DeweatherException;
import io.deweather.FileFailure;
import io.deweather.OpenCv;
import io.deweather.Weather;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Size;
import org.opencv.imgcodecs.Imgcodecs;
import org.opencv.imgproc.Imgproc;

/**
 * Frames of each weather, and where it is known the same frames without it: what an integer bundle
 * is calibrated on, and what bundles are compared on. Immutable; all frames are in memory.
 */
public final class FrameSet {
  /** At most so many frames of a weather are read, spread evenly over those that there are. */
  public static final int MOST_FRAMES = 32;

  /** The longer side to which larger pictures are reduced, in pixels. */
  public static final int LONGEST_SIDE = 640;

  private static final List<String> EXTENSIONS = List.of(".png", ".jpg", ".jpeg", ".bmp");

  private final Map<Weather, List<Pair>> pairs;

  /** A frame, and the same without its weather or null. */
  record Pair(ProbeFrame frame, ProbeFrame truth) {}

  private FrameSet(Map<Weather, List<Pair>> pairs) {
    this.pairs = pairs;
  }

  /**
   * Reads pictures (PNG, JPEG, BMP). For each weather the first of these folders that exists:
   *
   * <ul>
   *   <li>{@code folder/<weather>/input}, and {@code folder/<weather>/truth} with the same file
   *       names, as {@code deweather synthesize} writes them;
   *   <li>{@code folder/<weather>};
   *   <li>{@code folder/input} and {@code folder/truth};
   *   <li>{@code folder}.
   * </ul>
   *
   * @throws DeweatherException if there is none for a weather, or a picture cannot be read
   */
  public static FrameSet read(Path folder, List<Weather> weathers) {
    OpenCv.load();
    Map<Weather, List<Pair>> pairs = new LinkedHashMap<>();
    for (Weather weather : weathers) {
      Path own = folder.resolve(weather.id());
      Path of = Files.isDirectory(own) ? own : folder;
      boolean paired = Files.isDirectory(of.resolve("input"));
      Path inputs = paired ? of.resolve("input") : of;
      List<Path> pictures = pictures(inputs);
      if (pictures.isEmpty()) {
        throw new DeweatherException(
            inputs
                + " has no pictures (PNG, JPEG or BMP) of "
                + weather
                + (of.equals(own) ? "" : ", and there is no folder " + own));
      }
      pairs.put(weather, pairs(pictures, paired ? of.resolve("truth") : null));
    }
    return new FrameSet(pairs);
  }

  /**
   * Takes frames.
   *
   * @param frames {@code CV_8UC3} BGR, at least one for each weather; copied
   */
  public static FrameSet of(Map<Weather, List<Mat>> frames) {
    Map<Weather, List<Pair>> pairs = new LinkedHashMap<>();
    frames.forEach(
        (weather, mats) -> {
          if (mats.isEmpty()) {
            throw new IllegalArgumentException("frames of " + weather + " must not be empty");
          }
          pairs.put(weather, mats.stream().map(m -> new Pair(frame(m), null)).toList());
        });
    return new FrameSet(pairs);
  }

  /** The synthetic frames that bundles are verified on. */
  static FrameSet synthetic(List<Weather> weathers) {
    Map<Weather, List<Pair>> pairs = new LinkedHashMap<>();
    List<Pair> frames =
        List.of(new Pair(ProbeFrame.of(240, 320), null), new Pair(ProbeFrame.of(119, 181), null));
    weathers.forEach(weather -> pairs.put(weather, frames));
    return new FrameSet(pairs);
  }

  List<ProbeFrame> frames(Weather weather) {
    return pairs(weather).stream().map(Pair::frame).toList();
  }

  /** The frames of all weathers. */
  List<ProbeFrame> frames() {
    return pairs.values().stream().flatMap(List::stream).map(Pair::frame).toList();
  }

  List<Pair> pairs(Weather weather) {
    List<Pair> of = pairs.get(weather);
    if (of == null) {
      throw new DeweatherException("there are no frames of " + weather);
    }
    return of;
  }

  private static List<Pair> pairs(List<Path> pictures, Path truths) {
    List<Pair> pairs = new ArrayList<>();
    int count = Math.min(MOST_FRAMES, pictures.size());
    for (int i = 0; i < count; i++) {
      Path picture = pictures.get((int) ((long) i * pictures.size() / count));
      ProbeFrame truth =
          Optional.ofNullable(truths)
              .map(t -> t.resolve(picture.getFileName()))
              .filter(Files::exists)
              .map(FrameSet::read)
              .orElse(null);
      pairs.add(new Pair(read(picture), truth));
    }
    return pairs;
  }

  private static List<Path> pictures(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(
              e -> {
                String name = e.getFileName().toString().toLowerCase(Locale.ROOT);
                return EXTENSIONS.stream().anyMatch(name::endsWith) && Files.isRegularFile(e);
              })
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new DeweatherException("cannot read " + folder + ": " + FileFailure.reason(e), e);
    }
  }

  private static ProbeFrame read(Path picture) {
    Mat mat = Imgcodecs.imread(picture.toString(), Imgcodecs.IMREAD_COLOR);
    try {
      if (mat.empty()) {
        throw new DeweatherException(picture + " is no picture that OpenCV can read");
      }
      double scale = (double) LONGEST_SIDE / Math.max(mat.rows(), mat.cols());
      if (scale < 1) {
        Size size = new Size(Math.rint(mat.cols() * scale), Math.rint(mat.rows() * scale));
        Imgproc.resize(mat, mat, size, 0, 0, Imgproc.INTER_AREA);
      }
      return frame(mat);
    } finally {
      mat.release();
    }
  }

  private static ProbeFrame frame(Mat mat) {
    if (mat.type() != CvType.CV_8UC3 || mat.rows() < 16 || mat.cols() < 16) {
      throw new IllegalArgumentException(
          "frame (%s %dx%d) must be CV_8UC3 of at least 16x16"
              .formatted(CvType.typeToString(mat.type()), mat.cols(), mat.rows()));
    }
    byte[] pixels = new byte[mat.rows() * mat.cols() * 3];
    if (mat.isContinuous()) {
      mat.get(0, 0, pixels);
    } else {
      Mat copy = mat.clone();
      copy.get(0, 0, pixels);
      copy.release();
    }
    return new ProbeFrame(mat.rows(), mat.cols(), pixels);
  }
}
