package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataLocation;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import com.google.protobuf.ByteString;
import io.deweather.BundleException;
import io.deweather.Weather;
import io.deweather.converter.Network.ColourOrder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What comes from another team's training: read, or refused before anything is written. */
class NetworkTest {
  @TempDir Path folder;

  private final Network network = Samples.network(1);
  private Path out;

  @BeforeEach
  void chooseAPlace() {
    out = folder.resolve("bundle");
  }

  @Test
  void readsExternalDataBesideTheFile() throws IOException {
    Path onnx = external("weights of the net.data");
    Network read = Network.read(onnx);
    assertThat(read.model()).isEqualTo(network.model());
  }

  @Test
  void refusesExternalDataElsewhereMissingOrTooShort() throws IOException {
    for (String place : new String[] {"../weights.data", "sub/weights.data", "..", ""}) {
      Path onnx = folder.resolve("outside.onnx");
      Files.write(onnx, external(place, new ByteArrayOutputStream()).toByteArray());
      assertThatThrownBy(() -> Network.read(onnx))
          .isInstanceOf(BundleException.class)
          .hasMessage(
              onnx
                  + ": tensor head.weight has its data in '"
                  + place
                  + "'; it must be in a file, beside the graph");
    }
    Path onnx = external("net.data");
    Files.write(folder.resolve("net.data"), new byte[100]);
    assertThatThrownBy(() -> Network.read(onnx))
        .hasMessageContaining("head.weight lies at bytes 0 to 6912")
        .hasMessageEndingWith("net.data has 100");
    Files.delete(folder.resolve("net.data"));
    assertThatThrownBy(() -> Network.read(onnx))
        .hasMessageContaining("net.data, but there is no such file");
  }

  @Test
  void saysWhatTheInputIs() {
    ModelProto.Builder model = network.model().toBuilder();
    model
        .getGraphBuilder()
        .getInputBuilder(0)
        .getTypeBuilder()
        .getTensorTypeBuilder()
        .setElemType(DataType.FLOAT16_VALUE);
    assertThatThrownBy(() -> Network.of(model.build()))
        .isInstanceOf(BundleException.class)
        .hasMessageMatching(
            "network: input \\w+ must be FLOAT \\[N, 3, H, W], is FLOAT16 \\[\\w+, 3, \\w+, \\w+]");
  }

  @Test
  void aParameterThatIsNoNumberIsRefusedByName() {
    float[] values = network.parameters().get("body.weight").values().clone();
    values[77] = Float.NaN;
    Network damaged = network.withParameters(Map.of("body.weight", values));
    assertThatThrownBy(
            () -> Samples.bundle(damaged, Samples.visibility(network, 0.4, 2)).write(out))
        .isInstanceOf(BundleException.class)
        .hasMessage(
            "network's parameter body.weight of shape [16, 16, 3, 3] has NaN at 77;"
                + " every value must be a finite number");
    values[77] = Float.NEGATIVE_INFINITY;
    Network background = network.withParameters(Map.of("body.weight", values));
    assertThatThrownBy(
            () ->
                Samples.bundle(network, Samples.visibility(network, 0.4, 2))
                    .background(background)
                    .write(out))
        .hasMessageStartingWith("background's parameter body.weight")
        .hasMessageContaining("-Infinity at 77");
    assertThat(out).doesNotExist();
  }

  /** As networks from other tools come: halving twice, and not a word about sizes. */
  @Test
  void aNetworkThatTakesFewerSizesThanItSaysIsRefused() {
    ModelProto.Builder silent = network.model().toBuilder();
    silent.getMetadataPropsBuilderList().stream()
        .filter(p -> p.getKey().equals(Network.MULTIPLE_KEY))
        .forEach(p -> p.setValue("2"));
    Network halving = Network.of(silent.build());
    Visibility visibility = Samples.visibility(halving, 0.4, 2);
    String message =
        "the network must take an image of 22x18, as its sides are multiples of 2"
            + " (metadata 'deweather.multiple'; 1 if absent): ";
    assertThatThrownBy(() -> Samples.bundle(halving, visibility).write(out))
        .isInstanceOf(BundleException.class)
        .hasMessageStartingWith(message);
    assertThatThrownBy(() -> StandaloneView.of(halving, visibility, null, Weather.RAIN))
        .isInstanceOf(BundleException.class)
        .hasMessageStartingWith(message);
    assertThat(out).doesNotExist();
  }

  @Test
  void aNetworkThatGivesAnotherSizeIsRefused() {
    GraphBuilder g = new GraphBuilder("twice", 1);
    String larger = g.upsampleNearest2(g.conv3("only", g.input(), 3, 3));
    Network twice = g.build(larger, 1, ColourOrder.RGB);
    assertThatThrownBy(() -> Samples.bundle(twice, Samples.visibility(twice, 0.4, 2)).write(out))
        .isInstanceOf(BundleException.class)
        .hasMessageEndingWith("the network makes [1, 3, 34, 38] of an image [1, 3, 17, 19]");
  }

  /** 8x3, 8x8 and 3x8 kernels of 3x3, the second behind a pooling that halves the image. */
  @Test
  void countsTheArithmeticOfAnyOperatorsAndConvertsThem() {
    GraphBuilder g = new GraphBuilder("pooled", 1);
    String pooled = g.sigmoid(g.relu(g.conv3("a", g.input(), 3, 8)));
    String up = g.upsampleNearest2(g.conv3("b", pooled, 8, 8));
    ModelProto.Builder model =
        g.build(g.conv3("c", up, 8, 3), 2, ColourOrder.RGB).model().toBuilder();
    model.getGraphBuilder().getNodeBuilderList().stream()
        .filter(node -> node.getOutput(0).equals(pooled))
        .forEach(
            node ->
                node.setOpType("MaxPool")
                    .addAttribute(Onnx.integers("kernel_shape", 2, 2))
                    .addAttribute(Onnx.integers("strides", 2, 2)));
    Network network = Network.of(model.build());
    assertThat(network.macs(64, 96)).isEqualTo(9 * (24 * 6144 + 64 * 1536 + 24 * 6144));
    Visibility visibility = Samples.visibility(network, 0.4, 2);
    assertThat(Samples.bundle(network, visibility).write(out).macsPer256())
        .isEqualTo(9L * 65_536 * (24 + 16 + 24));
    assertThat(BundleVerifier.verify(out).checks())
        .filteredOn(check -> check.name().startsWith("parity"))
        .hasSize(3)
        .allMatch(VerificationReport.Check::passed);
  }

  /**
   * As exporters write them: constants as attributes, a weight behind an Identity, large tables.
   */
  @Test
  void countsAndConvertsWhatExportersWrite() {
    GraphBuilder g = new GraphBuilder("exported", 1);
    String half = g.conv("down", g.conv3("a", g.input(), 3, 8), 8, 8, 3, 2, 1);
    String up = g.upsampleNearest2(half);
    ModelProto.Builder model =
        g.build(g.conv3("c", up, 8, 3), 2, ColourOrder.RGB).model().toBuilder();
    GraphProto.Builder graph = model.getGraphBuilder();
    NodeProto.Builder last =
        graph.getNodeBuilderList().stream()
            .filter(node -> node.getOpType().equals("Conv"))
            .reduce((before, after) -> after)
            .orElseThrow();
    String weight = last.getInput(1);
    last.setInput(1, "same_weight");
    NodeProto scales =
        NodeProto.newBuilder()
            .setOpType("Constant")
            .addOutput("scales")
            .addAttribute(
                AttributeProto.newBuilder()
                    .setName("value_floats")
                    .setType(AttributeProto.AttributeType.FLOATS)
                    .addAllFloats(List.of(1f, 1f, 2f, 2f)))
            .build();
    List<NodeProto> nodes = new ArrayList<>(graph.getNodeList());
    nodes.replaceAll(
        node ->
            node.getOpType().equals("Resize")
                ? node.toBuilder().setInput(2, "scales").build()
                : node);
    nodes.addAll(0, List.of(scales, Onnx.node("Identity", List.of(weight), "same_weight")));
    graph.clearNode().addAllNode(nodes);
    TensorProto table =
        Onnx.raw("table", TensorProto.DataType.INT32, 512)
            .setRawData(ByteString.copyFrom(new byte[2048]))
            .build();
    graph.addInitializer(table);

    Network network = Network.of(model.build());
    assertThat(network.parameters()).doesNotContainKey(weight);
    assertThat(network.macs(64, 96)).isEqualTo(9 * (24 * 6144 + 64 * 1536 + 24 * 6144));
    Samples.bundle(network, Samples.visibility(network, 0.4, 2)).write(out);
    assertThat(BundleVerifier.verify(out).passed()).isTrue();
    assertThat(BundleContents.read(out).network().model().getGraph().getInitializerList())
        .contains(table);
  }

  @Test
  void leavesNothingOfAFileThatCannotBeWritten() throws IOException {
    Path taken = Files.createDirectory(folder.resolve("taken.onnx"));
    Files.writeString(taken.resolve("notes.txt"), "mine");
    assertThatThrownBy(() -> network.write(taken))
        .isInstanceOf(BundleException.class)
        .hasMessageStartingWith("cannot write " + taken);
    assertThatThrownBy(() -> Samples.visibility(network, 0.4, 2).write(taken))
        .hasMessageStartingWith("cannot write " + taken);
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(taken);
    }
    assertThatThrownBy(() -> network.write(folder.resolve("none/net.onnx")))
        .hasMessage(
            "cannot write %s: there is no such folder".formatted(folder.resolve("none/net.onnx")));
  }

  /** Writes the network with its parameters in another file. */
  private Path external(String name) throws IOException {
    Path onnx = folder.resolve("net.onnx");
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    Files.write(onnx, external(name, data).toByteArray());
    Files.write(folder.resolve(name), data.toByteArray());
    return onnx;
  }

  private ModelProto external(String location, ByteArrayOutputStream data) {
    ModelProto.Builder model = network.model().toBuilder();
    for (TensorProto.Builder tensor : model.getGraphBuilder().getInitializerBuilderList()) {
      if (network.parameters().containsKey(tensor.getName())) {
        ByteString raw = tensor.getRawData();
        tensor
            .clearRawData()
            .setDataLocation(DataLocation.EXTERNAL)
            .addExternalData(Onnx.entry("location", location))
            .addExternalData(Onnx.entry("offset", Integer.toString(data.size())))
            .addExternalData(Onnx.entry("length", Integer.toString(raw.size())));
        data.writeBytes(raw.toByteArray());
      }
    }
    return model.build();
  }
}
