package io.deweather.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.google.protobuf.ByteString;
import io.deweather.DeweatherException;
import io.deweather.converter.GraphBuilder;
import io.deweather.converter.Network;
import io.deweather.converter.Network.ColourOrder;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** The independent verifier is ONNX Runtime; the tolerance is 1e-4 on images in [0, 1]. */
class GraphInterpreterTest {
  private static final double TOLERANCE = 1e-4;

  @Test
  void edgeAgreesWithOnnxRuntime() throws OrtException {
    assertAgrees(perturbed(Networks.edge(3)), 64, 96);
  }

  @Test
  void qualityAgreesWithOnnxRuntime() throws OrtException {
    assertAgrees(perturbed(Networks.quality(3)), 64, 64);
  }

  @Test
  void thePapersNetworkAgreesWithOnnxRuntime() throws OrtException {
    assertAgrees(perturbed(Networks.paper(3)), 32, 44);
  }

  @Test
  void everyOtherOperatorAgreesWithOnnxRuntime() throws OrtException {
    GraphBuilder graph = new GraphBuilder("all", 5);
    String x = graph.gelu(graph.conv("a", graph.input(), 3, 8, 3, 2, 1));
    String wide = graph.convTranspose2("b", x, 8, 4);
    String small = graph.resizeNearest(graph.convUnbiased("d", wide, 4, 4, 3, 1, 1), 0.25f);
    String wider = graph.convTranspose4("e", graph.resizeNearest(small, 2), 4, 4);
    String both = graph.concat(graph.upsampleNearest2(x), wide, wider);
    String scaled = graph.multiply(both, graph.scalar(0.25f));
    String result = graph.sum(graph.input(), graph.conv3("c", scaled, 16, 3));
    assertAgrees(graph.build(result, 4, ColourOrder.RGB), 20, 24);
  }

  /** As PyTorch writes them for opset 18. */
  @Test
  void axesThatAreAnInputAndAConstantThatComesFirstAgreeWithOnnxRuntime() throws OrtException {
    GraphBuilder graph = new GraphBuilder("gated", 5);
    String x = graph.relu(graph.conv3("a", graph.input(), 3, 8));
    String scaled = graph.multiply(x, graph.scalar(0.5f));
    String gated = graph.multiply(scaled, graph.sigmoid(graph.globalAverage(scaled)));
    String result = graph.sum(graph.input(), graph.conv3("b", gated, 8, 3));
    ModelProto.Builder model = graph.build(result, 1, ColourOrder.RGB).model().toBuilder();
    model.getOpsetImportBuilder(0).setVersion(18);
    model
        .getGraphBuilder()
        .addInitializer(
            TensorProto.newBuilder()
                .setName("axes")
                .setDataType(TensorProto.DataType.INT64_VALUE)
                .addDims(2)
                .addInt64Data(2)
                .addInt64Data(3));
    for (NodeProto.Builder node : model.getGraphBuilder().getNodeBuilderList()) {
      if (node.getOpType().equals("GlobalAveragePool")) {
        node.setOpType("ReduceMean").addInput("axes");
      } else if (node.getOutput(0).equals(scaled)) {
        String constant = node.getInput(1);
        node.setInput(1, x).setInput(0, constant);
      }
    }
    assertAgrees(Network.of(model.build()), 20, 24);
  }

  @Test
  void refusesAResizeAndAPaddingThatItWouldComputeOtherwise() {
    GraphBuilder graph = new GraphBuilder("odd", 5);
    String up = graph.upsampleNearest2(graph.conv("a", graph.input(), 3, 3, 3, 2, 1));
    ModelProto model = graph.build(up, 2, ColourOrder.RGB).model();
    ModelProto.Builder halfPixel = model.toBuilder();
    ModelProto.Builder padded = model.toBuilder();
    for (int i = 0; i < model.getGraph().getNodeCount(); i++) {
      if (model.getGraph().getNode(i).getOpType().equals("Resize")) {
        halfPixel.getGraphBuilder().getNodeBuilder(i).clearAttribute().setName("up");
      } else if (model.getGraph().getNode(i).getOpType().equals("Conv")) {
        padded
            .getGraphBuilder()
            .getNodeBuilder(i)
            .setName("a")
            .addAttributeBuilder()
            .setName("auto_pad")
            .setS(ByteString.copyFromUtf8("SAME_UPPER"));
      }
    }
    assertThatThrownBy(() -> interpreter(halfPixel))
        .isInstanceOf(DeweatherException.class)
        .hasMessageStartingWith("node up: Resize must be nearest (asymmetric, floor)");
    assertThatThrownBy(() -> interpreter(padded))
        .isInstanceOf(DeweatherException.class)
        .hasMessage("node a: pads must be given as numbers, the same on both sides");
  }

  private static GraphInterpreter interpreter(ModelProto.Builder model) {
    return new GraphInterpreter(Network.of(model.build()), GraphInterpreter.Precision.FP32);
  }

  @Test
  void refusesAnOperatorItCannotTrain() {
    Network network = Networks.edge(1);
    var graph = network.model().getGraph().toBuilder();
    for (int i = 0; i < graph.getNodeCount(); i++) {
      if (graph.getNode(i).getOpType().equals("Relu")) {
        graph.setNode(i, graph.getNode(i).toBuilder().setOpType("Softmax"));
      }
    }
    Network other = Network.of(network.model().toBuilder().setGraph(graph).build());
    assertThatThrownBy(() -> new GraphInterpreter(other, GraphInterpreter.Precision.FP32))
        .isInstanceOf(DeweatherException.class)
        .hasMessageContaining("Softmax");
  }

  private static void assertAgrees(Network network, int height, int width) throws OrtException {
    float[] image = new float[2 * 3 * height * width];
    Random random = new Random(1);
    for (int i = 0; i < image.length; i++) {
      image[i] = random.nextFloat();
    }
    long[] shape = {2, 3, height, width};
    float[] expected = onnxRuntime(network, image, shape);
    float[] actual = interpreter(network, image, shape);
    assertThat(actual).hasSameSizeAs(expected);
    double worst = 0;
    double moved = 0;
    for (int i = 0; i < actual.length; i++) {
      worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
      moved = Math.max(moved, Math.abs(expected[i] - image[i]));
    }
    assertThat(worst).isLessThanOrEqualTo(TOLERANCE);
    assertThat(moved).as("the network changes its input").isGreaterThan(0.05);
  }

  private static float[] interpreter(Network network, float[] image, long[] shape) {
    FlatParameters parameters = new FlatParameters(network, new Device("cpu"));
    GradMode.set_enabled(false);
    try {
      GraphInterpreter interpreter = new GraphInterpreter(network, GraphInterpreter.Precision.FP32);
      return FlatParameters.floats(
          interpreter.evaluate(Tensor.create(image, shape), parameters.leaves()));
    } finally {
      GradMode.set_enabled(true);
    }
  }

  static float[] onnxRuntime(Network network, float[] image, long[] shape) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(network.model().toByteArray());
        OnnxTensor input = OnnxTensor.createTensor(environment, FloatBuffer.wrap(image), shape);
        OrtSession.Result result = session.run(Map.of(network.inputName(), input))) {
      FloatBuffer values = ((OnnxTensor) result.get(0)).getFloatBuffer();
      float[] output = new float[values.remaining()];
      values.get(output);
      return output;
    }
  }

  /** Untrained networks are the identity; this one is not. */
  static Network perturbed(Network network) {
    Random random = new Random(7);
    Map<String, float[]> values = new LinkedHashMap<>();
    network
        .parameters()
        .forEach(
            (name, parameter) -> {
              float[] moved = parameter.values().clone();
              for (int i = 0; i < moved.length; i++) {
                moved[i] += 0.02f * (float) random.nextGaussian();
              }
              values.put(name, moved);
            });
    return network.withParameters(values);
  }
}
