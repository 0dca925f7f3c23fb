package io.deweather.video;

import java.nio.file.Path;
import java.util.Locale;

/** File name extensions. */
final class Extensions {
  private Extensions() {}

  /** What follows the last dot of a file's name, in lower case; empty if there is none. */
  static String of(Path file) {
    String name = file.getFileName() == null ? "" : file.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return dot < 0 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
  }
}
