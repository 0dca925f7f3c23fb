package io.deweather.samples;

import io.deweather.DeweatherException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.opencv.core.Mat;

/** Pictures of two folders, paired by their names without extension. */
public final class PicturePairs {
  private PicturePairs() {}

  /** A picture and its truth; the name is without extension. */
  public record Pair(String name, Path input, Path truth) {
    /**
     * Reads both.
     *
     * @throws DeweatherException if one cannot be read, or their sizes differ
     */
    public void read(Mat picture, Mat clean) {
      Media.read(input, picture);
      Media.read(truth, clean);
      requireOneSize(input, picture, truth, clean);
    }
  }

  static void requireOneSize(Path input, Mat picture, Path truth, Mat clean) {
    if (!picture.size().equals(clean.size())) {
      throw new DeweatherException(
          "%s is %dx%d and its truth %s is %dx%d; they must be of one size"
              .formatted(input, picture.cols(), picture.rows(), truth, clean.cols(), clean.rows()));
    }
  }

  /**
   * Pairs the pictures of two folders, by name.
   *
   * @param note is told if some of {@code truth} have no partner
   * @return sorted by name
   * @throws DeweatherException if there is none, a picture has no partner in {@code truth}, or two
   *     pictures of a folder differ only in their extension
   */
  public static List<Pair> match(Path input, Path truth, Consumer<String> note) throws IOException {
    Map<String, Path> inputs = pictures(input);
    Map<String, Path> truths = pictures(truth);
    List<String> alone = inputs.keySet().stream().filter(n -> !truths.containsKey(n)).toList();
    if (!alone.isEmpty()) {
      throw new DeweatherException(
          "%d of %d pictures of %s have no partner of the same name in %s, the first is %s"
              .formatted(
                  alone.size(),
                  inputs.size(),
                  input,
                  truth,
                  inputs.get(alone.get(0)).getFileName()));
    }
    if (truths.size() > inputs.size()) {
      note.accept(
          "%d of %d pictures of %s have no partner in %s and are left out"
              .formatted(truths.size() - inputs.size(), truths.size(), truth, input));
    }
    List<Pair> pairs = new ArrayList<>();
    inputs.forEach((name, file) -> pairs.add(new Pair(name, file, truths.get(name))));
    return pairs;
  }

  private static Map<String, Path> pictures(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new DeweatherException(
          folder + (Files.exists(folder) ? " is no folder" : ": there is no such folder"));
    }
    Map<String, Path> pictures = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : (Iterable<Path>) files.sorted()::iterator) {
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        if (Media.PICTURES.contains(Media.extension(file))) {
          Path twin = pictures.putIfAbsent(name.substring(0, dot), file);
          if (twin != null) {
            throw new DeweatherException(
                "%s and %s differ only in their extension: which is meant is unclear"
                    .formatted(twin, file.getFileName()));
          }
        }
      }
    }
    if (pictures.isEmpty()) {
      throw new DeweatherException(folder + " holds no pictures");
    }
    return pictures;
  }
}
