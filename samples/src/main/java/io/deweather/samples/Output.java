package io.deweather.samples;

import io.deweather.BundleManifest;
import io.deweather.DeweatherException;
import io.deweather.FileFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Where results go: checked before the work, written whole or not at all. */
public final class Output {
  private Output() {}

  /**
   * Checks that a file can be made.
   *
   * @throws DeweatherException if the folder that is to hold it does not exist or is read-only
   */
  static void requireFolderOf(Path file) {
    if (isDevice(file)) {
      return;
    }
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new DeweatherException("%s: there is no folder %s".formatted(file, folder));
    }
    if (!Files.isWritable(folder)) {
      throw new DeweatherException("%s: folder %s cannot be written to".formatted(file, folder));
    }
    if (Files.isDirectory(file)) {
      throw new DeweatherException(file + " is a folder; a file is expected");
    }
  }

  /**
   * Checks that a file for results can be made, and replaces nothing but other results.
   *
   * @throws DeweatherException if {@link #requireFolderOf} fails, or the file is there and does not
   *     begin as JSON does, or is a bundle's
   */
  static void requireForResults(Path file) {
    requireFolderOf(file);
    if (isDevice(file) || !Files.isRegularFile(file)) {
      return;
    }
    try (InputStream there = Files.newInputStream(file)) {
      int first = there.read();
      boolean results = first < 0 || first == '{' || first == '[';
      if (!results || file.endsWith(BundleManifest.FILE_NAME)) {
        throw new DeweatherException(file + " is there and holds no results; name another file");
      }
    } catch (IOException e) {
      throw new DeweatherException(
          "cannot read %s, to be replaced: %s".formatted(file, FileFailure.reason(e)), e);
    }
  }

  /** A terminal, a pipe, {@code /dev/stdout}, a link: written to, never replaced by a file. */
  private static boolean isDevice(Path file) {
    return Files.isSymbolicLink(file)
        || Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file);
  }

  /** Writes text, see {@link #write(Path, byte[])}. */
  public static void write(Path file, String text) throws IOException {
    write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Writes a file beside its place, then moves it there.
   *
   * @throws IOException that names the file
   */
  public static void write(Path file, byte[] bytes) throws IOException {
    Path partial = isDevice(file) ? file : file.resolveSibling("." + file.getFileName() + ".part");
    try {
      Files.write(partial, bytes);
      if (!partial.equals(file)) {
        Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) { // a full disk: it has no name
      throw new IOException("cannot write " + file + ": " + e.getMessage(), e);
    } finally {
      if (!partial.equals(file)) {
        Files.deleteIfExists(partial);
      }
    }
  }

  /**
   * Checks that a folder is there or can be made.
   *
   * @throws DeweatherException if the one that is to hold it does not exist or is read-only
   */
  static void requireFolderFor(Path folder) {
    if (!Files.isDirectory(folder)) {
      if (Files.exists(folder)) {
        throw new DeweatherException(folder + " is a file; a folder is expected");
      }
      requireFolderOf(folder);
    }
  }

  /**
   * Checks that a folder is there or can be made, with those above it.
   *
   * @throws DeweatherException if something on its path is a file or read-only
   */
  static void requireFolders(Path folder) {
    Path there = folder.toAbsolutePath();
    while (there.getParent() != null && !Files.exists(there)) {
      there = there.getParent();
    }
    if (!Files.isDirectory(there)) {
      throw new DeweatherException(there + " is a file; a folder is expected");
    }
    if (!there.equals(folder.toAbsolutePath()) && !Files.isWritable(there)) {
      throw new DeweatherException("%s: folder %s cannot be written to".formatted(folder, there));
    }
  }

  /**
   * Checks that one result does not replace another.
   *
   * @throws DeweatherException if both are written to the same file
   */
  static void requireApart(Path one, Path other) {
    if (!isDevice(one)
        && one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize())) {
      throw new DeweatherException(one + " cannot hold two results; name two files");
    }
  }

  /**
   * Checks that nothing overwrites what it reads.
   *
   * @throws DeweatherException if both are the same file or folder
   */
  static void requireOther(Path input, Path output) throws IOException {
    if (Files.exists(input) && Files.exists(output) && Files.isSameFile(input, output)) {
      throw new DeweatherException(output + " is the input; the output must be another");
    }
  }
}
