package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.deweather.BundleException;
import io.deweather.BundleManifest;
import io.deweather.converter.VerificationReport.Check;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundleVerifierTest {
  @TempDir Path folder;
  private Path bundle;

  @BeforeEach
  void bake() {
    bundle = folder.resolve("bundle");
    Network network = Samples.network(1);
    Samples.bundle(network, Samples.visibility(network, 0.5, 2)).write(bundle);
  }

  @Test
  void aBundleAsItWasWrittenPasses() {
    VerificationReport report = BundleVerifier.verify(bundle);
    assertThat(report.checks()).allMatch(Check::passed);
    assertThat(report.passed()).isTrue();
    assertThat(report.checks())
        .extracting(Check::name)
        .containsExactly(
            "manifest",
            "files",
            "structure",
            "parameters",
            "parity rain",
            "parity raindrop",
            "parity snow",
            "views differ");
    assertThat(report.checks().get(4).detail()).contains("against OpenCV 4.");
  }

  @Test
  void aBundleOverABasePasses() {
    Network network = Samples.network(1);
    Samples.bundle(network, Samples.visibility(network, 0.5, 2))
        .background(Samples.network(3))
        .write(bundle);
    assertThat(BundleVerifier.verify(bundle).checks()).allMatch(Check::passed);
  }

  @Test
  void aNetworkThatOpenCvWasNotTriedOnIsEvaluatedByThePlainRuntime() {
    Network network = Samples.network(1);
    ModelProto.Builder model = network.model().toBuilder();
    model.getGraphBuilder().getNodeBuilderList().stream()
        .filter(n -> n.getOpType().equals("Relu"))
        .forEach(n -> n.setOpType("Softplus"));
    Samples.bundle(Network.of(model.build()), Samples.visibility(network, 0.5, 2)).write(bundle);
    VerificationReport report = BundleVerifier.verify(bundle);
    assertThat(report.checks()).allMatch(Check::passed);
    assertThat(report.checks().get(4).detail()).contains("ONNX Runtime").contains("without");
  }

  @Test
  void everyChangedByteOfAFileIsFound() throws IOException {
    for (String name : List.of("weights.bin", "rain.onnx", "snow.onnx")) {
      byte[] whole = Files.readAllBytes(bundle.resolve(name));
      byte[] changed = whole.clone();
      changed[whole.length / 2] ^= 1;
      Files.write(bundle.resolve(name), changed);
      assertFails("files", name + " is changed");
      Files.write(bundle.resolve(name), whole);
    }
  }

  @Test
  void aTruncatedAndAMissingFileAreFound() throws IOException {
    byte[] whole = Files.readAllBytes(bundle.resolve("weights.bin"));
    Files.write(bundle.resolve("weights.bin"), java.util.Arrays.copyOf(whole, 100));
    assertFails("files", "weights.bin has 100 bytes, the manifest says " + whole.length);
    Files.delete(bundle.resolve("weights.bin"));
    assertFails("files", "weights.bin is missing");
  }

  @Test
  void aFolderWithoutManifestAndADamagedOneFail() throws IOException {
    assertThat(BundleVerifier.verify(folder).passed()).isFalse();
    Files.writeString(bundle.resolve("bundle.json"), "{");
    assertFails("manifest", "bundle.json");
  }

  @Test
  void viewsThatAreAllTheSameFail() {
    Network network = Samples.network(1);
    Samples.bundle(network, Visibility.common(Samples.WEATHERS, network)).write(bundle);
    assertFails("views differ", "mean 0.000 grey levels (at least 0.1)");
  }

  @Test
  void aFunctionThatMasksOtherwiseFails() throws IOException {
    for (String id : List.of("rain", "raindrop", "snow")) {
      change(
          id + ".onnx",
          m -> {
            var function =
                m.getFunctionsBuilderList().stream()
                    .filter(f -> f.getName().equals(ViewFunctions.MASKED_VIEW))
                    .findFirst()
                    .orElseThrow();
            var where = function.getNodeBuilder(function.getNodeCount() - 1);
            where.setInput(1, "zero").setInput(2, "weight");
          });
    }
    assertFails("structure", "its functions must be those of a bundle with background zero");
  }

  @Test
  void graphsThatDifferInMoreThanMasksFail() throws IOException {
    change("snow.onnx", m -> m.getGraphBuilder().getNodeBuilder(3).setName("other"));
    assertFails("structure", "snow.onnx differs from the first graph in more than its masks");
  }

  @Test
  void swappedViewsFail() throws IOException {
    Path aside = folder.resolve("aside");
    Files.move(bundle.resolve("rain.onnx"), aside);
    Files.move(bundle.resolve("snow.onnx"), bundle.resolve("rain.onnx"));
    Files.move(aside, bundle.resolve("snow.onnx"));
    Samples.rehash(bundle);
    assertFails("structure", "rain.onnx is the view of snow, the manifest has it for rain");
  }

  @Test
  void aManifestThatCountsOtherwiseFails() throws IOException {
    long wrong = BundleManifest.read(bundle).parameters() + 1;
    Samples.editManifest(bundle, tree -> tree.put("parameters", wrong));
    assertFails("parameters", "the manifest says " + wrong);
  }

  @Test
  void externalDataOutsideTheBundleIsRefused() throws IOException {
    for (String location : List.of("../secret", "/etc/passwd", "rain.onnx", "")) {
      change("rain.onnx", m -> external(m, 0, location));
      assertFails("structure", "");
      assertThatThrownBy(() -> BundleContents.read(bundle))
          .isInstanceOf(BundleException.class)
          .hasMessageContaining("rain.onnx: tensor head.weight.theta has its data in '" + location);
    }
  }

  @Test
  void externalDataBeyondTheFileIsRefused() throws IOException {
    change("rain.onnx", m -> external(m, 1, "99999999"));
    assertThatThrownBy(() -> BundleContents.read(bundle))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("head.weight.theta lies at bytes 99999999 to ")
        .hasMessageContaining("weights.bin has ");
    change("rain.onnx", m -> external(m, 1, "-1"));
    assertThatThrownBy(() -> BundleContents.read(bundle))
        .hasMessageContaining("offset ('-1') must be a number from 0");
    change("rain.onnx", m -> external(m, 1, "0"));
    change("rain.onnx", m -> external(m, 2, "12"));
    assertThatThrownBy(() -> BundleContents.read(bundle))
        .hasMessageContaining("shape [16, 12, 3, 3] has 12 bytes of data, it must have 6912");
  }

  @Test
  void aManifestThatPointsOutsideIsRefused() throws IOException {
    Samples.editManifest(
        bundle,
        tree ->
            tree.withObject("files").putObject("../secret").put("bytes", 1).put("sha256", "00"));
    assertFails("files", "file name (../secret) must be letters");
  }

  @Test
  void garbageInsteadOfAGraphIsRefused() throws IOException {
    Files.write(bundle.resolve("rain.onnx"), new byte[] {1, 2, 3, 4, 5});
    Samples.rehash(bundle);
    assertFails("structure", "rain.onnx is no ");
    Files.write(bundle.resolve("rain.onnx"), new byte[0]);
    Samples.rehash(bundle);
    assertFails("structure", "rain.onnx is no graph of a bundle");
  }

  @Test
  void aConvolutionWithoutAWeightIsRefused() throws IOException {
    for (String file : List.of("rain.onnx", "raindrop.onnx", "snow.onnx")) {
      change(
          file,
          m ->
              m.getGraphBuilder().getNodeBuilderList().stream()
                  .filter(node -> node.getOpType().equals("Conv"))
                  .findFirst()
                  .orElseThrow()
                  .clearInput());
    }
    assertFails("structure", "has no weight");
  }

  private static void external(ModelProto.Builder model, int entry, String value) {
    for (TensorProto.Builder tensor : model.getGraphBuilder().getInitializerBuilderList()) {
      if (tensor.getName().equals("head.weight.theta")) {
        tensor.getExternalDataBuilder(entry).setValue(value);
      }
    }
  }

  private void assertFails(String check, String message) {
    VerificationReport report = BundleVerifier.verify(bundle);
    assertThat(report.passed()).isFalse();
    assertThat(report.checks().stream().filter(c -> !c.passed()))
        .singleElement()
        .satisfies(
            c -> {
              assertThat(c.name()).isEqualTo(check);
              assertThat(c.detail()).contains(message).doesNotContain("\n");
            });
  }

  /** Changes a graph and the manifest's hash of it, so that only the structure can tell. */
  private void change(String file, Consumer<ModelProto.Builder> change) throws IOException {
    ModelProto.Builder model =
        ModelProto.parseFrom(Files.readAllBytes(bundle.resolve(file))).toBuilder();
    change.accept(model);
    Files.write(bundle.resolve(file), model.build().toByteArray());
    Samples.rehash(bundle);
  }
}
