package io.deweather.converter;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.deweather.converter.Network.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Stores a selector's weights in fewer bytes for bundles of {@link Precision#FP16} and {@link
 * Precision#INT8}. {@link SelectorGraph} writes halves already, so halves alone would save nothing:
 * the largest arrays become {@link WeightLevels}, 8 bits and a scale for each output channel, what
 * is still in single precision becomes halves, and what is small stays as it is.
 *
 * <p>Only how they are stored: ONNX Runtime multiplies the scales in when it loads the graph, and
 * computes in single precision as before. The large arrays are the deep ones, whose sums are of
 * hundreds of products, over which rounding cancels out. (Of a shipped selector's 441 probabilities
 * on 147 frames these moved none by more than 0.018; all arrays, one by 0.19.) Of a selector that
 * asks for a {@link SecondOpinion} this is done to what is asked.
 */
final class CompactSelector {
  /** From how many values on 8 bits do. */
  static final int LEVELS_FROM = 48 << 10;

  /** From how many values on 8 bits do in a branch, whose network is larger. */
  static final int LEVELS_IN_BRANCHES_FROM = 32 << 10;

  /** From how many values on halves do. */
  static final int HALVES_FROM = 1 << 10;

  private final GraphProto source;
  private final int levelsFrom;
  private final Map<String, NodeProto> widening = new HashMap<>();
  private final List<TensorProto> stored = new ArrayList<>();
  private final List<NodeProto> loading = new ArrayList<>();

  private CompactSelector(GraphProto source, int levelsFrom) {
    this.source = source;
    this.levelsFrom = levelsFrom;
    Map<String, Integer> readers = new HashMap<>();
    for (NodeProto node : source.getNodeList()) {
      node.getInputList().forEach(input -> readers.merge(input, 1, Integer::sum));
    }
    for (NodeProto node : source.getNodeList()) {
      if (node.getOpType().equals("Cast")
          && node.getAttribute(0).getI() == DataType.FLOAT_VALUE
          && readers.get(node.getInput(0)) == 1) {
        widening.put(node.getInput(0), node);
      }
    }
  }

  /** The same selector, stored in fewer bytes; a compact one as it is. */
  static ModelProto of(ModelProto model) {
    GraphProto graph = model.getGraph();
    return model.toBuilder()
        .setGraph(
            Onnx.branches(graph).findAny().isPresent()
                ? inBranches(graph)
                : new CompactSelector(graph, LEVELS_FROM).rewritten())
        .build();
  }

  /** What is outside decides which branch is taken, and stays as it is, to the bit. */
  private static GraphProto inBranches(GraphProto graph) {
    GraphProto.Builder rewritten = graph.toBuilder();
    for (NodeProto.Builder node : rewritten.getNodeBuilderList()) {
      for (AttributeProto.Builder attribute : node.getAttributeBuilderList()) {
        if (attribute.hasG()) {
          attribute.setG(
              new CompactSelector(attribute.getG(), LEVELS_IN_BRANCHES_FROM).rewritten());
        }
      }
    }
    return rewritten.build();
  }

  private GraphProto rewritten() {
    source.getInitializerList().forEach(this::store);
    List<NodeProto> nodes = new ArrayList<>(loading);
    source.getNodeList().stream().filter(node -> !isReplaced(node)).forEach(nodes::add);
    return source.toBuilder()
        .clearInitializer()
        .addAllInitializer(stored)
        .clearNode()
        .addAllNode(nodes)
        .build();
  }

  private boolean isReplaced(NodeProto node) {
    return loading.stream().anyMatch(own -> own.getOutput(0).equals(node.getOutput(0)));
  }

  private void store(TensorProto tensor) {
    boolean single = tensor.getDataType() == DataType.FLOAT_VALUE;
    NodeProto widened = widening.get(tensor.getName());
    boolean half = tensor.getDataType() == DataType.FLOAT16_VALUE && widened != null;
    long[] shape = Onnx.shape(tensor);
    long count = Shapes.elements(shape);
    if ((single || half) && shape.length > 1 && count >= levelsFrom) {
      levels(single ? tensor.getName() : widened.getOutput(0), HalfFloats.widened(tensor));
    } else if (single && count >= HALVES_FROM) {
      stored.add(HalfFloats.of(tensor.getName() + ".half", tensor));
      widen(tensor.getName() + ".half", tensor.getName());
    } else {
      stored.add(tensor);
    }
  }

  /** Keeps the values of {@code name} as integers and scales, to be multiplied when loaded. */
  private void levels(String name, TensorProto tensor) {
    long[] shape = Onnx.shape(tensor);
    float[] least = new float[Math.toIntExact(shape[0])];
    Arrays.fill(least, Float.MIN_NORMAL);
    WeightLevels weight =
        WeightLevels.of(new Parameter(name, shape, Network.floats(tensor)), least, null);
    long[] each = new long[shape.length];
    Arrays.fill(each, 1);
    each[0] = shape[0];
    stored.add(weight.levelTensor(name + ".levels"));
    stored.add(GraphBuilder.floats(name + ".scales", weight.scales(), each));
    widen(name + ".levels", name + ".whole");
    loading.add(Onnx.node("Mul", List.of(name + ".whole", name + ".scales"), name));
  }

  private void widen(String from, String to) {
    loading.add(
        Onnx.node("Cast", List.of(from), to, Onnx.integer("to", DataType.FLOAT.getNumber())));
  }
}
