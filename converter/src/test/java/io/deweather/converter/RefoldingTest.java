package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.NodeProto;
import io.deweather.converter.Network.ColourOrder;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RefoldingTest {
  @TempDir Path folder;

  @Test
  void whatTheNetworkTookInIsNotKeptForItsLastSum() throws Exception {
    Network network = network(false);
    Path bundle = folder.resolve("bundle");
    Samples.bundle(network, Samples.visibility(network, 0.5, 2)).write(bundle);
    List<NodeProto> nodes = OptimisedGraph.of(bundle.resolve("rain.onnx"), folder).nodes();
    List<NodeProto> folding =
        nodes.stream().filter(n -> n.getOpType().equals("SpaceToDepth")).toList();
    assertThat(folding).hasSize(2);
    List<NodeProto> readers =
        nodes.stream().filter(n -> n.getInputList().contains(folding.get(0).getOutput(0))).toList();
    assertThat(readers).extracting(NodeProto::getOpType).containsExactly("Conv");
    // Not before the last convolution is done, though nothing but its shape goes in.
    NodeProto last =
        nodes.stream().filter(n -> n.getOpType().equals("Conv")).reduce((a, b) -> b).orElseThrow();
    assertThat(nodes.indexOf(folding.get(1))).isGreaterThan(nodes.indexOf(last));
  }

  @Test
  void theNetworkIsReadBackWithOneFolding() {
    Network network = network(false);
    Path bundle = folder.resolve("bundle");
    Samples.bundle(network, Samples.visibility(network, 0.5, 2)).write(bundle);
    assertThat(BundleContents.read(bundle).network().model().getGraph().getNodeList())
        .extracting(NodeProto::getOpType)
        .containsExactly("SpaceToDepth", "Conv", "Relu", "Conv", "Add", "DepthToSpace");
  }

  @Test
  void aNetworkWhoseLastSumIsOfSomethingElseIsLeftAsItIs() {
    Network network = network(false);
    assertThat(Refolding.of(network, Unfolding.of(network)))
        .isEqualTo(new Refolding("spacetodepth_0", "conv_3", "add_4"));
    assertThat(Refolding.of(network, null)).isNull();
    Network scaled = network(true);
    assertThat(Unfolding.of(scaled)).isNotNull();
    assertThat(Refolding.of(scaled, Unfolding.of(scaled))).isNull();
  }

  /** With something between the folded image and the sum, or without. */
  private static Network network(boolean between) {
    GraphBuilder g = new GraphBuilder("refolding", 3);
    String folded = g.spaceToDepth(g.input(), 2);
    String inner = g.relu(g.conv3("head", folded, 12, 16));
    String tail = g.conv("tail", inner, 16, 12, 3, 1, 0.3);
    String kept = between ? g.relu(folded) : folded;
    return g.build(g.depthToSpace(g.sum(kept, tail), 2), 2, ColourOrder.BGR);
  }
}
