package io.deweather.converter;

import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import io.deweather.BundleException;
import io.deweather.BundleManifest;
import io.deweather.BundleManifest.FileEntry;
import io.deweather.DeweatherException;
import io.deweather.Weather;
import io.deweather.converter.VerificationReport.Check;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Checks a bundle before it goes onto a vehicle: every file is what the manifest says, the graphs
 * agree apart from their masks, and each view gives what the masked network gives when it is
 * evaluated independently of the graphs' functions and of ONNX Runtime's optimiser (see {@link
 * MaskedNetwork}).
 *
 * <p>Parity is measured on frames of {@link ProbeFrame}, of sizes that are no multiple of anything
 * among them. A rounding tie may fall either way, so a pixel may differ by {@value #MAX_LEVELS}
 * grey level, all of them on average by less than {@value #MEAN_LEVELS}. Views must differ from
 * each other by {@value #VIEW_LEVELS} grey levels on average or more, ten times that.
 */
public final class BundleVerifier {
  /** The most by which a pixel may differ from the independent evaluation, in grey levels. */
  public static final int MAX_LEVELS = 1;

  /** What the mean difference must stay below, in grey levels. */
  public static final double MEAN_LEVELS = 0.01;

  /** The least mean difference between any two views, in grey levels. */
  public static final double VIEW_LEVELS = 0.1;

  /**
   * The least PSNR of an integer view against the evaluation of the same rounded network in floats,
   * in dB. Sums of products that fall between two levels go to either side, and what follows from
   * it is as large as the rounding itself; so no closer bound holds for every network.
   */
  public static final double INT8_PARITY_PSNR = 40;

  /** The least PSNR of a graph in half precision against single precision, in dB. */
  public static final double HALF_PSNR = 50;

  /** The least PSNR of an integer view against another bundle's in single precision, in dB. */
  public static final double INT8_PSNR = 36;

  /** The most of the PSNR gain that a bundle may lose against another, in dB. */
  public static final double MOST_GAIN_LOST = 0.3;

  /** The most by which a selector's probability may be off another bundle's. */
  public static final double MOST_PROBABILITY_MOVED = 0.05;

  private final Path bundle;
  private final Path reference;
  private final FrameSet frames;
  private final List<Check> checks = new ArrayList<>();
  private final List<ViewComparison> comparisons = new ArrayList<>();
  private SelectorComparison selectorComparison;

  private BundleVerifier(Path bundle, Path reference, FrameSet frames) {
    this.bundle = bundle;
    this.reference = reference;
    this.frames = frames;
  }

  /**
   * Verifies a bundle. Takes seconds.
   *
   * @param bundle the folder; whatever is wrong with it is in the report, nothing is thrown for it
   */
  public static VerificationReport verify(Path bundle) {
    return verify(bundle, null, null);
  }

  /**
   * Verifies a bundle, and compares it with another: the one in single precision that it was
   * converted from, itself a self-ensemble if this one is.
   *
   * @param reference the other bundle's folder; null for none
   * @param frames to compare on; null for synthetic ones, which say nothing about quality
   */
  public static VerificationReport verify(Path bundle, Path reference, FrameSet frames) {
    BundleVerifier verifier = new BundleVerifier(bundle, reference, frames);
    verifier.run();
    return new VerificationReport(
        bundle, verifier.checks, verifier.comparisons, verifier.selectorComparison);
  }

  private interface Step {
    String run() throws IOException;
  }

  private void run() {
    Found found = new Found();
    boolean readable =
        check("manifest", () -> manifest(found))
            && check("files", () -> files(found.manifest))
            && check("structure", () -> structure(found));
    if (!readable) {
      return;
    }
    check("parameters", () -> parameters(found));
    for (Weather weather : found.graphs.keySet()) {
      check("parity " + weather, () -> parity(found, weather));
    }
    if (found.parities.size() == found.graphs.size()) {
      check("views differ", () -> ViewParity.requireDifferent(found.parities));
    }
    if (found.manifest.halfPrecision() != null) {
      for (Weather weather : found.parities.keySet()) {
        check("half precision " + weather, () -> half(found, weather));
      }
    }
    if (found.manifest.selector() != null) {
      check("selector", () -> selector(found.manifest));
    }
    if (reference != null && check("against " + reference.getFileName(), () -> alike(found))) {
      for (Weather weather : found.graphs.keySet()) {
        check("against " + reference.getFileName() + " " + weather, () -> against(found, weather));
      }
      if (found.manifest.selector() != null) {
        check(
            "against " + reference.getFileName() + " selector",
            () -> selectorAgainst(found.manifest));
      }
    }
  }

  /** What earlier checks read for later ones. */
  private static final class Found {
    private BundleManifest manifest;
    private Map<Weather, ViewGraph> graphs;
    private BundleContents contents;
    private final Map<Weather, ViewParity> parities = new LinkedHashMap<>();
  }

  private boolean check(String name, Step step) {
    try {
      return checks.add(new Check(name, true, step.run()));
    } catch (DeweatherException e) {
      checks.add(new Check(name, false, e.getMessage()));
    } catch (IOException e) {
      checks.add(new Check(name, false, "cannot read " + e.getMessage()));
    } catch (RuntimeException e) {
      checks.add(new Check(name, false, "a graph that makes no sense here: " + e));
    }
    return false;
  }

  private String manifest(Found found) {
    found.manifest = BundleManifest.read(bundle);
    return "schema version %d, weathers %s"
        .formatted(
            found.manifest.schemaVersion(), String.join(", ", found.manifest.weathers().keySet()));
  }

  private String files(BundleManifest manifest) throws IOException {
    long bytes = 0;
    for (Map.Entry<String, FileEntry> listed : manifest.files().entrySet()) {
      Path file = BundleContents.file(bundle, listed.getKey());
      FileEntry expected = listed.getValue();
      if (!Files.isRegularFile(file)) {
        throw new BundleException(file + " is missing");
      }
      FileEntry actual = Sha256.of(file);
      if (actual.bytes() != expected.bytes()) {
        throw new BundleException(
            "%s has %d bytes, the manifest says %d"
                .formatted(file, actual.bytes(), expected.bytes()));
      }
      if (!actual.sha256().equals(expected.sha256())) {
        throw new BundleException(
            "%s is changed: its SHA-256 is %s, the manifest says %s"
                .formatted(file, actual.sha256(), expected.sha256()));
      }
      bytes += actual.bytes();
    }
    for (String graph : manifest.weathers().values()) {
      requireListed(manifest, graph);
    }
    requireListed(manifest, WeightsFile.NAME);
    return "%d files, %d bytes: sizes and SHA-256 as listed"
        .formatted(manifest.files().size(), bytes);
  }

  private void requireListed(BundleManifest manifest, String file) {
    if (!manifest.files().containsKey(file)) {
      throw new BundleException(
          bundle.resolve(BundleManifest.FILE_NAME) + " has no size and hash of " + file);
    }
  }

  private String structure(Found found) {
    found.graphs = BundleContents.graphs(bundle, found.manifest);
    ModelProto common = ViewStructure.requireAlike(found.graphs);
    found.contents = BundleContents.read(bundle);
    ViewGraph first = found.graphs.values().iterator().next();
    ViewStructure.requireFunctions(first, found.contents, precision(found.manifest));
    return "%d graphs agree apart from masks: IR %d, opset %d, %d of %d tensors masked, background %s"
        .formatted(
            found.graphs.size(),
            common.getIrVersion(),
            Onnx.opset(common),
            first.maskedTensors().size(),
            found.contents.network().parameters().size(),
            found.manifest.background());
  }

  private static Precision precision(BundleManifest manifest) {
    try {
      return Precision.of(manifest.precision());
    } catch (IllegalArgumentException e) {
      throw new BundleException(BundleManifest.FILE_NAME + ": " + e.getMessage(), e);
    }
  }

  private static String parameters(Found found) {
    Network network = found.contents.network();
    long macs = BundleWriter.macsPer256(network);
    if (network.parameterCount() != found.manifest.parameters()
        || macs != found.manifest.macsPer256()) {
      throw new BundleException(
          "the network has %d parameters and %d MACs, the manifest says %d and %d"
              .formatted(
                  network.parameterCount(),
                  macs,
                  found.manifest.parameters(),
                  found.manifest.macsPer256()));
    }
    return "%d parameters, %d MACs for 256x256, as the manifest says"
        .formatted(network.parameterCount(), macs);
  }

  private static String parity(Found found, Weather weather) {
    ViewParity parity =
        ViewParity.measure(
            found.graphs.get(weather), found.contents, weather, precision(found.manifest));
    found.parities.put(weather, parity);
    return parity.requireClose();
  }

  private String half(Found found, Weather weather) {
    String name = found.manifest.halfPrecision().get(weather.id());
    requireListed(found.manifest, name);
    ViewGraph half = ViewGraph.read(BundleContents.file(bundle, name));
    ViewGraph single = found.graphs.get(weather);
    List<FunctionProto> expected =
        HalfViews.functions(
            found.contents.network(),
            single.overBase(),
            Onnx.opset(half.model()),
            FrameEnd.of(single.model()),
            true);
    if (!half.model().getFunctionsList().equals(expected) || !half.masksLike(single)) {
      throw new BundleException(
          "%s must be %s in half precision, with the same masks"
              .formatted(half.file(), single.file().getFileName()));
    }
    return found.parities.get(weather).half(half.file()).requirePsnr(HALF_PSNR);
  }

  private String selector(BundleManifest manifest) {
    String name = manifest.selector().file();
    requireListed(manifest, name);
    return SelectorParity.check(BundleContents.file(bundle, name), manifest.selector().weathers());
  }

  /** A self-ensemble shall differ from what it was made of: it is better. */
  private String alike(Found found) {
    boolean twice = found.contents.selfEnsemble();
    if (twice != BundleContents.read(reference).selfEnsemble()) {
      throw new BundleException(
          "%s restores each frame and its mirror image, %s does not; measure both with 'evaluate'"
              .formatted(twice ? bundle : reference, twice ? reference : bundle));
    }
    return "both restore a frame " + (twice ? "and its mirror image" : "once");
  }

  private String against(Found found, Weather weather) {
    BundleManifest other = BundleManifest.read(reference);
    String name = other.weathers().get(weather.id());
    if (name == null) {
      throw new BundleException(reference + " has no view for " + weather);
    }
    FrameSet on = frames == null ? FrameSet.synthetic(List.of(weather)) : frames;
    ViewComparison comparison =
        new BundleComparison(found.graphs.get(weather).file(), BundleContents.file(reference, name))
            .compare(weather, on);
    comparisons.add(comparison);
    double least = precision(found.manifest) == Precision.INT8 ? INT8_PSNR : HALF_PSNR;
    return comparison.requireClose(least);
  }

  private String selectorAgainst(BundleManifest manifest) {
    BundleManifest other = BundleManifest.read(reference);
    if (other.selector() == null) {
      return reference + " has no selector to compare with";
    }
    selectorComparison =
        SelectorParity.compare(
            BundleContents.file(bundle, manifest.selector().file()),
            BundleContents.file(reference, other.selector().file()),
            frames == null ? FrameSet.synthetic(List.of(Weather.RAIN)) : frames);
    return selectorComparison.requireClose();
  }
}
