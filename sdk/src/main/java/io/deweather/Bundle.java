package io.deweather;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A bundle folder whose every file was found to be what its manifest says. Immutable; holds no
 * resource.
 *
 * <p>What was checked holds for the moment of opening. {@link OnnxRestorer} does not rely on the
 * folder afterwards: it runs the very bytes that were hashed.
 */
public final class Bundle {
  private final Path folder;
  private final BundleManifest manifest;
  private final Map<Weather, Path> graphs;

  Bundle(Path folder, BundleManifest manifest, Map<Weather, Path> graphs) {
    this.folder = folder;
    this.manifest = manifest;
    this.graphs = Collections.unmodifiableMap(new LinkedHashMap<>(graphs));
  }

  /**
   * Opens a bundle under {@link BundleLimits#DEFAULT}.
   *
   * @see #open(Path, BundleLimits)
   */
  public static Bundle open(Path folder) {
    return open(folder, BundleLimits.DEFAULT);
  }

  /**
   * Reads {@code bundle.json} and checks every file that it lists: it lies inside the folder (also
   * after symbolic links), has the size and SHA-256 that the manifest says, and no graph refers to
   * external data other than a listed file. About 10 ms for each megabyte on a JVM that just
   * started, 1 ms later; the weights are in memory while they are checked.
   *
   * @param folder the bundle
   * @param limits what it may cost to read
   * @throws BundleException naming the file, if one is missing, damaged, outside the folder, too
   *     large or of a newer schema
   */
  public static Bundle open(Path folder, BundleLimits limits) {
    return BundleContents.read(folder, limits).bundle();
  }

  /** The folder, as it was given to {@link #open(Path)}. */
  public Path folder() {
    return folder;
  }

  /** What {@code bundle.json} says, provenance included. */
  public BundleManifest manifest() {
    return manifest;
  }

  /** The weathers that this bundle has a view for, in the manifest's order. */
  public List<Weather> weathers() {
    return List.copyOf(graphs.keySet());
  }

  /**
   * The graph file of a weather.
   *
   * @throws BundleException listing the known weathers, if this is none of them
   */
  public Path graph(Weather weather) {
    Path graph = graphs.get(weather);
    if (graph == null) {
      throw new BundleException(
          "bundle %s knows %s; it has no view for %s"
              .formatted(manifest.name(), weatherList(), weather));
    }
    return graph;
  }

  /** The weathers for a message: {@code rain, raindrop, snow}. */
  String weatherList() {
    return graphs.keySet().stream().map(Weather::id).collect(Collectors.joining(", "));
  }

  /** Returns name, weathers, precision and folder. */
  @Override
  public String toString() {
    return "Bundle[%s: %s; %s; %s]"
        .formatted(manifest.name(), weatherList(), manifest.precision(), folder);
  }
}
