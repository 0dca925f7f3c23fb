package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.deweather.BundleException;
import io.deweather.BundleManifest;
import io.deweather.Weather;
import io.deweather.converter.VerificationReport.Check;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bundles of {@link Precision#INT8}, and what ONNX Runtime makes of them on the CPU. */
class IntegerPrecisionTest {
  @TempDir Path folder;
  private final FrameSet frames = FrameSet.synthetic(Samples.WEATHERS);

  private BundleWriter writer(Network network, Visibility visibility) {
    return Samples.bundle(network, visibility).precision(Precision.INT8).calibration(frames);
  }

  private Path write(String name, boolean overBase) {
    Network network = Samples.network(1);
    BundleWriter writer = writer(network, visibility(network)).target(0);
    if (overBase) {
      writer.background(Samples.network(3));
    }
    writer.write(folder.resolve(name));
    return folder.resolve(name);
  }

  private static Visibility visibility(Network network) {
    return Samples.withCommon(Samples.visibility(network, 0.5, 2), "body.weight");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyConvolutionIsIntegerAndEveryMaskIsFolded(boolean overBase) throws Exception {
    Path bundle = write("int8", overBase);
    for (Weather weather : Samples.WEATHERS) {
      Map<String, Integer> operators =
          OptimisedGraph.of(bundle.resolve(weather + ".onnx"), folder).operators();
      assertThat(operators).containsEntry("QLinearConv", 4);
      assertThat(operators)
          .doesNotContainKeys(
              "Conv",
              "Relu",
              "Where",
              "BitShift",
              "Split",
              "Reshape",
              "Round",
              "Div",
              "Mul",
              "Or",
              "CumSum",
              "GatherElements");
      // The 12 channels of the last layer run as 16.
      assertThat(operators).containsEntry("Slice", 2);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatRunsIsTheMaskedLevelsAndMaskedParametersAreExactlyZero(boolean overBase)
      throws Exception {
    Network network = Samples.network(1);
    Network base = Samples.network(3);
    Visibility visibility = visibility(network);
    Path bundle = write("int8", overBase);
    for (Weather weather : Samples.WEATHERS) {
      OptimisedGraph graph = OptimisedGraph.of(bundle.resolve(weather + ".onnx"), folder);
      Map<String, TensorProto> initializers = graph.initializers();
      Iterator<String> layers = List.of("head", "down", "body", "tail").iterator();
      for (NodeProto node : graph.nodes()) {
        if (node.getOpType().equals("QLinearConv")) {
          TensorProto weight = initializers.get(node.getInput(3));
          float[] scales = Network.floats(initializers.get(node.getInput(4)));
          byte[] levels = weight.getRawData().toByteArray();
          String tensor = layers.next() + ".weight";
          float[] values = network.parameters().get(tensor).values();
          float[] under = base.parameters().get(tensor).values();
          boolean[] seen = visibility.mask(tensor, weather);
          int each = levels.length / (int) weight.getDims(0);
          for (int i = 0; i < values.length; i++) {
            double value = seen[i] ? values[i] : overBase ? under[i] : 0;
            assertThat((int) levels[i]).isEqualTo((int) Math.rint(value / scales[i / each]));
          }
          for (int i = values.length; i < levels.length; i++) {
            assertThat(levels[i]).as("an added channel").isZero();
          }
        }
      }
      assertThat(layers.hasNext()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void passesVerificationAlsoAgainstSinglePrecision(boolean overBase) {
    Path bundle = write("int8", overBase);
    Network network = Samples.network(1);
    BundleWriter single = Samples.bundle(network, visibility(network));
    if (overBase) {
      single.background(Samples.network(3));
    }
    single.write(folder.resolve("single"));
    VerificationReport report = BundleVerifier.verify(bundle, folder.resolve("single"), frames);
    assertThat(report.checks()).allMatch(Check::passed);
    assertThat(report.comparisons()).hasSize(3).allMatch(c -> c.psnr() > 38);
  }

  /** A network from elsewhere may list its parameters in any order. */
  @Test
  void baseValuesStayWithTheirTensorsWhateverTheOrderOfInitializers() {
    Network network = reversed(Samples.network(1));
    Network base = reversed(Samples.network(3));
    Visibility visibility = visibility(network);
    Path bundle = folder.resolve("int8");
    writer(network, visibility).target(0).background(base).write(bundle);

    Network stored = BundleContents.read(bundle).background().orElseThrow();
    for (String tensor : network.parameters().keySet()) {
      float[] expected = base.parameters().get(tensor).values();
      float[] actual = stored.parameters().get(tensor).values();
      byte[] bits = visibility.bits(tensor);
      for (int i = 0; i < bits.length; i++) {
        if (bits[i] != 7) {
          assertThat(actual[i]).as(tensor).isCloseTo(expected[i], within(0.01f));
        }
      }
    }
  }

  private static Network reversed(Network network) {
    ModelProto.Builder model = network.model().toBuilder();
    List<TensorProto> initializers = new ArrayList<>(model.getGraph().getInitializerList());
    Collections.reverse(initializers);
    model.getGraphBuilder().clearInitializer().addAllInitializer(initializers);
    return Network.of(model.build());
  }

  @Test
  void storesOneByteForEachWeightOnce() throws Exception {
    Path bundle = write("int8", false);
    BundleManifest manifest = BundleManifest.read(bundle);
    assertThat(manifest.precision()).isEqualTo("int8");
    // One byte, one bit and for each specific one, every other, three; and for each of 76 channels
    // a bias and a scale.
    assertThat(Files.size(bundle.resolve("weights.bin")))
        .isLessThan((long) (1.32 * manifest.parameters()) + 8 * 76 + 20 * 64);
  }

  @Test
  void readsBackTheNumbersThatTheLevelsStandFor() {
    Network network = Samples.network(1);
    BundleContents contents = BundleContents.read(write("int8", true));
    for (String name : List.of("head.weight", "body.weight", "tail.weight")) {
      float[] written = network.parameters().get(name).values();
      float[] read = contents.network().parameters().get(name).values();
      float[] base = Samples.network(3).parameters().get(name).values();
      int each = written.length / (int) network.parameters().get(name).shape()[0];
      for (int i = 0; i < written.length; i++) {
        int channel = i / each * each;
        float largest = 0;
        for (int k = channel; k < channel + each; k++) {
          largest = Math.max(largest, Math.max(Math.abs(written[k]), Math.abs(base[k])));
        }
        assertThat(Math.abs(read[i] - written[i])).isLessThanOrEqualTo(0.502f * largest / 127);
      }
    }
    assertThat(contents.network().parameters().get("head.bias").values())
        .isEqualTo(network.parameters().get("head.bias").values());
    assertThat(contents.network().model().getGraph().getNodeList())
        .extracting(NodeProto::getOpType)
        .containsExactlyElementsOf(
            network.model().getGraph().getNodeList().stream().map(NodeProto::getOpType).toList());
    assertThat(contents.visibility().bits("tail.weight"))
        .isEqualTo(visibility(network).bits("tail.weight"));
  }

  @Test
  void leavesLayersInFloatUntilTheTargetIsMet() throws Exception {
    Network network = Samples.network(1);
    Path bundle = folder.resolve("int8");
    BundleManifest manifest = writer(network, visibility(network)).target(1000).write(bundle);
    Map<?, ?> measured = (Map<?, ?>) manifest.quality().get("int8");
    List<?> inFloat = (List<?>) measured.get("layers_in_float");
    assertThat(inFloat).isNotEmpty();
    Map<String, Integer> operators =
        OptimisedGraph.of(bundle.resolve("rain.onnx"), folder).operators();
    assertThat(operators.getOrDefault("QLinearConv", 0)).isEqualTo(4 - inFloat.size());
    assertThat(operators.get("Conv")).isEqualTo(inFloat.size());
    Map<?, ?> all =
        (Map<?, ?>)
            writer(network, visibility(network))
                .target(0)
                .write(folder.resolve("all"))
                .quality()
                .get("int8");
    assertThat(least(measured)).isGreaterThan(least(all) + 0.2);
    assertThat(BundleVerifier.verify(bundle).checks()).allMatch(Check::passed);
  }

  private static double least(Map<?, ?> measured) {
    return ((Map<?, ?>) measured.get("psnr_against_fp32"))
        .values().stream().mapToDouble(v -> (Double) v).min().orElseThrow();
  }

  @Test
  void needsFramesToCalibrateOn() {
    Network network = Samples.network(1);
    BundleWriter writer = Samples.bundle(network, visibility(network)).precision(Precision.INT8);
    assertThatThrownBy(() -> writer.write(folder.resolve("int8")))
        .isInstanceOf(BundleException.class)
        .hasMessage("int8 needs frames to calibrate on");
    assertThat(folder.resolve("int8")).doesNotExist();
  }

  @Test
  void aLayerWhoseWeightsAreAllZeroKeepsItsBias() {
    Network network =
        Samples.singleLayer(1, Network.ColourOrder.BGR)
            .withParameters(
                Map.of("only.weight", new float[81], "only.bias", new float[] {0.1f, 0.2f, 0.3f}));
    Path bundle = folder.resolve("int8");
    writer(network, Visibility.common(Samples.WEATHERS, network)).target(0).write(bundle);
    try (BakedView view = BakedView.open(bundle.resolve("rain.onnx"))) {
      byte[] restored = view.restore(new ProbeFrame(16, 16, new byte[16 * 16 * 3]));
      assertThat(Arrays.copyOf(restored, 3)).containsExactly(26, 51, 76);
    }
  }

  @Test
  void theRestOfANetworkStaysInFloat() {
    GraphBuilder g = new GraphBuilder("mixed", 4);
    String wide = g.gelu(g.conv3("head", g.input(), 3, 16));
    String up = g.convTranspose2("up", g.conv("down", wide, 16, 16, 3, 2, 1), 16, 16);
    String tail = g.conv("tail", g.concat(up, wide), 32, 3, 3, 1, 0.2);
    Network network = g.build(g.sum(g.input(), tail), 2, Network.ColourOrder.RGB);
    Path bundle = folder.resolve("int8");
    writer(network, Samples.visibility(network, 0.3, 2)).write(bundle);
    assertThat(BundleVerifier.verify(bundle).checks()).allMatch(Check::passed);
  }
}
