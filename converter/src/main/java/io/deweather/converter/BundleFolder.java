package io.deweather.converter;

import io.deweather.BundleException;
import io.deweather.BundleManifest;
import io.deweather.FileFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A folder that a bundle is written to, in one step as seen from outside: the new one grows in a
 * hidden sibling, the old one steps aside, the new one takes its name, the old one goes.
 */
final class BundleFolder {
  private final Path out;

  private BundleFolder(Path out) {
    this.out = out;
  }

  /** Writes the files of a bundle. */
  interface Content<T> {
    T writeInto(Path folder) throws IOException;
  }

  /**
   * Checks that a bundle may be written there.
   *
   * @throws BundleException if {@code out} is a file, holds files that are no part of a bundle, or
   *     lies in no folder
   */
  static BundleFolder prepare(Path out) {
    Path absolute = out.toAbsolutePath().normalize();
    Path parent = absolute.getParent();
    if (parent == null) {
      throw new BundleException("cannot write " + out + ": a bundle needs a folder of its own");
    }
    if (!Files.isDirectory(parent)) {
      throw new BundleException("cannot write " + out + ": there is no folder " + parent);
    }
    if (Files.exists(absolute)) {
      requireReplaceable(out, absolute);
    }
    return new BundleFolder(absolute);
  }

  String name() {
    return out.getFileName().toString();
  }

  /**
   * Replaces what is there.
   *
   * @throws BundleException if writing fails; what was there is still there, nothing else is left,
   *     nor is it after an {@link Error}
   */
  <T> T replace(Content<T> content) {
    boolean written = false;
    try (PartFolder part = PartFolder.beside(out)) {
      Path made = part.made(name());
      T result = content.writeInto(made);
      moveIntoPlace(made, part.replaced());
      written = true;
      return result;
    } catch (BundleException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      String problem =
          written
              ? out + " is written, but what it grew in cannot be removed: "
              : "cannot write " + out + ": ";
      throw new BundleException(problem + e.getMessage(), e);
    }
  }

  private void moveIntoPlace(Path made, Path aside) throws IOException {
    boolean replacing = Files.exists(out);
    if (replacing) {
      Files.move(out, aside);
    }
    try {
      Files.move(made, out);
    } catch (IOException e) {
      if (replacing) {
        Files.move(aside, out);
      }
      throw e;
    }
  }

  private static void requireReplaceable(Path out, Path absolute) {
    if (!Files.isDirectory(absolute)) {
      throw new BundleException(out + " must be a folder, it is a file");
    }
    Set<String> present = names(absolute);
    if (present.isEmpty()) {
      return;
    }
    if (!present.contains(BundleManifest.FILE_NAME)) {
      throw new BundleException(
          out
              + " is no bundle and not empty; it is not overwritten (it has "
              + first(present)
              + ")");
    }
    Set<String> known = new HashSet<>(BundleManifest.read(absolute).files().keySet());
    known.add(BundleManifest.FILE_NAME);
    present.removeAll(known);
    if (!present.isEmpty()) {
      throw new BundleException(
          "%s has %s, which is no part of the bundle there; it is not overwritten"
              .formatted(out, first(present)));
    }
  }

  private static Set<String> names(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      Set<String> names = new HashSet<>();
      entries.forEach(e -> names.add(e.getFileName().toString()));
      return names;
    } catch (IOException e) {
      throw new BundleException("cannot read " + folder + ": " + FileFailure.reason(e), e);
    }
  }

  private static String first(Set<String> names) {
    return names.stream().sorted().findFirst().orElse("");
  }
}
