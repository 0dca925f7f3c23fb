package io.deweather.converter;

import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
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
import java.util.HashMap;
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

  private static final int[][] SIZES = {{16, 16}, {33, 47}, {96, 64}, {119, 181}};

  private final Path bundle;
  private final List<Check> checks = new ArrayList<>();

  private BundleVerifier(Path bundle) {
    this.bundle = bundle;
  }

  /**
   * Verifies a bundle. Takes seconds.
   *
   * @param bundle the folder; whatever is wrong with it is in the report, nothing is thrown for it
   */
  public static VerificationReport verify(Path bundle) {
    BundleVerifier verifier = new BundleVerifier(bundle);
    verifier.run();
    return new VerificationReport(bundle, verifier.checks);
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
    if (found.restored.size() == found.graphs.size()) {
      check("views differ", () -> viewsDiffer(found));
    }
  }

  /** What earlier checks read for later ones. */
  private static final class Found {
    private BundleManifest manifest;
    private Map<Weather, ViewGraph> graphs;
    private BundleContents contents;
    private final Map<Weather, List<byte[]>> restored = new HashMap<>();
  }

  private boolean check(String name, Step step) {
    try {
      return checks.add(new Check(name, true, step.run()));
    } catch (DeweatherException e) {
      checks.add(new Check(name, false, e.getMessage()));
    } catch (IOException e) {
      checks.add(new Check(name, false, "cannot read " + e.getMessage()));
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
    ModelProto common = null;
    for (Map.Entry<Weather, ViewGraph> entry : found.graphs.entrySet()) {
      ViewGraph graph = entry.getValue();
      requireVersions(graph);
      String weather = Onnx.metadata(graph.model(), ViewBaker.WEATHER_KEY, "none");
      if (!weather.equals(entry.getKey().id())) {
        throw new BundleException(
            "%s is the view of %s, the manifest has it for %s"
                .formatted(graph.file(), weather, entry.getKey()));
      }
      common = common == null ? graph.withoutMask() : common;
      if (!graph.withoutMask().equals(common)) {
        throw new BundleException(
            graph.file() + " differs from the first graph in more than its masks");
      }
    }
    found.contents = BundleContents.read(bundle);
    ViewGraph first = found.graphs.values().iterator().next();
    requireFunctions(first, found.contents);
    return "%d graphs agree apart from masks: IR %d, opset %d, %d of %d tensors masked, background %s"
        .formatted(
            found.graphs.size(),
            common.getIrVersion(),
            Onnx.opset(common),
            first.maskedTensors().size(),
            found.contents.network().parameters().size(),
            found.manifest.background());
  }

  private static void requireVersions(ViewGraph graph) {
    ModelProto model = graph.model();
    if (model.getIrVersion() != ViewBaker.IR_VERSION) {
      throw new BundleException(
          "%s: IR version must be %d, is %d"
              .formatted(graph.file(), ViewBaker.IR_VERSION, model.getIrVersion()));
    }
    for (OperatorSetIdProto opset : model.getOpsetImportList()) {
      if (!Onnx.isStandard(opset.getDomain()) && !opset.getDomain().equals(Onnx.DEWEATHER)) {
        throw new BundleException(graph.file() + " needs operators of domain " + opset.getDomain());
      }
    }
    for (NodeProto node : model.getGraph().getNodeList()) {
      if (!Onnx.isStandard(node.getDomain()) && !node.getDomain().equals(Onnx.DEWEATHER)) {
        throw new BundleException(
            "%s has a node of an unknown kind, %s.%s"
                .formatted(graph.file(), node.getDomain(), node.getOpType()));
      }
    }
  }

  private static void requireFunctions(ViewGraph graph, BundleContents contents) {
    String background = contents.manifest().background();
    boolean overBase = background.equals("base");
    List<FunctionProto> expected =
        ViewBaker.functions(contents.network(), overBase, Onnx.opset(graph.model()));
    if (!graph.model().getFunctionsList().equals(expected)) {
      throw new BundleException(
          "%s: its functions must be those of a bundle with background %s: %s"
              .formatted(
                  graph.file(),
                  background,
                  expected.stream().map(FunctionProto::getName).toList()));
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

  private String parity(Found found, Weather weather) {
    MaskedNetwork masked = MaskedNetwork.of(found.contents, weather);
    List<byte[]> restored = new ArrayList<>();
    Difference difference = new Difference();
    try (BakedView view = BakedView.open(found.graphs.get(weather).file())) {
      for (int[] size : SIZES) {
        ProbeFrame frame = ProbeFrame.of(size[0], size[1]);
        byte[] actual = view.restore(frame);
        restored.add(actual);
        difference.add(masked.restore(frame), actual);
      }
    }
    found.restored.put(weather, restored);
    String measured =
        "max %d, mean %.4f grey levels (at most %d, below %s) against %s, %d frames up to %dx%d"
            .formatted(
                difference.max(),
                difference.mean(),
                MAX_LEVELS,
                MEAN_LEVELS,
                masked.engine(),
                SIZES.length,
                SIZES[SIZES.length - 1][1],
                SIZES[SIZES.length - 1][0]);
    if (difference.max() > MAX_LEVELS || difference.mean() >= MEAN_LEVELS) {
      throw new BundleException(measured);
    }
    return measured;
  }

  private static String viewsDiffer(Found found) {
    List<Weather> weathers = List.copyOf(found.graphs.keySet());
    double least = Double.POSITIVE_INFINITY;
    String pair = "";
    for (int a = 0; a < weathers.size(); a++) {
      for (int b = a + 1; b < weathers.size(); b++) {
        Difference difference = new Difference();
        for (int i = 0; i < SIZES.length; i++) {
          difference.add(
              found.restored.get(weathers.get(a)).get(i),
              found.restored.get(weathers.get(b)).get(i));
        }
        if (difference.mean() < least) {
          least = difference.mean();
          pair = weathers.get(a) + " and " + weathers.get(b);
        }
      }
    }
    if (pair.isEmpty()) {
      return "there is only one view";
    }
    String measured =
        "least between %s: mean %.3f grey levels (at least %s)".formatted(pair, least, VIEW_LEVELS);
    if (least < VIEW_LEVELS) {
      throw new BundleException(measured);
    }
    return measured;
  }
}
