package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.NodeProto;
import io.deweather.converter.Network.ColourOrder;
import io.deweather.converter.VerificationReport.Check;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnfoldingTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"2,BGR,FP32", "2,RGB,FP32", "4,RGB,FP32", "2,BGR,FP16", "2,RGB,INT8"})
  void aBundleWhoseFrameOutUnfoldsIsVerifiedAgainstTheNetworkThatDoesItItself(
      int block, ColourOrder order, Precision precision) {
    Network network = network(block, order);
    Path bundle = folder.resolve("bundle");
    Samples.bundle(network, Samples.visibility(network, 0.5, 2))
        .precision(precision)
        .calibration(FrameSet.synthetic(Samples.WEATHERS))
        .write(bundle);
    assertThat(BundleVerifier.verify(bundle).checks()).allMatch(Check::passed);
    ViewGraph graph = ViewGraph.read(bundle.resolve("rain.onnx"));
    assertThat(unfolds(graph.model().getGraph().getNodeList()))
        .isEqualTo(precision == Precision.INT8);
    Network read = BundleContents.read(bundle).network();
    assertThat(read.outputName()).isEqualTo(network.outputName());
    assertThat(unfolds(read.model().getGraph().getNodeList())).isTrue();
  }

  @Test
  void picturesAreTheSameToTheBit() {
    Network network = network(2, ColourOrder.RGB);
    Path bundle = folder.resolve("bundle");
    Samples.bundle(network, Samples.visibility(network, 0.5, 2)).write(bundle);
    Path plain = folder.resolve("rain.onnx");
    StandaloneView.of(BundleContents.read(bundle), Samples.WEATHERS.get(0)).write(plain);
    assertThat(Unfolding.of(BundleContents.read(bundle).network())).isNotNull();
    try (BakedView unfolding = BakedView.open(bundle.resolve("rain.onnx"));
        BakedView reference = BakedView.open(plain)) {
      for (ProbeFrame frame : new ProbeFrame[] {ProbeFrame.of(45, 77), ProbeFrame.of(16, 64)}) {
        assertThat(unfolding.restore(frame)).isEqualTo(reference.restore(frame));
      }
    }
  }

  @Test
  void aNetworkThatEndsOtherwiseIsLeftAsItIs() {
    assertThat(Unfolding.of(Samples.network(1))).isNull();
    assertThat(Unfolding.of(Samples.singleLayer(1, ColourOrder.BGR))).isNull();
    GraphBuilder g = new GraphBuilder("frame", 1);
    assertThat(
            Unfolding.of(
                g.build(
                    g.depthToSpace(
                        g.conv("only", g.spaceToDepth(g.input(), 2), 12, 12, 1, 1, 1), 2),
                    2,
                    ColourOrder.BGR)))
        .isEqualTo(new Unfolding("conv_1", "restored_image", 2));
  }

  private static boolean unfolds(Iterable<NodeProto> nodes) {
    for (NodeProto node : nodes) {
      if (node.getOpType().equals("DepthToSpace")) {
        return true;
      }
    }
    return false;
  }

  private static Network network(int block, ColourOrder order) {
    GraphBuilder g = new GraphBuilder("unfolding", 3);
    int channels = 3 * block * block;
    String folded = g.spaceToDepth(g.input(), block);
    String inner = g.relu(g.conv3("head", folded, channels, 16));
    String tail = g.conv("tail", inner, 16, channels, 3, 1, 0.3);
    return g.build(g.depthToSpace(g.sum(folded, tail), block), block, order);
  }
}
