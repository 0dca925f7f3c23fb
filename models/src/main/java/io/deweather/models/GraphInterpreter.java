package io.deweather.models;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.deweather.DeweatherException;
import io.deweather.converter.Network;
import io.deweather.converter.NodeAttributes;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Evaluates a network's ONNX graph on libtorch tensors, with gradients wherever libtorch records
 * them. It knows the operators that {@link io.deweather.converter.GraphBuilder} writes; anything
 * else is refused when the interpreter is made, by name.
 *
 * <p>Immutable; one thread at a time may evaluate, because libtorch's own threads share the work.
 */
final class GraphInterpreter {
  /** The arithmetic of the convolutions. Everything else follows the type of its operands. */
  enum Precision {
    /** 32-bit floating point. */
    FP32,
    /** bfloat16 operands with 32-bit accumulation; parameters and gradients stay 32-bit. */
    BF16
  }

  @FunctionalInterface
  private interface Operator {
    Tensor apply(Tensor[] inputs);
  }

  private record Step(Operator operator, String[] inputs, String output, String[] lastUse) {}

  private final String input;
  private final String output;
  private final List<Step> steps = new ArrayList<>();
  private final Map<String, TensorProto> constants = new HashMap<>();
  private final Precision precision;

  GraphInterpreter(Network network, Precision precision) {
    this.precision = precision;
    input = network.inputName();
    output = network.outputName();
    for (TensorProto tensor : network.model().getGraph().getInitializerList()) {
      if (!network.parameters().containsKey(tensor.getName())) {
        constants.put(tensor.getName(), tensor);
      }
    }
    List<NodeProto> nodes = new ArrayList<>();
    for (NodeProto node : network.model().getGraph().getNodeList()) {
      if (node.getOpType().equals("Constant")) {
        constants.put(node.getOutput(0), node.getAttribute(0).getT());
      } else {
        nodes.add(node);
      }
    }
    Map<String, Integer> lastUses = new HashMap<>();
    for (int i = 0; i < nodes.size(); i++) {
      for (String name : nodes.get(i).getInputList()) {
        lastUses.put(name, i);
      }
    }
    for (int i = 0; i < nodes.size(); i++) {
      NodeProto node = nodes.get(i);
      int index = i;
      String[] dead =
          node.getInputList().stream()
              .distinct()
              .filter(n -> lastUses.get(n) == index)
              .toArray(String[]::new);
      String[] inputs = node.getInputList().toArray(String[]::new);
      steps.add(new Step(operator(node), inputs, node.getOutput(0), dead));
    }
  }

  /**
   * Evaluates the graph.
   *
   * @param image {@code [N, 3, H, W]} float in [0, 1]
   * @param parameters every parameter of the network by name
   * @return {@code [N, 3, H, W]} float, not clipped; or what else the graph gives
   */
  Tensor evaluate(Tensor image, Map<String, Tensor> parameters) {
    Map<String, Tensor> values = new HashMap<>(parameters);
    values.put(input, image);
    for (Step step : steps) {
      Tensor[] inputs = new Tensor[step.inputs.length];
      for (int i = 0; i < inputs.length; i++) {
        inputs[i] = values.get(step.inputs[i]);
      }
      values.put(step.output, step.operator.apply(inputs));
      for (String name : step.lastUse) {
        values.remove(name);
      }
    }
    return values.get(output);
  }

  private Operator operator(NodeProto node) {
    return switch (node.getOpType()) {
      case "Conv" -> convolution(node, false);
      case "ConvTranspose" -> convolution(node, true);
      case "Relu" -> x -> torch.relu(x[0]);
      case "PRelu" -> x -> torch.prelu(x[0], x[1].reshape(-1));
      case "Erf" -> x -> torch.erf(x[0]);
      case "Sigmoid" -> x -> torch.sigmoid(x[0]);
      case "Identity" -> x -> x[0];
      case "Add" -> binary(node, torch::add, torch::add);
      case "Mul" -> binary(node, torch::mul, torch::mul);
      case "Concat" -> concat(node);
      case "Resize" -> resize(node);
      case "SpaceToDepth" -> spaceToDepth(new NodeAttributes(node).integer("blocksize", 1));
      case "DepthToSpace" -> depthToSpace(node);
      case "AveragePool" -> averagePool(node);
      case "GlobalAveragePool" -> x -> mean(x[0], true, 2, 3);
      case "GlobalMaxPool" -> x -> x[0].amax(new long[] {2, 3}, true);
      case "ReduceMean" -> {
        long[] axes = axes(node);
        yield x -> mean(x[0], keeps(node), axes);
      }
      case "ReduceMax" -> {
        long[] axes = axes(node);
        yield x -> x[0].amax(axes, keeps(node));
      }
      case "Reshape" -> reshape(node);
      case "Log" -> x -> x[0].log();
      case "Slice" -> slice(node);
      default ->
          throw new DeweatherException(
              "node %s: operator %s is not among those that can be trained"
                  .formatted(node.getName(), node.getOpType()));
    };
  }

  private static Operator averagePool(NodeProto node) {
    NodeAttributes attributes = new NodeAttributes(node);
    long[] side = attributes.integers("kernel_shape");
    if (!Arrays.equals(side, attributes.integers("strides", 1, 1))
        || node.getAttributeCount() > 2) {
      throw new DeweatherException(
          "node " + node.getName() + ": AveragePool must be of windows side by side");
    }
    return x -> torch.avg_pool2d(x[0], side);
  }

  /** In 32 bits: what a mean over many numbers tells lies below the precision of one of them. */
  private static Tensor mean(Tensor x, boolean keep, long... axes) {
    return x.mean(axes, keep, new ScalarTypeOptional(torch.ScalarType.Float));
  }

  /** An attribute up to opset 17, an input since. */
  private long[] axes(NodeProto node) {
    return node.getInputCount() > 1 ? constant(node, 1) : new NodeAttributes(node).integers("axes");
  }

  private static boolean keeps(NodeProto node) {
    return new NodeAttributes(node).integer("keepdims", 1) != 0;
  }

  private Operator reshape(NodeProto node) {
    long[] shape = constant(node, 1);
    return x -> x[0].reshape(shape);
  }

  private Operator slice(NodeProto node) {
    long[] begins = node.getInputCount() == 4 ? constant(node, 1) : new long[0];
    if (begins.length != 1 || begins[0] < 0 || constant(node, 2)[0] <= begins[0]) {
      throw new DeweatherException(
          "node " + node.getName() + ": Slice must be one part of one axis, without steps");
    }
    long begin = begins[0];
    long end = constant(node, 2)[0];
    long axis = constant(node, 3)[0];
    return x -> x[0].narrow(axis, begin, Math.min(end, x[0].size(axis)) - begin);
  }

  /** An input that is a constant list of whole numbers. */
  private long[] constant(NodeProto node, int input) {
    TensorProto constant = constants.get(node.getInput(input));
    if (constant == null || constant.getDimsCount() != 1) {
      throw new DeweatherException(
          "node %s: input %d must be a constant list".formatted(node.getName(), input));
    }
    if (constant.getInt64DataCount() > 0) {
      return constant.getInt64DataList().stream().mapToLong(Long::longValue).toArray();
    }
    long[] values = new long[(int) constant.getDims(0)];
    constant
        .getRawData()
        .asReadOnlyByteBuffer()
        .order(ByteOrder.LITTLE_ENDIAN)
        .asLongBuffer()
        .get(values);
    return values;
  }

  /** Constants other than parameters are no tensors here, but for the ones that are asked for. */
  private void requireComputed(NodeProto node, int... inputs) {
    for (int input : inputs) {
      if (input < node.getInputCount() && constants.containsKey(node.getInput(input))) {
        throw new DeweatherException(
            "node %s (%s): input %s must not be a constant"
                .formatted(node.getName(), node.getOpType(), node.getInput(input)));
      }
    }
  }

  private Operator convolution(NodeProto node, boolean transposed) {
    long[] strides = new NodeAttributes(node).integers("strides", 1, 1);
    long[] dilations = new NodeAttributes(node).integers("dilations", 1, 1);
    long[] pads = new NodeAttributes(node).integers("pads", 0, 0, 0, 0);
    long[] outputPadding = new NodeAttributes(node).integers("output_padding", 0, 0);
    long group = new NodeAttributes(node).integer("group", 1);
    if (pads[0] != pads[2]
        || pads[1] != pads[3]
        || !new NodeAttributes(node).string("auto_pad", "NOTSET").equals("NOTSET")
        || new NodeAttributes(node).integers("output_shape").length > 0) {
      throw new DeweatherException(
          "node " + node.getName() + ": pads must be given as numbers, the same on both sides");
    }
    requireComputed(node, 0, 1, 2);
    long[] padding = {pads[0], pads[1]};
    return x -> {
      Tensor image = computing(x[0]);
      Tensor weight = computing(x[1]);
      TensorOptional bias =
          x.length > 2 ? new TensorOptional(computing(x[2])) : new TensorOptional();
      return transposed
          ? torch.conv_transpose2d(
              image, weight, bias, strides, padding, outputPadding, group, dilations)
          : torch.conv2d(image, weight, bias, strides, padding, dilations, group);
    };
  }

  private Tensor computing(Tensor x) {
    return precision == Precision.BF16 ? x.to(torch.ScalarType.BFloat16) : x;
  }

  @FunctionalInterface
  private interface OnTensors {
    Tensor apply(Tensor a, Tensor b);
  }

  @FunctionalInterface
  private interface OnScalar {
    Tensor apply(Tensor a, Scalar b);
  }

  private Operator binary(NodeProto node, OnTensors onTensors, OnScalar onScalar) {
    int other = constants.containsKey(node.getInput(0)) ? 1 : 0;
    requireComputed(node, other);
    TensorProto constant = constants.get(node.getInput(1 - other));
    if (constant == null) {
      return x -> onTensors.apply(x[0], x[1]);
    }
    float[] values = Network.floats(constant);
    if (values.length != 1) {
      throw new DeweatherException(
          "node " + node.getName() + ": a constant operand must be one number");
    }
    return x -> onScalar.apply(x[other], new Scalar(values[0]));
  }

  private Operator concat(NodeProto node) {
    requireComputed(node, IntStream.range(0, node.getInputCount()).toArray());
    long axis = new NodeAttributes(node).integer("axis", 1);
    return x -> torch.cat(new TensorVector(x), axis);
  }

  private Operator resize(NodeProto node) {
    TensorProto given = node.getInputCount() == 3 ? constants.get(node.getInput(2)) : null;
    float[] scales = given == null ? new float[4] : Network.floats(given);
    double factor = scales[2];
    double whole = factor < 1 ? 1 / factor : factor;
    if (!takesTheFirst(node) || whole != Math.rint(whole) || scales[2] != scales[3]) {
      throw new DeweatherException(
          "node "
              + node.getName()
              + ": Resize must be nearest (asymmetric, floor), by a constant whole number or one"
              + " over one");
    }
    if (factor < 1) {
      return x -> everyNth(everyNth(x[0], 2, (long) whole), 3, (long) whole);
    }
    return x -> torch.upsample_nearest2d(x[0], sizes(x[0], (int) whole));
  }

  /** Of the values that become one, or of the places that one value fills. */
  private static boolean takesTheFirst(NodeProto node) {
    NodeAttributes attributes = new NodeAttributes(node);
    return attributes.string("mode", "nearest").equals("nearest")
        && attributes.string("coordinate_transformation_mode", "half_pixel").equals("asymmetric")
        && attributes.string("nearest_mode", "round_prefer_floor").equals("floor");
  }

  private static Tensor everyNth(Tensor x, long axis, long step) {
    return x.slice(axis, new LongOptional(0), new LongOptional(x.size(axis)), step);
  }

  private static long[] sizes(Tensor x, int factor) {
    return new long[] {x.size(2) * factor, x.size(3) * factor};
  }

  /**
   * What it gives lies channels-last in memory, and convolutions keep that: it is their fastest.
   */
  private static Operator spaceToDepth(long b) {
    return inputs -> {
      Tensor x = inputs[0].permute(0, 2, 3, 1);
      long n = x.size(0);
      long h = x.size(1) / b;
      long w = x.size(2) / b;
      long c = x.size(3);
      Tensor blocks = x.reshape(n, h, b, w, b, c).permute(0, 1, 3, 2, 4, 5);
      return blocks.reshape(n, h, w, b * b * c).permute(0, 3, 1, 2);
    };
  }

  private static Operator depthToSpace(NodeProto node) {
    long b = new NodeAttributes(node).integer("blocksize", 1);
    boolean columnRowDepth = new NodeAttributes(node).string("mode", "DCR").equals("CRD");
    return inputs -> {
      Tensor x = inputs[0];
      if (columnRowDepth) {
        return torch.pixel_shuffle(x, b);
      }
      long n = x.size(0);
      long c = x.size(1) / (b * b);
      long h = x.size(2);
      long w = x.size(3);
      Tensor blocks = x.permute(0, 2, 3, 1).reshape(n, h, w, b, b, c).permute(0, 1, 3, 2, 4, 5);
      return blocks.reshape(n, h * b, w * b, c).permute(0, 3, 1, 2);
    };
  }
}
