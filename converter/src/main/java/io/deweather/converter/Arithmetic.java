package io.deweather.converter;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Counts the multiply-accumulate operations of a network by following the shapes {channels, height,
 * width} through the operators that restoration networks use.
 */
final class Arithmetic {
  /** Operators of one image that give what they take, in shape. */
  private static final Set<String> ELEMENTWISE =
      Set.of(
          "Add",
          "BatchNormalization",
          "Clip",
          "Div",
          "Erf",
          "HardSigmoid",
          "HardSwish",
          "Identity",
          "InstanceNormalization",
          "LeakyRelu",
          "Mul",
          "PRelu",
          "Relu",
          "Sigmoid",
          "Sub",
          "Tanh");

  private final Map<String, long[]> shapes = new HashMap<>();
  private final Map<String, TensorProto> constants = new HashMap<>();
  private long macs;

  private Arithmetic() {}

  static long macs(Network network, int height, int width) {
    Arithmetic arithmetic = new Arithmetic();
    var graph = network.model().getGraph();
    graph.getInitializerList().forEach(t -> arithmetic.constants.put(t.getName(), t));
    graph.getNodeList().stream()
        .filter(node -> node.getOpType().equals("Constant"))
        .forEach(n -> arithmetic.constants.put(n.getOutput(0), n.getAttribute(0).getT()));
    if (graph.getNodeList().stream().allMatch(arithmetic::isFollowed)) {
      arithmetic.shapes.put(network.inputName(), new long[] {3, height, width});
      graph.getNodeList().forEach(arithmetic::follow);
      return arithmetic.macs;
    }
    return arithmetic.measured(network, height, width);
  }

  /** Whether the shape that an operator gives is known without running it. */
  private boolean isFollowed(NodeProto node) {
    NodeAttributes attributes = new NodeAttributes(node);
    return switch (node.getOpType()) {
      case "Constant", "SpaceToDepth", "DepthToSpace" -> true;
      case "Conv", "ConvTranspose" ->
          isConstant(node.getInput(1), 4)
              && attributes.string("auto_pad", "NOTSET").equals("NOTSET")
              && attributes.integers("output_shape").length == 0;
      case "Resize" ->
          node.getInputCount() == 3
              && constants.containsKey(node.getInput(2))
              && Network.floats(constants.get(node.getInput(2))).length == 4;
      case "Concat" -> attributes.integer("axis", 1) == 1;
      default -> ELEMENTWISE.contains(node.getOpType());
    };
  }

  private boolean isConstant(String name, int dimensions) {
    TensorProto constant = constants.get(name);
    return constant != null && constant.getDimsCount() == dimensions;
  }

  /** Runs the network once, to see what its convolutions take and give. */
  private long measured(Network network, int height, int width) {
    List<NodeProto> convolutions =
        network.model().getGraph().getNodeList().stream()
            .filter(n -> n.getOpType().equals("Conv") || n.getOpType().equals("ConvTranspose"))
            .toList();
    List<String> places =
        convolutions.stream()
            .flatMap(n -> Stream.of(positions(n), n.getInput(1)))
            .filter(name -> !constants.containsKey(name))
            .distinct()
            .toList();
    Map<String, long[]> seen =
        new ReferenceEngine.PlainRuntime()
            .shapes(network.sized(height, width), places, height, width);
    for (NodeProto node : convolutions) {
      TensorProto constant = constants.get(node.getInput(1));
      long[] weight = constant == null ? seen.get(node.getInput(1)) : Onnx.shape(constant);
      long[] shape = seen.get(positions(node));
      LongStream extent = LongStream.concat(LongStream.of(shape[0]), Arrays.stream(shape).skip(2));
      macs += LongStream.concat(extent, Arrays.stream(weight)).reduce(1, Math::multiplyExact);
    }
    return macs;
  }

  /** The value at each position of which the whole kernel is applied. */
  private static String positions(NodeProto node) {
    return node.getOpType().equals("Conv") ? node.getOutput(0) : node.getInput(0);
  }

  private void follow(NodeProto node) {
    switch (node.getOpType()) {
      case "Constant" -> {}
      case "Conv" -> convolution(node, false);
      case "ConvTranspose" -> convolution(node, true);
      case "Resize" -> resize(node);
      case "SpaceToDepth" -> blocks(node, true);
      case "DepthToSpace" -> blocks(node, false);
      case "Concat" -> concat(node);
      default -> elementwise(node);
    }
  }

  private void convolution(NodeProto node, boolean transposed) {
    long[] x = shapes.get(node.getInput(0));
    List<Long> weight = constants.get(node.getInput(1)).getDimsList();
    NodeAttributes attributes = new NodeAttributes(node);
    long group = attributes.integer("group", 1);
    long[] strides = attributes.integers("strides", 1, 1);
    long[] dilations = attributes.integers("dilations", 1, 1);
    long[] pads = attributes.integers("pads", 0, 0, 0, 0);
    long[] outputPadding = attributes.integers("output_padding", 0, 0);
    long out = transposed ? weight.get(1) * group : weight.get(0);
    long[] y = {out, 0, 0};
    for (int axis = 0; axis < 2; axis++) {
      long kernel = weight.get(2 + axis);
      long reach = dilations[axis] * (kernel - 1) + 1;
      long padding = pads[axis] + pads[axis + 2];
      y[1 + axis] =
          transposed
              ? (x[1 + axis] - 1) * strides[axis] + reach - padding + outputPadding[axis]
              : (x[1 + axis] + padding - reach) / strides[axis] + 1;
    }
    long perPosition = weight.stream().reduce(1L, Math::multiplyExact);
    macs += perPosition * (transposed ? x[1] * x[2] : y[1] * y[2]);
    shapes.put(node.getOutput(0), y);
  }

  private void resize(NodeProto node) {
    long[] x = shapes.get(node.getInput(0));
    float[] scale = Network.floats(constants.get(node.getInput(2)));
    shapes.put(
        node.getOutput(0),
        new long[] {x[0], (long) Math.floor(x[1] * scale[2]), (long) Math.floor(x[2] * scale[3])});
  }

  private void blocks(NodeProto node, boolean toDepth) {
    long[] x = shapes.get(node.getInput(0));
    long b = new NodeAttributes(node).integer("blocksize", 1);
    shapes.put(
        node.getOutput(0),
        toDepth
            ? new long[] {x[0] * b * b, x[1] / b, x[2] / b}
            : new long[] {x[0] / (b * b), x[1] * b, x[2] * b});
  }

  private void concat(NodeProto node) {
    long[] y = shapes.get(node.getInput(0)).clone();
    for (String x : node.getInputList().subList(1, node.getInputCount())) {
      y[0] += shapes.get(x)[0];
    }
    shapes.put(node.getOutput(0), y);
  }

  private void elementwise(NodeProto node) {
    for (String x : node.getInputList()) {
      long[] shape = shapes.get(x);
      if (shape != null) {
        shapes.putIfAbsent(node.getOutput(0), shape);
      }
    }
  }
}
