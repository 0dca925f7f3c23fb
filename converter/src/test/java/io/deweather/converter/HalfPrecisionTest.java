package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.deweather.Bundle;
import io.deweather.BundleException;
import io.deweather.BundleManifest;
import io.deweather.converter.Network.Parameter;
import io.deweather.converter.VerificationReport.Check;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bundles of {@link Precision#FP16}, beside the same ones in single precision. */
class HalfPrecisionTest {
  @TempDir Path folder;

  private Path write(String name, Precision precision, boolean overBase) {
    Network network = Samples.network(1);
    Visibility visibility = Samples.withCommon(Samples.visibility(network, 0.5, 2), "body.weight");
    BundleWriter writer = Samples.bundle(network, visibility).precision(precision);
    if (overBase) {
      writer.background(Samples.network(3));
    }
    writer.write(folder.resolve(name));
    return folder.resolve(name);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void passesVerificationAlsoAgainstSinglePrecision(boolean overBase) {
    Path single = write("single", Precision.FP32, overBase);
    Path half = write("half", Precision.FP16, overBase);
    VerificationReport report = BundleVerifier.verify(half, single, null);
    assertThat(report.checks()).allMatch(Check::passed);
    assertThat(report.checks())
        .extracting(Check::name)
        .contains("half precision rain", "half precision snow", "against single raindrop");
    assertThat(report.comparisons())
        .hasSize(3)
        .allSatisfy(
            c -> {
              assertThat(c.max()).isLessThanOrEqualTo(2);
              assertThat(c.psnr()).isGreaterThan(BundleVerifier.HALF_PSNR);
              assertThat(c.gain()).isNull();
            });
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void onTheCpuTheSameGraphRunsAsInSinglePrecision(boolean overBase) throws Exception {
    Path single = write("single", Precision.FP32, overBase);
    Path half = write("half", Precision.FP16, overBase);
    Map<String, Integer> expected =
        OptimisedGraph.of(single.resolve("snow.onnx"), folder).operators();
    assertThat(OptimisedGraph.of(half.resolve("snow.onnx"), folder).operators())
        .isEqualTo(expected);
    assertThat(expected.get("Cast")).as("both of the frame's bytes").isEqualTo(2);
  }

  @Test
  void weightsTakeHalfTheBytes() throws Exception {
    Path single = write("single", Precision.FP32, false);
    Path half = write("half", Precision.FP16, false);
    long parameters = BundleManifest.read(half).parameters();
    long saved =
        Files.size(single.resolve("weights.bin")) - Files.size(half.resolve("weights.bin"));
    assertThat(saved).isCloseTo(2 * parameters, within(parameters / 20));
  }

  @Test
  void theManifestNamesTheGraphsThatComputeInHalfPrecision() {
    Path half = write("half", Precision.FP16, false);
    BundleManifest manifest = Bundle.open(half).manifest();
    assertThat(manifest.precision()).isEqualTo("fp16");
    assertThat(manifest.halfPrecision())
        .containsExactly(
            Map.entry("rain", "rain.half.onnx"),
            Map.entry("raindrop", "raindrop.half.onnx"),
            Map.entry("snow", "snow.half.onnx"));
    assertThat(manifest.files()).containsKey("snow.half.onnx");
    assertThat(BundleManifest.read(write("single", Precision.FP32, false)).halfPrecision())
        .isNull();
  }

  @Test
  void readsBackWhatHalfPrecisionLeftOfTheParameters() {
    BundleContents contents = BundleContents.read(write("half", Precision.FP16, true));
    Network network = Samples.network(1);
    for (Parameter read : contents.network().parameters().values()) {
      float[] written = network.parameters().get(read.name()).values();
      for (int i = 0; i < written.length; i++) {
        // 11 bits of significand, or the distance of the smallest numbers.
        assertThat(read.values()[i])
            .isCloseTo(written[i], within(Math.max(Math.abs(written[i]) / 2048, 3e-8f)));
      }
    }
    assertThat(contents.visibility().bits("head.weight"))
        .isEqualTo(Samples.visibility(network, 0.5, 2).bits("head.weight"));
    assertThat(contents.background()).isPresent();
  }

  @Test
  void refusesAParameterBeyondHalfPrecisionByName() {
    Network network = Samples.network(1).withParameters(Map.of("head.bias", tooLarge()));
    BundleWriter writer =
        Samples.bundle(network, Samples.visibility(network, 0.5, 2)).precision(Precision.FP16);
    assertThatThrownBy(() -> writer.write(folder.resolve("half")))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("head.bias")
        .hasMessageContaining("70000.0; half precision holds values up to 65504.0");
    assertThat(folder.resolve("half")).doesNotExist();
  }

  private static float[] tooLarge() {
    float[] bias = new float[16];
    bias[3] = 70_000;
    return bias;
  }

  @Test
  void convertsAnExistingBundleAndSaysWhatFrom() {
    Path single = write("single", Precision.FP32, true);
    Path converted = folder.resolve("converted");
    BundleManifest manifest =
        BundleWriter.from(single)
            .precision(Precision.FP16)
            .created(Samples.CREATED)
            .write(converted);
    assertThat(manifest.name()).isEqualTo("sample");
    assertThat(manifest.license()).isEqualTo("Apache-2.0");
    assertThat(manifest.provenance()).containsEntry("seed", 1).containsKey("converted_from");
    assertThat(manifest.quality()).isEqualTo(Map.of("fp32", Map.of("psnr", 30.5)));
    assertThat(converted.resolve("weights.bin"))
        .hasSameBinaryContentAs(write("half", Precision.FP16, true).resolve("weights.bin"));
    assertThatThrownBy(() -> BundleWriter.from(converted))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("converted is fp16; only a bundle in fp32 can be converted");
  }

  @Test
  void aHalfGraphWithAnotherMaskFailsVerification() throws Exception {
    Path half = write("half", Precision.FP16, false);
    Files.copy(
        half.resolve("snow.half.onnx"),
        half.resolve("rain.half.onnx"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Samples.rehash(half);
    assertThat(BundleVerifier.verify(half).checks().stream().filter(c -> !c.passed()))
        .singleElement()
        .satisfies(
            c -> {
              assertThat(c.name()).isEqualTo("half precision rain");
              assertThat(c.detail()).contains("with the same masks");
            });
  }

  /** Scales from the image's own shape, by Casts whose attributes come in any order. */
  @Test
  void computedScalesStaySingle() {
    GraphBuilder g = new GraphBuilder("sized", 3);
    String down = g.conv("down", g.input(), 3, 16, 3, 2, 1);
    String up = g.upsampleNearest2(down);
    ModelProto.Builder model =
        g
            .build(g.sum(g.input(), g.conv3("tail", up, 16, 3)), 1, Network.ColourOrder.RGB)
            .model()
            .toBuilder();
    List<NodeProto> nodes = new ArrayList<>();
    for (NodeProto node : model.getGraph().getNodeList()) {
      if (node.getOpType().equals("Resize")) {
        nodes.add(Onnx.node("Shape", List.of(g.input()), "whole"));
        nodes.add(Onnx.node("Shape", List.of(node.getInput(0)), "part"));
        nodes.add(single("whole", "whole_float"));
        nodes.add(single("part", "part_float"));
        nodes.add(Onnx.constant("one", GraphBuilder.floats("", new float[] {1, 1}, 2)));
        nodes.add(Onnx.constant("two", Onnx.list(2)));
        nodes.add(Onnx.constant("four", Onnx.list(4)));
        nodes.add(Onnx.node("Slice", List.of("whole_float", "two", "four"), "whole_extent"));
        nodes.add(Onnx.node("Slice", List.of("part_float", "two", "four"), "part_extent"));
        nodes.add(Onnx.node("Div", List.of("whole_extent", "part_extent"), "extent"));
        nodes.add(Onnx.node("Concat", List.of("one", "extent"), "scales", Onnx.integer("axis", 0)));
        nodes.add(node.toBuilder().setInput(2, "scales").build());
      } else {
        nodes.add(node);
      }
    }
    model.getGraphBuilder().clearNode().addAllNode(nodes);
    Network network = Network.of(model.build());
    Path half = folder.resolve("half");
    Samples.bundle(network, Samples.visibility(network, 0.5, 2))
        .precision(Precision.FP16)
        .write(half);
    assertThat(BundleVerifier.verify(half).checks()).allMatch(Check::passed);
  }

  private static NodeProto single(String from, String to) {
    return Onnx.node(
        "Cast", List.of(from), to, Onnx.integer("to", TensorProto.DataType.FLOAT_VALUE));
  }

  @Test
  void constantsOfAnyKindBecomeHalfWhereArithmeticNeedsIt() {
    GraphBuilder g = new GraphBuilder("gelu", 4);
    String wide = g.gelu(g.conv3("head", g.input(), 3, 16));
    String up = g.upsampleNearest2(g.conv("down", wide, 16, 16, 3, 2, 1));
    Network network =
        g.build(
            g.sum(g.input(), g.multiply(g.scalar(0.1f), g.conv3("tail", up, 16, 3))),
            2,
            Network.ColourOrder.BGR);
    Path half = folder.resolve("half");
    Samples.bundle(network, Samples.visibility(network, 0.5, 2))
        .precision(Precision.FP16)
        .write(half);
    assertThat(BundleVerifier.verify(half).checks()).allMatch(Check::passed);
  }
}
