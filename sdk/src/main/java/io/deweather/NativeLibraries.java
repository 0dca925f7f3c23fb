package io.deweather;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;

/** Asks the system's loader for libraries, by the names that other libraries ask for them. */
final class NativeLibraries {
  static {
    NativeMemory.lift();
  }

  private NativeLibraries() {}

  /**
   * Loads a library for good, so that what links it finds it.
   *
   * @param name as the loader takes it: {@code libcublas.so.12}, or a path
   * @return what the loader says if it cannot, for {@code libcublas.so.12}: "libcublas.so.12:
   *     cannot open shared object file: No such file or directory"
   */
  static Optional<String> load(String name) {
    try {
      Loader.loadGlobal(name);
      return Optional.empty();
    } catch (UnsatisfiedLinkError e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Unpacks libraries: JavaCPP locks its cache by a channel, which an interrupted thread cannot.
   */
  static <T> T uninterrupted(Supplier<T> unpacking) {
    boolean interrupted = Thread.interrupted();
    try {
      return unpacking.get();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Loads JavaCPP's own library, on which all others here rest.
   *
   * @throws DeweatherException if it cannot be loaded
   */
  static void requireJavaCpp() {
    try {
      uninterrupted(() -> Loader.load(Pointer.class));
    } catch (LinkageError e) {
      throw new DeweatherException("cannot load JavaCPP's native library: " + reason(e), e);
    }
  }

  /** Why a library could not be loaded: the innermost cause, and where libraries are unpacked. */
  static String reason(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return "%s (libraries are unpacked into %s, %d MB free there; -Dorg.bytedeco.javacpp.cachedir names another folder)"
        .formatted(cause, cache(), cache().getUsableSpace() >> 20);
  }

  private static File cache() {
    try {
      return Loader.getCacheDir();
    } catch (IOException e) {
      return new File(System.getProperty("java.io.tmpdir"));
    }
  }

  /**
   * Loads every library that this one links, but not this one.
   *
   * @param library a Linux library
   * @param alsoNeeded what it loads by itself later
   * @return those that cannot be loaded, each with what the loader says
   */
  static Map<String, String> missingFor(Path library, List<String> alsoNeeded) {
    Map<String, String> missing = new LinkedHashMap<>();
    try {
      for (String name : ElfFile.neededBy(library)) {
        if (!name.startsWith("libonnxruntime")) { // beside it, where the loader does not look
          load(name).ifPresent(reason -> missing.put(name, reason));
        }
      }
    } catch (IOException e) {
      missing.put(library.toString(), e.toString());
    }
    for (String name : alsoNeeded) {
      load(name).ifPresent(reason -> missing.put(name, reason));
    }
    return missing;
  }

  /** Where a library of this process was loaded from, links resolved; empty if it is not loaded. */
  static Optional<Path> pathOf(String name) {
    return pathOf(name, Path.of("/proc/self/maps"));
  }

  static Optional<Path> pathOf(String name, Path maps) {
    if (!Files.isReadable(maps)) {
      return Optional.empty();
    }
    // Any byte is a letter there: the name of another file may be no UTF-8.
    try (var lines = Files.lines(maps, StandardCharsets.ISO_8859_1)) {
      return lines
          .filter(line -> line.contains("/" + name))
          .map(line -> Path.of(line.substring(line.indexOf('/'))))
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
