package io.deweather;

import io.deweather.BundleContents.Graph;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads and checks the files of one bundle, each once. */
final class BundleReader {
  private static final Pattern FILE_NAME =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*");
  private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");
  private static final int MAX_NAME = 255;
  private static final int CHUNK = 1 << 16;

  private final Path folder;
  private final Path manifestFile;
  private final BundleManifest manifest;
  private final BundleLimits limits;
  private final Map<String, Graph> graphsRead = new HashMap<>();

  BundleReader(Path folder, BundleManifest manifest, BundleLimits limits) {
    this.folder = folder;
    this.manifestFile = folder.resolve(BundleManifest.FILE_NAME);
    this.manifest = manifest;
    this.limits = limits;
  }

  BundleContents read() {
    checkEntries();
    Map<Weather, Graph> graphs = new LinkedHashMap<>();
    manifest.weathers().forEach((id, name) -> graphs.put(weather(id), graph(name)));
    Map<Weather, Graph> halfGraphs = new LinkedHashMap<>();
    if (manifest.halfPrecision() != null) {
      manifest.halfPrecision().forEach((id, name) -> halfGraphs.put(weather(id), graph(name)));
    }
    Graph selector = manifest.selector() == null ? null : graph(manifest.selector().file());
    Map<String, ByteBuffer> data = new LinkedHashMap<>();
    var external =
        Stream.concat(graphs.values().stream(), halfGraphs.values().stream())
            .flatMap(graph -> graph.externalTensors().stream().map(ExternalTensor::file))
            .collect(Collectors.toSet());
    for (String name : manifest.files().keySet()) {
      if (external.contains(name)) {
        data.put(name, readVerified(name, ByteBuffer::allocateDirect));
      } else if (!graphsRead.containsKey(name)) {
        readVerified(name, bytes -> null);
      }
    }
    Map<Weather, Path> paths = new LinkedHashMap<>();
    graphs.forEach((weather, graph) -> paths.put(weather, graph.file()));
    return new BundleContents(
        new Bundle(folder, manifest, paths), graphs, halfGraphs, selector, data);
  }

  private void checkEntries() {
    if (manifest.files().size() > limits.files()) {
      throw new BundleException(
          "%s lists %d files; at most %d are read"
              .formatted(manifestFile, manifest.files().size(), limits.files()));
    }
    if (manifest.weathers().size() > limits.files()) {
      throw new BundleException(
          "%s lists %d weathers; at most %d are read"
              .formatted(manifestFile, manifest.weathers().size(), limits.files()));
    }
    long total = 0;
    for (var file : manifest.files().entrySet()) {
      String name = file.getKey();
      if (name.length() > MAX_NAME) {
        throw new BundleException(
            "%s: a file name has at most %d characters, not %d"
                .formatted(manifestFile, MAX_NAME, name.length()));
      }
      if (!FILE_NAME.matcher(name).matches()) {
        throw new BundleException(
            manifestFile + ": file name (" + name + ") must match " + FILE_NAME.pattern());
      }
      BundleManifest.FileEntry entry = file.getValue();
      if (entry == null || entry.bytes() < 0 || entry.sha256() == null) {
        throw new BundleException(manifestFile + ": " + name + " lacks bytes or sha256");
      }
      if (!SHA_256.matcher(entry.sha256()).matches()) {
        throw new BundleException(
            manifestFile + ": sha256 of " + name + " must be 64 lower-case hexadecimal digits");
      }
      total += Math.min(entry.bytes(), Long.MAX_VALUE / limits.files() - 1);
    }
    if (total > limits.totalBytes()) {
      throw new BundleException(
          "%s lists %d bytes of files; at most %d are read"
              .formatted(manifestFile, total, limits.totalBytes()));
    }
  }

  private Weather weather(String id) {
    try {
      Weather weather = new Weather(id);
      if (!weather.equals(Weather.CLEAR)) {
        return weather;
      }
    } catch (IllegalArgumentException e) {
      throw new BundleException(manifestFile + ": " + e.getMessage(), e);
    }
    throw new BundleException(
        manifestFile + ": clear means that nothing is to be removed; it can have no view");
  }

  private Graph graph(String name) {
    return graphsRead.computeIfAbsent(name, this::readGraph);
  }

  private Graph readGraph(String name) {
    BundleManifest.FileEntry entry = manifest.files().get(name);
    if (entry == null) {
      throw new BundleException(manifestFile + ": graph " + name + " is not among its files");
    }
    if (entry.bytes() > limits.graphBytes()) {
      throw new BundleException(
          "%s has %d bytes; a graph has at most %d"
              .formatted(folder.resolve(name), entry.bytes(), limits.graphBytes()));
    }
    byte[] model = readVerified(name, ByteBuffer::allocate).array();
    Path file = folder.resolve(name);
    return new Graph(
        file, model, GraphScan.externalTensors(file.toString(), model, manifest.files(), limits));
  }

  /** Reads a file, into what {@code memory} gives for its size, and checks size and hash. */
  private ByteBuffer readVerified(String name, IntFunction<ByteBuffer> memory) {
    BundleManifest.FileEntry entry = manifest.files().get(name);
    Path file = folder.resolve(name);
    try {
      Path real = file.toRealPath();
      if (!real.startsWith(folder.toRealPath())) {
        throw new BundleException(file + " leads out of the bundle, to " + real);
      }
      if (!Files.isRegularFile(real)) {
        throw new BundleException(file + " is no regular file");
      }
      // Not a channel: it would be closed under a thread that is interrupted.
      try (FileInputStream input = new FileInputStream(real.toFile())) {
        long bytes = Files.size(real);
        if (bytes != entry.bytes()) {
          throw new BundleException(
              "%s has %d bytes; the manifest says %d".formatted(file, bytes, entry.bytes()));
        }
        if (entry.bytes() > Integer.MAX_VALUE) {
          throw new BundleException(file + " has " + entry.bytes() + " bytes; 2 GiB is too many");
        }
        ByteBuffer kept = memory.apply((int) entry.bytes());
        String hash = read(input, kept, entry.bytes());
        if (!hash.equals(entry.sha256())) {
          throw new BundleException(
              "%s is damaged: its SHA-256 is %s; the manifest says %s"
                  .formatted(file, hash, entry.sha256()));
        }
        return kept == null ? null : kept.flip();
      }
    } catch (NoSuchFileException e) {
      throw new BundleException(file + " is missing; the manifest lists it", e);
    } catch (IOException e) {
      throw new BundleException("cannot read " + file + ": " + FileFailure.reason(e), e);
    }
  }

  private static String read(InputStream input, ByteBuffer kept, long bytes) throws IOException {
    MessageDigest digest = sha256();
    byte[] array = new byte[CHUNK];
    for (long left = bytes; left > 0; ) {
      int n = input.read(array, 0, (int) Math.min(CHUNK, left));
      if (n < 0) {
        break; // it has shrunk since its size was asked: the hash will say so
      }
      digest.update(array, 0, n);
      if (kept != null) {
        kept.put(array, 0, n);
      }
      left -= n;
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
