package io.deweather.converter;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.deweather.BundleException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Counts the multiply-accumulate operations of a network by following the shapes {channels, height,
 * width} through the operators that restoration networks use.
 */
final class Arithmetic {
  private final Map<String, long[]> shapes = new HashMap<>();
  private final Map<String, TensorProto> constants = new HashMap<>();
  private long macs;

  private Arithmetic() {}

  static long macs(Network network, int height, int width) {
    Arithmetic arithmetic = new Arithmetic();
    arithmetic.shapes.put(network.inputName(), new long[] {3, height, width});
    var graph = network.model().getGraph();
    graph.getInitializerList().forEach(t -> arithmetic.constants.put(t.getName(), t));
    graph.getNodeList().forEach(arithmetic::follow);
    return arithmetic.macs;
  }

  private void follow(NodeProto node) {
    switch (node.getOpType()) {
      case "Constant" -> constants.put(node.getOutput(0), attribute(node, "value").getT());
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
    long group = integer(node, "group", 1);
    long out = transposed ? weight.get(1) * group : weight.get(0);
    long[] y = {out, 0, 0};
    for (int axis = 0; axis < 2; axis++) {
      long kernel = weight.get(2 + axis);
      long stride = element(node, "strides", axis, 1);
      long reach = element(node, "dilations", axis, 1) * (kernel - 1) + 1;
      long pads = element(node, "pads", axis, 0) + element(node, "pads", axis + 2, 0);
      y[1 + axis] =
          transposed
              ? (x[1 + axis] - 1) * stride + reach - pads + element(node, "output_padding", axis, 0)
              : (x[1 + axis] + pads - reach) / stride + 1;
    }
    long perPosition = weight.stream().reduce(1L, Math::multiplyExact);
    macs += perPosition * (transposed ? x[1] * x[2] : y[1] * y[2]);
    shapes.put(node.getOutput(0), y);
  }

  private void resize(NodeProto node) {
    long[] x = shapes.get(node.getInput(0));
    TensorProto scales = node.getInputCount() > 2 ? constants.get(node.getInput(2)) : null;
    if (scales == null) {
      throw new BundleException("Resize " + node.getName() + " must have constant scales");
    }
    float[] scale = Network.values(scales);
    shapes.put(
        node.getOutput(0),
        new long[] {x[0], (long) Math.floor(x[1] * scale[2]), (long) Math.floor(x[2] * scale[3])});
  }

  private void blocks(NodeProto node, boolean toDepth) {
    long[] x = shapes.get(node.getInput(0));
    long b = integer(node, "blocksize", 1);
    shapes.put(
        node.getOutput(0),
        toDepth
            ? new long[] {x[0] * b * b, x[1] / b, x[2] / b}
            : new long[] {x[0] / (b * b), x[1] * b, x[2] * b});
  }

  private void concat(NodeProto node) {
    if (integer(node, "axis", 1) != 1) {
      throw new BundleException("Concat " + node.getName() + " must join channels (axis 1)");
    }
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

  private static AttributeProto attribute(NodeProto node, String name) {
    return node.getAttributeList().stream()
        .filter(a -> a.getName().equals(name))
        .findFirst()
        .orElse(null);
  }

  private static long integer(NodeProto node, String name, long otherwise) {
    AttributeProto attribute = attribute(node, name);
    return attribute == null ? otherwise : attribute.getI();
  }

  private static long element(NodeProto node, String name, int index, long otherwise) {
    AttributeProto attribute = attribute(node, name);
    return attribute == null ? otherwise : attribute.getInts(index);
  }
}
