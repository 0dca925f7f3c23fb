package io.deweather.video;

import io.deweather.FileFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Numbered pictures, named by a pattern such as {@code img_%04d.png}. */
final class PictureSequence {
  private static final Pattern NUMBER = Pattern.compile("%(0?)(\\d?)d");

  private PictureSequence() {}

  static boolean isPattern(Path path) {
    return path.getFileName() != null && NUMBER.matcher(path.getFileName().toString()).find();
  }

  /** The files that the pattern names, by rising number; gaps are allowed. */
  static List<Path> list(Path pattern) {
    String name = pattern.getFileName().toString();
    Matcher number = NUMBER.matcher(name);
    if (!number.find()) {
      throw new IllegalArgumentException(pattern + " has no number such as %04d");
    }
    boolean padded = !number.group(1).isEmpty() && !number.group(2).isEmpty();
    String digits = padded ? "\\d{" + number.group(2) + ",9}" : "\\d{1,9}";
    Pattern file =
        Pattern.compile(
            Pattern.quote(name.substring(0, number.start()))
                + "("
                + digits
                + ")"
                + Pattern.quote(name.substring(number.end())));
    Path parent = pattern.getParent();
    Path folder = parent == null ? Path.of("") : parent;
    Map<Integer, Path> found = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      files.forEach(
          path -> {
            Matcher match = file.matcher(path.getFileName().toString());
            if (match.matches()) {
              found.put(Integer.parseInt(match.group(1)), path);
            }
          });
    } catch (IOException e) {
      throw new MediaException("cannot list " + folder + ": " + FileFailure.reason(e), e);
    }
    if (found.isEmpty()) {
      throw new MediaException("there is no file of the sequence " + pattern);
    }
    return new ArrayList<>(found.values());
  }
}
