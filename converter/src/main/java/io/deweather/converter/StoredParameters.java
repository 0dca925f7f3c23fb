package io.deweather.converter;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.deweather.BundleException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The parameters of a bundle's graph as floats, whichever {@link Precision} they are stored in. */
final class StoredParameters {
  private final Path file;
  private final WeightsReader weights;
  private final Map<String, TensorProto> initializers = new HashMap<>();
  private final Map<String, NodeProto> calls = new HashMap<>();

  StoredParameters(Path file, ModelProto model) {
    this.file = file;
    this.weights = WeightsReader.ofBundle(file.getParent());
    model.getGraph().getInitializerList().forEach(t -> initializers.put(t.getName(), t));
    model.getGraph().getNodeList().stream()
        .filter(n -> n.getDomain().equals(Onnx.DEWEATHER) && n.getInputCount() > 0)
        .forEach(n -> calls.putIfAbsent(n.getInput(0), n));
  }

  /** The tensor that a call of a masking function is the view of. */
  static String tensor(NodeProto view) {
    String theta = view.getInput(0);
    return theta.endsWith(ViewBaker.THETA)
        ? theta.substring(0, theta.length() - ViewBaker.THETA.length())
        : view.getOutput(0);
  }

  /** An initializer of the graph with its data inside. */
  TensorProto initializer(String name) {
    return weights.inline(file, stored(name));
  }

  /** An initializer as the graph has it. */
  TensorProto stored(String name) {
    TensorProto tensor = initializers.get(name);
    if (tensor == null) {
      throw new BundleException(file + " has no initializer " + name);
    }
    return tensor;
  }

  /**
   * A parameter or constant of the network under its own name: numbers for levels, single precision
   * for half.
   *
   * @param name of the initializer
   * @return null if it is none of the network's
   */
  TensorProto plain(String name) {
    NodeProto call = calls.get(name);
    String function = call == null ? "" : call.getOpType();
    return switch (function) {
      case HalfViews.WIDENED -> widened(name, call.getOutput(0));
      case IntegerFunctions.ROUNDED_WEIGHT, IntegerFunctions.ROUNDED_WEIGHT_WIDE ->
          numbers(name, call, call.getOutput(0));
      case ViewFunctions.MASKED_VIEW, ViewFunctions.MASKED_VIEW_OVER -> widened(name, tensor(call));
      case IntegerFunctions.MASKED_LEVELS, IntegerFunctions.MASKED_LEVELS_OVER ->
          numbers(name, calls.get(call.getOutput(0)), tensor(call));
      default -> name.startsWith(ViewBaker.OWN) ? null : initializer(name);
    };
  }

  private TensorProto widened(String name, String as) {
    return HalfFloats.widened(initializer(name)).toBuilder().setName(as).build();
  }

  private TensorProto numbers(String name, NodeProto weight, String as) {
    TensorProto levels = initializer(name);
    long[] shape = Onnx.shape(levels);
    float[] scales =
        weight == null || weight.getInputCount() < 2
            ? new float[0]
            : Network.floats(initializer(weight.getInput(1)));
    if (levels.getDataType() != DataType.INT8_VALUE
        || shape.length != 4
        || shape[0] < 1
        || scales.length < shape[0]) {
      throw new BundleException(
          "%s: tensor %s must be int8 [channels, in, height, width] with a scale for each channel"
              .formatted(file, name));
    }
    float[] numbers =
        WeightLevels.values(
            levels.getRawData().toByteArray(), java.util.Arrays.copyOf(scales, (int) shape[0]));
    return GraphBuilder.floats(as, numbers, shape);
  }
}
