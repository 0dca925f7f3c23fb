package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.deweather.BundleManifest;
import io.deweather.Weather;
import io.deweather.converter.Network.ColourOrder;
import io.deweather.converter.VerificationReport.Check;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A selector whose deep layer is large enough to be stored in 8 bits. */
class CompactSelectorTest {
  private static final List<String> WEATHERS = List.of("rain", "snow");
  private static final int DEEP = 80;
  private static final long DEEP_VALUES = 9L * DEEP * DEEP;
  private static final long HALF_VALUES = 27L * DEEP + 2L * DEEP * SelectorGraph.LOOKS;

  @TempDir Path folder;
  private Path file;
  private Path bundle;

  @BeforeEach
  void write() throws IOException {
    file = folder.resolve("own.onnx");
    Files.write(file, selector().toByteArray());
    SelectorFile selector = SelectorFile.read(file);
    Network network = Samples.network(1);
    bundle = folder.resolve("bundle");
    Samples.bundle(network, Samples.visibility(network, 0.5, 2))
        .selector(selector, selector.manifest())
        .write(bundle);
  }

  @Test
  void inSinglePrecisionItIsStoredAsItWasGiven() {
    assertThat(bundle.resolve("selector.onnx")).hasSameBinaryContentAs(file);
    assertThat(BundleInspector.inspect(bundle).selectorWeights())
        .containsEntry("fp16", HALF_VALUES + DEEP_VALUES)
        .doesNotContainKey("int8");
  }

  @ParameterizedTest
  @EnumSource(names = {"FP16", "INT8"})
  void inOtherPrecisionsItTakesLittleMoreThanHalfAndDecidesTheSame(Precision precision) {
    Path other = converted(precision);
    BundleSummary summary = BundleInspector.inspect(other);
    assertThat(summary.selectorWeights())
        .containsEntry("int8", DEEP_VALUES)
        .containsEntry("fp16", HALF_VALUES);
    assertThat((double) summary.selectorBytes() / BundleInspector.inspect(bundle).selectorBytes())
        .isBetween(0.5, 0.65);

    VerificationReport report = BundleVerifier.verify(other, bundle, null);
    assertThat(report.checks())
        .filteredOn(check -> check.name().contains("selector"))
        .hasSize(2)
        .allMatch(Check::passed);
    SelectorComparison comparison = report.selectorComparison();
    assertThat(comparison.frames()).isEqualTo(2);
    assertThat(comparison.decisions()).isEqualTo(4);
    assertThat(comparison.moved()).isZero();
    assertThat(comparison.max()).isBetween(1e-9, 0.005);
  }

  @Test
  void theRuntimeComputesWithTheWeightsThatTheLevelsStandFor() throws IOException {
    ModelProto compact =
        SelectorFile.read(converted(Precision.FP16).resolve("selector.onnx")).model();
    Path widened = folder.resolve("widened.onnx");
    Files.write(widened, inFloats(compact).toByteArray());
    SelectorComparison difference =
        SelectorParity.compare(
            folder.resolve("FP16").resolve("selector.onnx"),
            widened,
            FrameSet.synthetic(List.of(Weather.RAIN)));
    assertThat(difference.max()).isLessThan(1e-6);
  }

  @Test
  void aCompactOneStaysAsItIs() {
    Path compact = converted(Precision.FP16).resolve("selector.onnx");
    assertThat(SelectorFile.read(compact).bytes(Precision.FP16))
        .isEqualTo(SelectorFile.read(compact).bytes(Precision.FP32));
  }

  @Test
  void verifySaysWhenAnotherSelectorDecides() throws IOException {
    BundleManifest manifest = BundleManifest.read(bundle);
    Path inverted = folder.resolve("inverted");
    Path other = folder.resolve("other.onnx");
    Files.write(other, Samples.selector(WEATHERS, 0, 0).toByteArray());
    BundleWriter.from(bundle)
        .selector(SelectorFile.read(other), manifest.selector())
        .write(inverted);
    assertThat(BundleVerifier.verify(inverted, bundle, null).checks())
        .filteredOn(check -> !check.passed())
        .singleElement()
        .satisfies(
            check -> {
              assertThat(check.name()).isEqualTo("against bundle selector");
              assertThat(check.detail()).contains("(at most 0.05)", "on 2 frames");
            });
  }

  private Path converted(Precision precision) {
    Path out = folder.resolve(precision.name());
    FrameSet frames = FrameSet.synthetic(BundleContents.read(bundle).visibility().weathers());
    BundleWriter.from(bundle).precision(precision).calibration(frames).target(0).write(out);
    return out;
  }

  /** The same graph with the products of levels and scales as arrays of their own. */
  private static ModelProto inFloats(ModelProto compact) {
    ModelProto.Builder model = compact.toBuilder();
    var graph = model.getGraphBuilder();
    graph.clearInitializer();
    Map<String, TensorProto> tensors = new HashMap<>();
    compact.getGraph().getInitializerList().forEach(t -> tensors.put(t.getName(), t));
    for (var tensor : tensors.values()) {
      String name = tensor.getName();
      if (name.endsWith(".levels")) {
        String own = name.substring(0, name.length() - ".levels".length());
        float[] scales = Network.floats(tensors.get(own + ".scales"));
        float[] values = WeightLevels.values(tensor.getRawData().toByteArray(), scales);
        graph.addInitializer(GraphBuilder.floats(own, values, Onnx.shape(tensor)));
      } else if (!name.endsWith(".scales")) {
        graph.addInitializer(tensor);
      }
    }
    var nodes =
        compact.getGraph().getNodeList().stream()
            .filter(node -> node.getInputList().stream().noneMatch(i -> i.endsWith(".levels")))
            .filter(node -> node.getInputList().stream().noneMatch(i -> i.endsWith(".scales")))
            .toList();
    graph.clearNode().addAllNode(nodes);
    return model.build();
  }

  private static ModelProto selector() {
    GraphBuilder g = new GraphBuilder("trunk", 1);
    String seen = g.relu(g.conv("see", g.input(), 3, DEEP, 3, 2, 1));
    String deep = g.globalAverage(g.relu(g.conv("deep", seen, DEEP, DEEP, 3, 4, 1)));
    int features = DEEP * SelectorGraph.LOOKS;
    Network trunk =
        g.buildNumbers(
            g.reshape(deep, -1, features, 1, 1), "features", ColourOrder.BGR, "n", features, 1, 1);
    GraphBuilder h = GraphBuilder.ofFeatures("head", 2);
    int known = WEATHERS.size();
    String scores = h.reshape(h.conv("weigh", h.input(), features, known, 1, 1, 1), -1, known);
    Network head = h.buildNumbers(scores, "scores", ColourOrder.BGR, "n", known);
    float[] deviations = new float[features];
    Arrays.fill(deviations, 1);
    return SelectorGraph.of(
        new SelectorGraph.Judgement(
            trunk,
            new SelectorGraph.Scaling(new float[features], deviations),
            head,
            SelectorGraph.Calibration.none(known)),
        WEATHERS,
        null);
  }
}
