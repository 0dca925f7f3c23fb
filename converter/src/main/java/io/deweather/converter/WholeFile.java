package io.deweather.converter;

import io.deweather.BundleException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A file as seen from outside: written beside its place and moved there at the end, so that it is
 * whole or as it was before. Of one that fails nothing is left.
 */
final class WholeFile {
  private WholeFile() {}

  /** Writes what the file holds. */
  interface Content {
    void writeInto(Path part) throws IOException;
  }

  /**
   * Writes or replaces a file.
   *
   * @throws BundleException naming it, if it cannot be written
   */
  static void write(Path file, Content content) {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      try {
        content.writeInto(part);
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      throw new BundleException("cannot write " + file + ": " + reason(e), e);
    }
  }

  /** These two exceptions' own messages are a path alone. */
  private static String reason(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "there is no such folder";
    }
    return e instanceof AccessDeniedException ? "permission denied" : e.getMessage();
  }
}
