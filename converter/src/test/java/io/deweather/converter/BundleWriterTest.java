package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.deweather.BundleException;
import io.deweather.BundleManifest;
import io.deweather.Weather;
import io.deweather.converter.Network.ColourOrder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundleWriterTest {
  @TempDir Path folder;

  private final Network network = Samples.network(1);
  private final Visibility visibility = Samples.visibility(network, 0.4, 2);

  @Test
  void writesTheManifest() {
    Path out = folder.resolve("sample-out");
    BundleManifest written =
        Samples.bundle(network, visibility).background(Samples.network(2)).write(out);
    BundleManifest read = BundleManifest.read(out);
    assertThat(read).isEqualTo(written);
    assertThat(read.name()).isEqualTo("sample");
    assertThat(read.created()).isEqualTo("2026-01-02T03:04:05Z");
    assertThat(read.license()).isEqualTo("Apache-2.0");
    assertThat(read.precision()).isEqualTo("fp32");
    assertThat(read.background()).isEqualTo("base");
    assertThat(read.weathers())
        .containsExactly(
            Map.entry("rain", "rain.onnx"),
            Map.entry("raindrop", "raindrop.onnx"),
            Map.entry("snow", "snow.onnx"));
    assertThat(read.parameters()).isEqualTo(network.parameterCount());
    assertThat(read.macsPer256()).isEqualTo(network.macs(256, 256));
    assertThat(read.provenance()).containsEntry("seed", 1);
    assertThat(read.quality()).containsEntry("psnr", 30.5);
    assertThat(read.files())
        .containsOnlyKeys("rain.onnx", "raindrop.onnx", "snow.onnx", "weights.bin");
  }

  @Test
  void hasDefaultsForWhatIsNotSaid() {
    Instant before = Instant.now().minusSeconds(1);
    BundleManifest manifest =
        BundleWriter.builder(network, visibility).write(folder.resolve("unnamed"));
    assertThat(manifest.name()).isEqualTo("unnamed");
    assertThat(manifest.license()).isEqualTo("NOASSERTION");
    assertThat(manifest.background()).isEqualTo("zero");
    assertThat(Instant.parse(manifest.created())).isBetween(before, Instant.now());
  }

  @Test
  void theSameInputGivesTheSameBytes() {
    Path a = folder.resolve("a");
    Path b = folder.resolve("b");
    Samples.bundle(network, visibility).write(a);
    Samples.bundle(Samples.network(1), Samples.visibility(network, 0.4, 2)).write(b);
    for (String file :
        List.of("bundle.json", "weights.bin", "rain.onnx", "raindrop.onnx", "snow.onnx")) {
      assertThat(a.resolve(file)).hasSameBinaryContentAs(b.resolve(file));
    }
  }

  @Test
  void costsAtMost15PercentMoreThanOneCopyOfTheWeights() {
    Network larger = Samples.network(1, 96, ColourOrder.RGB);
    Path out = folder.resolve("larger");
    Samples.bundle(larger, Samples.visibility(larger, 0.5, 2)).write(out);
    BundleSummary summary = BundleInspector.inspect(out);
    assertThat(summary.parameters()).isBetween(190_000L, 250_000L);
    // A bit for each parameter and, for every other one, three more.
    assertThat(summary.weightsRatio()).isBetween(1 + 2.5 / 32, 1.12);
  }

  @Test
  void costsOneBitForEachParameterAndAValueForEachSpecificOne() throws IOException {
    Network larger = Samples.network(1, 96, ColourOrder.RGB);
    Path out = folder.resolve("larger");
    Samples.bundle(larger, Samples.visibility(larger, 0.08, 2))
        .background(Samples.network(2, 96, ColourOrder.RGB))
        .write(out);
    double expected = 1 + 1 / 32.0 + 0.08 * (1 + 3 / 32.0);
    double plain = Float.BYTES * larger.parameterCount();
    assertThat(Files.size(out.resolve("weights.bin")) / plain)
        .isBetween(expected - 0.005, expected + 0.01);
  }

  @Test
  void largeTensorsBeginOnAPageAndNoTensorOverlapsAnother() throws IOException {
    Network larger = Samples.network(1, 64, ColourOrder.RGB);
    Path out = folder.resolve("larger");
    Samples.bundle(larger, Samples.visibility(larger, 0.5, 2)).write(out);
    ModelProto graph = ModelProto.parseFrom(Files.readAllBytes(out.resolve("rain.onnx")));
    assertThat(graph.getIrVersion()).isEqualTo(8);
    TreeMap<Long, Long> lengths = new TreeMap<>();
    for (TensorProto tensor : graph.getGraph().getInitializerList()) {
      if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
        assertThat(tensor.getExternalData(0).getValue()).isEqualTo("weights.bin");
        long offset = Long.parseLong(tensor.getExternalData(1).getValue());
        long length = Long.parseLong(tensor.getExternalData(2).getValue());
        assertThat(offset % (length >= 128 << 10 ? 4096 : 64)).isZero();
        assertThat(lengths.put(offset, length)).isNull();
      }
    }
    assertThat(lengths.values().stream().filter(length -> length >= 128 << 10)).hasSize(2);
    long end = 0;
    for (Map.Entry<Long, Long> tensor : lengths.entrySet()) {
      assertThat(tensor.getKey()).isGreaterThanOrEqualTo(end);
      end = tensor.getKey() + tensor.getValue();
    }
  }

  @Test
  void replacesABundleAndLeavesNothingBeside() throws IOException {
    Path out = folder.resolve("bundle");
    Samples.bundle(network, visibility).name("first").write(out);
    Network single = Samples.singleLayer(1, ColourOrder.RGB);
    BundleWriter.builder(single, Visibility.common(List.of(Weather.SNOW), single))
        .name("second")
        .write(out);
    assertThat(BundleManifest.read(out).name()).isEqualTo("second");
    try (var files = Files.list(out)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder("bundle.json", "snow.onnx", "weights.bin");
    }
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(out);
    }
  }

  @Test
  void doesNotOverwriteWhatIsNoBundle() throws IOException {
    Path out = Files.createDirectory(folder.resolve("mine"));
    Files.writeString(out.resolve("notes.txt"), "mine");
    assertThatThrownBy(() -> Samples.bundle(network, visibility).write(out))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("is no bundle and not empty")
        .hasMessageContaining("notes.txt");
    assertThatThrownBy(() -> Samples.bundle(network, visibility).write(out.resolve("notes.txt")))
        .hasMessageContaining("must be a folder, it is a file");
    assertThat(out.resolve("notes.txt")).hasContent("mine");
    Path bundle = folder.resolve("bundle");
    Samples.bundle(network, visibility).write(bundle);
    Files.writeString(bundle.resolve("README.md"), "mine");
    assertThatThrownBy(() -> Samples.bundle(network, visibility).write(bundle))
        .hasMessageContaining("README.md, which is no part of the bundle");
    assertThat(bundle.resolve("README.md")).hasContent("mine");
  }

  @Test
  void namesTheFolderThatIsNotThere() {
    Path out = folder.resolve("none").resolve("bundle");
    assertThatThrownBy(() -> Samples.bundle(network, visibility).write(out))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("there is no folder " + folder.resolve("none"));
  }

  @Test
  void aFailureLeavesTheOldBundleAndNothingElse() throws IOException {
    Path out = folder.resolve("bundle");
    Samples.bundle(network, visibility).write(out);
    byte[] before = Files.readAllBytes(out.resolve("bundle.json"));
    BundleFolder target = BundleFolder.prepare(out);
    assertThatThrownBy(
            () ->
                target.replace(
                    part -> {
                      Files.writeString(part.resolve("half"), "done");
                      throw new IOException("disk full");
                    }))
        .isInstanceOf(BundleException.class)
        .hasMessageEndingWith("disk full");
    assertThat(out.resolve("bundle.json")).hasBinaryContent(before);
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(out);
    }
  }

  @Test
  void refusesABackgroundOfAnotherNetwork() {
    assertThatThrownBy(
            () ->
                Samples.bundle(network, visibility)
                    .background(Samples.network(1, 32, ColourOrder.RGB))
                    .write(folder.resolve("b")))
        .isInstanceOf(BundleException.class)
        .hasMessage(
            "background's tensor head.weight has shape [32, 12, 3, 3],"
                + " the network's has [16, 12, 3, 3]");
    assertThatThrownBy(
            () ->
                Samples.bundle(network, visibility)
                    .background(Samples.singleLayer(1, ColourOrder.RGB))
                    .write(folder.resolve("b")))
        .hasMessageContaining("background has no tensor");
  }

  @Test
  void refusesOperatorsThatAreNotStandard() {
    ModelProto.Builder model = network.model().toBuilder();
    model.getGraphBuilder().getNodeBuilder(1).setDomain("com.example").setName("odd");
    assertThatThrownBy(
            () -> Samples.bundle(Network.of(model.build()), visibility).write(folder.resolve("b")))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("node odd must be a standard operator, is com.example.");
  }

  @Test
  void refusesAnOpsetThatItsFunctionsAreNotWrittenIn() {
    ModelProto.Builder model = network.model().toBuilder();
    model.getOpsetImportBuilder(0).setVersion(11);
    assertThatThrownBy(
            () -> Samples.bundle(Network.of(model.build()), visibility).write(folder.resolve("b")))
        .hasMessage("network's opset (11) must be from 13 to 26");
  }
}
