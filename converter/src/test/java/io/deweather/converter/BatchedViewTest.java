package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.deweather.InferenceException;
import io.deweather.converter.Network.ColourOrder;
import io.deweather.converter.VerificationReport.Check;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatchedViewTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "1,RGB,FP32,rain",
    "2,BGR,FP32,rain",
    "2,RGB,FP32,snow",
    "4,RGB,FP32,rain",
    "2,RGB,FP16,rain",
    "2,BGR,FP16,rain.half",
    "2,RGB,INT8,rain"
  })
  void severalFramesInOneRunComeOutAsEachDoesAlone(
      int block, ColourOrder order, Precision precision, String graph) {
    Path bundle = folder.resolve("bundle");
    write(network(block, order), precision, bundle);
    try (BakedView view = BakedView.open(bundle.resolve(graph + ".onnx"))) {
      assertThat(view.takesBatches()).isTrue();
      for (int[] size : new int[][] {{16, 16}, {45, 78}}) {
        ProbeFrame frame = ProbeFrame.of(size[0], size[1]);
        ProbeFrame other = frame.inverted();
        byte[] together = view.restore(frame, other, frame);
        int bytes = 3 * size[0] * size[1];
        assertThat(Arrays.copyOf(together, bytes)).isEqualTo(view.restore(frame));
        assertThat(Arrays.copyOfRange(together, bytes, 2 * bytes)).isEqualTo(view.restore(other));
        assertThat(Arrays.copyOfRange(together, 2 * bytes, 3 * bytes))
            .isEqualTo(Arrays.copyOf(together, bytes));
      }
    }
  }

  @Test
  void theGraphOfANetworkOfOneImageTakesOneFrameAndIsVerified() {
    Network one = ofOneImage(network(2, ColourOrder.RGB));
    Path single = folder.resolve("single");
    write(one, Precision.FP32, single);
    Path batched = folder.resolve("batched");
    write(network(2, ColourOrder.RGB), Precision.FP32, batched);
    assertThat(BundleVerifier.verify(single).checks()).allMatch(Check::passed);
    assertThat(BundleVerifier.verify(batched).checks()).allMatch(Check::passed);
    ProbeFrame frame = ProbeFrame.of(45, 78);
    try (BakedView first = BakedView.open(single.resolve("rain.onnx"));
        BakedView second = BakedView.open(batched.resolve("rain.onnx"))) {
      assertThat(first.takesBatches()).isFalse();
      assertThat(first.restore(frame)).isEqualTo(second.restore(frame));
      assertThatThrownBy(() -> first.restore(frame, frame)).isInstanceOf(InferenceException.class);
    }
  }

  @Test
  void aNetworkThatOnlyClaimsToTakeSeveralImagesIsFound() {
    GraphBuilder g = new GraphBuilder("claims", 4);
    String flat = g.reshape(g.conv("only", g.input(), 3, 3, 3, 1, 0.3), 1, 3, -1, 0);
    Path bundle = folder.resolve("bundle");
    write(g.build(g.sum(g.input(), flat), 1, ColourOrder.BGR), Precision.FP32, bundle);
    Check parity =
        BundleVerifier.verify(bundle).checks().stream()
            .filter(check -> check.name().equals("parity rain"))
            .findFirst()
            .orElseThrow();
    assertThat(parity.passed()).isFalse();
    assertThat(parity.detail()).startsWith("cannot run").contains("rain.onnx");
  }

  private static void write(Network network, Precision precision, Path bundle) {
    Samples.bundle(network, Samples.visibility(network, 0.5, 2))
        .precision(precision)
        .calibration(FrameSet.synthetic(Samples.WEATHERS))
        .write(bundle);
  }

  /** Ends in blocks that FrameOut unfolds, unless they are of one pixel. */
  private static Network network(int block, ColourOrder order) {
    if (block == 1) {
      return Samples.network(3, 16, order);
    }
    GraphBuilder g = new GraphBuilder("batched", 3);
    int channels = 3 * block * block;
    String folded = g.spaceToDepth(g.input(), block);
    String inner = g.relu(g.conv3("head", folded, channels, 16));
    String tail = g.conv("tail", inner, 16, channels, 3, 1, 0.3);
    return g.build(g.depthToSpace(g.sum(folded, tail), block), block, order);
  }

  private static Network ofOneImage(Network network) {
    ModelProto.Builder model = network.model().toBuilder();
    model
        .getGraphBuilder()
        .setInput(
            0,
            Onnx.image(network.inputName(), DataType.FLOAT, 1, 3, "image_rows", "image_columns"));
    return Network.of(model.build());
  }
}
