package io.deweather.converter;

import ai.onnx.proto.OnnxMl.ModelProto;
import io.deweather.BundleException;
import io.deweather.BundleManifest;
import io.deweather.BundleManifest.FileEntry;
import io.deweather.BundleManifest.FrameContract;
import io.deweather.SelectorManifest;
import io.deweather.Weather;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
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
  /**
   * The PSNR against single precision, in dB, that {@link #target} is by default: rounding that far
   * below takes 0.27 dB from a restored frame that is 30 dB from the truth.
   */
  public static final double DEFAULT_TARGET = 42;

  private Network network;
  private final Visibility visibility;
  private Network background;
  private String name;
  private String license;
  private Instant created;
  private Map<String, Object> provenance = Map.of();
  private Map<String, Object> quality = Map.of();
  private Precision precision = Precision.FP32;
  private FrameSet calibration;
  private boolean selfEnsemble;
  private double target = DEFAULT_TARGET;
  private SelectorFile selector;
  private SelectorManifest selection;
  private BundleManifest origin;

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

  /**
   * Checks that a network can be written as a bundle: what it is made of, and by running it once.
   * {@link #write} does so too, but for what comes from a bundle; this is for before it is trained.
   *
   * @throws BundleException if it cannot
   */
  public static void requireBakeable(Network network) {
    TrialRun.require(BakeableNetwork.of(network));
  }

  /**
   * Starts a bundle from another: with its network, masks, background, selector, licence,
   * provenance and quality. In another precision, what was measured of it goes to {@code fp32} in
   * the new one's quality, as a {@link #selfEnsemble} to {@code without_self_ensemble}.
   *
   * @param bundle in single precision
   * @throws BundleException naming the file, if it cannot be read or has another precision
   */
  public static BundleWriter from(Path bundle) {
    BundleContents contents = BundleContents.read(bundle);
    BundleManifest manifest = contents.manifest();
    if (!manifest.precision().equals(Precision.FP32.id())) {
      throw new BundleException(
          "%s is %s; only a bundle in fp32 can be converted"
              .formatted(bundle, manifest.precision()));
    }
    BundleWriter writer =
        builder(contents.network(), contents.visibility())
            .name(manifest.name())
            .license(manifest.license())
            .provenance(manifest.provenance())
            .quality(manifest.quality());
    writer.origin = manifest;
    contents.background().ifPresent(writer::background);
    return writer.selectorOf(bundle);
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

  /** How parameters are stored and computed with; {@link Precision#FP32} if not given. */
  public BundleWriter precision(Precision precision) {
    this.precision = precision;
    return this;
  }

  /**
   * Lets every view restore a frame and its mirror image and give the mean of the two: better
   * pictures with the same parameters, for twice the arithmetic and memory (the geometric
   * self-ensemble of Timofte et al., CVPR 2016). {@link BundleContents} of such a bundle has the
   * network with both, which is not for training.
   *
   * @throws BundleException if the network is a self-ensemble already, or does not take two
   *     pictures at a time as it takes each
   */
  public BundleWriter selfEnsemble() {
    requireBakeable(network);
    network = SelfEnsemble.of(network);
    selfEnsemble = true;
    return this;
  }

  /**
   * What recognises the weather; none if not given. In fp16 and int8 bundles its largest arrays are
   * stored in 8 bits, the others in halves; it computes in single precision everywhere.
   *
   * @param selector read already, so that its file may lie in the bundle that is replaced
   * @param manifest its weathers are the selector's; the file's name in it does not matter
   * @throws BundleException if the weathers are not the selector's, or one of them has no view
   */
  public BundleWriter selector(SelectorFile selector, SelectorManifest manifest) {
    if (!manifest.weathers().equals(selector.weathers())) {
      throw new BundleException(
          "the selector knows %s, its manifest says %s"
              .formatted(selector.weathers(), manifest.weathers()));
    }
    List<String> views = visibility.weathers().stream().map(Weather::id).toList();
    if (!views.containsAll(selector.weathers())) {
      throw new BundleException(
          "the selector knows %s, the bundle has views for %s"
              .formatted(selector.weathers(), views));
    }
    this.selector = selector;
    selection =
        new SelectorManifest(
            SelectorFile.NAME, manifest.weathers(), manifest.every(), manifest.filter());
    return this;
  }

  /**
   * What recognises the weather in another bundle, with its settings; none if that has none.
   *
   * @throws BundleException naming the file, if it cannot be read, or as {@link #selector}
   */
  public BundleWriter selectorOf(Path bundle) {
    SelectorManifest manifest = BundleManifest.read(bundle).selector();
    return manifest == null
        ? this
        : selector(SelectorFile.read(BundleContents.file(bundle, manifest.file())), manifest);
  }

  /**
   * Frames as the views will meet them, for {@link Precision#INT8}: what flows through a view on
   * them decides its levels. Some twenty of each weather are enough.
   */
  public BundleWriter calibration(FrameSet frames) {
    this.calibration = frames;
    return this;
  }

  /**
   * How close an {@link Precision#INT8} bundle has to come to single precision before no more
   * layers are left in float: the PSNR of restored calibration frames, of the view that is furthest
   * off.
   *
   * @param decibels {@value #DEFAULT_TARGET} by default; 0 leaves none in float
   */
  public BundleWriter target(double decibels) {
    this.target = decibels;
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
    StoredViews views = views();
    return folder.replace(
        part -> {
          views.weights().write(part);
          Map<String, FileEntry> files = new LinkedHashMap<>();
          Map<String, String> graphs = write(part, views, views.graphs(), ".onnx", files);
          Map<String, String> halfGraphs =
              write(part, views, views.halfGraphs(), ".half.onnx", files);
          files.put(WeightsFile.NAME, Sha256.of(part.resolve(WeightsFile.NAME)));
          // What was rewritten has to load here, not on the GPU that it is for.
          halfGraphs.values().forEach(graph -> BakedView.open(part.resolve(graph)).close());
          if (selector != null) {
            Path file = part.resolve(SelectorFile.NAME);
            Files.write(file, selector.bytes(precision));
            files.put(SelectorFile.NAME, Sha256.of(file));
          }
          Map<String, Object> measured = measured();
          measured.putAll(views.quality());
          BundleManifest manifest =
              manifest(
                  folder.name(), graphs, halfGraphs.isEmpty() ? null : halfGraphs, files, measured);
          manifest.write(part);
          return manifest;
        });
  }

  private StoredViews views() {
    if (precision == Precision.INT8 && calibration == null) {
      throw new BundleException("int8 needs frames to calibrate on");
    }
    Network inside = BakeableNetwork.of(network);
    if (origin == null) {
      TrialRun.require(inside);
    }
    // In an integer graph the last node gives one of the values that are rounded.
    ViewBaker.Baked baked =
        ViewBaker.bake(inside, visibility, background, precision != Precision.INT8);
    return switch (precision) {
      case FP32 -> StoredViews.single(baked);
      case FP16 -> HalfViews.of(inside, baked);
      case INT8 -> IntegerViews.of(inside, visibility, background, baked, calibration, target);
    };
  }

  /** What was given; what was measured of a bundle that computes otherwise is told apart. */
  private Map<String, Object> measured() {
    Map<String, Object> measured = new LinkedHashMap<>();
    if (computesOtherwise() && quality.equals(origin.quality()) && !quality.isEmpty()) {
      measured.put(selfEnsemble ? "without_self_ensemble" : origin.precision(), quality);
    } else {
      measured.putAll(quality);
    }
    return measured;
  }

  private boolean computesOtherwise() {
    return origin != null && (changesPrecision() || selfEnsemble);
  }

  private boolean changesPrecision() {
    return !origin.precision().equals(precision.id());
  }

  private Map<String, Object> traced() {
    Map<String, Object> traced = new LinkedHashMap<>(provenance);
    if (computesOtherwise() && provenance.equals(origin.provenance())) {
      FileEntry weights = origin.files().get(WeightsFile.NAME);
      traced.put(
          "converted_from",
          Map.of("name", origin.name(), "weights_sha256", weights == null ? "" : weights.sha256()));
    }
    if (selfEnsemble) {
      traced.put("self_ensemble", "of a frame and its mirror image");
    }
    return traced;
  }

  /** Writes graphs; returns their names by weather, and adds them to the files. */
  private static Map<String, String> write(
      Path part,
      StoredViews views,
      Map<Weather, ModelProto> graphs,
      String suffix,
      Map<String, FileEntry> files)
      throws IOException {
    Map<String, String> names = new LinkedHashMap<>();
    for (Map.Entry<Weather, ModelProto> graph : graphs.entrySet()) {
      String name = graph.getKey().id() + suffix;
      ModelProto placed = views.weights().placed(graph.getValue());
      Files.write(part.resolve(name), placed.toByteArray());
      names.put(graph.getKey().id(), name);
      files.put(name, Sha256.of(part.resolve(name)));
    }
    return names;
  }

  private BundleManifest manifest(
      String folderName,
      Map<String, String> graphs,
      Map<String, String> halfGraphs,
      Map<String, FileEntry> files,
      Map<String, Object> measured) {
    Instant time = created == null ? Instant.now() : created;
    return new BundleManifest(
        BundleManifest.SCHEMA_VERSION,
        name == null ? folderName : name,
        time.truncatedTo(ChronoUnit.SECONDS).toString(),
        license == null ? "NOASSERTION" : license,
        precision.id(),
        background == null ? "zero" : "base",
        FrameContract.BGR_UINT8,
        graphs,
        halfGraphs,
        selection,
        network.parameterCount(),
        macsPer256(network),
        traced(),
        measured,
        files);
  }

  /** For a 256x256 image, or the next larger one that the network takes. */
  static long macsPer256(Network network) {
    int multiple = network.multiple();
    int size = (256 + multiple - 1) / multiple * multiple;
    return network.macs(size, size);
  }
}
