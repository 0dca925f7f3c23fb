package io.deweather.converter;

import ai.onnx.proto.OnnxMl.ModelProto;
import io.deweather.BundleException;
import io.deweather.BundleManifest;
import io.deweather.BundleManifest.FileEntry;
import io.deweather.BundleManifest.FrameContract;
import io.deweather.Weather;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Bakes a network and its visibility into a bundle: one graph per weather, {@code weights.bin},
 * {@code bundle.json}.
 *
 * <pre>{@code
 * BundleWriter.builder(Network.read(onnx), Visibility.read(masks))
 *     .name("edge")
 *     .license("Apache-2.0")
 *     .write(Path.of("models/zoo/edge"));
 * }</pre>
 *
 * <p>The same input gives the same bytes, apart from the time of writing in {@code bundle.json},
 * which {@link #created} fixes. Not thread-safe.
 */
public final class BundleWriter {
  private final Network network;
  private final Visibility visibility;
  private Network background;
  private String name;
  private String license;
  private Instant created;
  private Map<String, Object> provenance = Map.of();
  private Map<String, Object> quality = Map.of();

  private BundleWriter(Network network, Visibility visibility) {
    this.network = network;
    this.visibility = visibility;
  }

  /**
   * Starts a bundle.
   *
   * @param network what every view computes
   * @param visibility of every parameter of the network, for each weather that gets a view
   * @throws BundleException naming the tensor, if the visibility does not fit the network
   */
  public static BundleWriter builder(Network network, Visibility visibility) {
    visibility.requireFits(network);
    return new BundleWriter(network, visibility);
  }

  /** The bundle's name, for people; the folder's if not given. */
  public BundleWriter name(String name) {
    this.name = name;
    return this;
  }

  /** The SPDX id of the weights' licence; {@code NOASSERTION} if not given. */
  public BundleWriter license(String license) {
    this.license = license;
    return this;
  }

  /** When the bundle was made, to the second; now if not given. */
  public BundleWriter created(Instant created) {
    this.created = created;
    return this;
  }

  /** Where the weights come from: training run, data, versions; empty if not given. */
  public BundleWriter provenance(Map<String, Object> provenance) {
    this.provenance = new LinkedHashMap<>(provenance);
    return this;
  }

  /** What was measured; empty if not given. */
  public BundleWriter quality(Map<String, Object> quality) {
    this.quality = new LinkedHashMap<>(quality);
    return this;
  }

  /**
   * The network whose values a view has where its weather does not see a parameter; zeros if not
   * given. Only the values of parameters that not every weather sees are kept.
   */
  public BundleWriter background(Network background) {
    this.background = background;
    return this;
  }

  /**
   * Writes the bundle: completely beside {@code out}, then moved into place. If {@code out} is a
   * bundle it is replaced; until the new one is complete it stays as it is.
   *
   * @param out the folder; the one it lies in must exist
   * @return what {@code bundle.json} says
   * @throws BundleException if the network cannot be baked, {@code out} is something else than a
   *     bundle or an empty folder, or writing fails, in which case nothing is left behind
   */
  public BundleManifest write(Path out) {
    BundleFolder folder = BundleFolder.prepare(out);
    ViewBaker.Baked baked = ViewBaker.bake(network, visibility, background);
    return folder.replace(
        part -> {
          baked.weights().write(part);
          for (Map.Entry<Weather, ModelProto> graph : baked.graphs().entrySet()) {
            Files.write(part.resolve(graphFile(graph.getKey())), graph.getValue().toByteArray());
          }
          BundleManifest manifest = manifest(part, folder.name());
          manifest.write(part);
          return manifest;
        });
  }

  private BundleManifest manifest(Path part, String folderName) throws IOException {
    Map<String, String> graphs = new LinkedHashMap<>();
    Map<String, FileEntry> files = new LinkedHashMap<>();
    for (Weather weather : visibility.weathers()) {
      String file = graphFile(weather);
      graphs.put(weather.id(), file);
      files.put(file, Sha256.of(part.resolve(file)));
    }
    files.put(WeightsFile.NAME, Sha256.of(part.resolve(WeightsFile.NAME)));
    Instant time = created == null ? Instant.now() : created;
    return new BundleManifest(
        BundleManifest.SCHEMA_VERSION,
        name == null ? folderName : name,
        time.truncatedTo(ChronoUnit.SECONDS).toString(),
        license == null ? "NOASSERTION" : license,
        "fp32",
        background == null ? "zero" : "base",
        FrameContract.BGR_UINT8,
        graphs,
        null,
        network.parameterCount(),
        macsPer256(network),
        provenance,
        quality,
        files);
  }

  /** For a 256x256 image, or the next larger one that the network takes. */
  static long macsPer256(Network network) {
    int multiple = network.multiple();
    int size = (256 + multiple - 1) / multiple * multiple;
    return network.macs(size, size);
  }

  private static String graphFile(Weather weather) {
    return weather.id() + ".onnx";
  }
}
