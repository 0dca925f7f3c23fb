package io.deweather.converter;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which values of a network are rounded to {@link Levels}, so that ONNX Runtime finds convolutions,
 * sums and rearrangements whose every end is rounded, and computes them in integers.
 *
 * <p>A convolution whose weight is a parameter is integer unless it is asked to stay in float: its
 * input and its result are rounded, the result after the ReLU that may follow. A sum or a
 * concatenation is integer where all that goes into it is rounded. Rearrangements (nearest Resize,
 * SpaceToDepth, DepthToSpace, MaxPool, Slice) of a rounded value have that value's levels, and so
 * has a concatenation of nothing else. Everything else stays in float. The frame is bytes already:
 * its levels are {@link Levels#FRAME}, and so are those of the sum that the restored image is,
 * where nothing else looks at it: its rounding is then the frame's own. In a self-ensemble those
 * are of the two images whose mean is restored.
 */
final class IntegerPlan {
  private static final Set<String> REARRANGING =
      Set.of("Resize", "SpaceToDepth", "DepthToSpace", "MaxPool", "Identity", "Slice");
  private static final Set<String> JOINING = Set.of("Add", "Concat");

  private final Network network;
  private final Set<String> inFloat;
  private final Map<String, List<NodeProto>> consumers = new HashMap<>();
  private final Map<String, String> origins = new LinkedHashMap<>();
  private final Set<String> integerConvolutions = new LinkedHashSet<>();
  private final Set<String> ofFrame = new LinkedHashSet<>();

  private IntegerPlan(Network network, Set<String> inFloat) {
    this.network = network;
    this.inFloat = inFloat;
  }

  /**
   * Plans.
   *
   * @param inFloat the weights of convolutions that stay in float
   */
  static IntegerPlan of(Network network, Set<String> inFloat) {
    IntegerPlan plan = new IntegerPlan(network, inFloat);
    plan.decide();
    return plan;
  }

  /** The names of all weights whose convolution can be integer, in graph order. */
  static List<String> candidates(Network network) {
    return List.copyOf(of(network, Set.of()).integerWeights());
  }

  private void decide() {
    List<NodeProto> nodes = network.model().getGraph().getNodeList();
    for (NodeProto node : nodes) {
      node.getInputList()
          .forEach(i -> consumers.computeIfAbsent(i, k -> new ArrayList<>()).add(node));
    }
    origins.put(network.inputName(), network.inputName());
    ofFrame.add(network.inputName());
    for (NodeProto node : nodes) {
      String input = node.getInputCount() > 0 ? node.getInput(0) : "";
      if (isConvolution(node)) {
        if (!inFloat.contains(node.getInput(1))) {
          integerConvolutions.add(node.getOutput(0));
          origins.putIfAbsent(input, input);
          round(result(node));
        }
      } else if (isConcatenationOfOne(node)) {
        origins.put(node.getOutput(0), origins.get(input));
      } else if (JOINING.contains(node.getOpType())) {
        if (node.getInputList().stream().allMatch(origins::containsKey)) {
          round(result(node));
        }
      } else if (isRearranging(node) && origins.containsKey(input)) {
        origins.put(node.getOutput(0), origins.get(input));
      }
    }
    findRestored(nodes);
  }

  private void round(String value) {
    origins.put(value, value);
  }

  /** What a node gives to others: its output, or that of the ReLU that alone reads it. */
  private String result(NodeProto node) {
    String output = node.getOutput(0);
    List<NodeProto> readers = consumers.getOrDefault(output, List.of());
    boolean rectified =
        readers.size() == 1
            && readers.get(0).getOpType().equals("Relu")
            && !output.equals(network.outputName());
    return rectified ? readers.get(0).getOutput(0) : output;
  }

  /** Whether this is a convolution with parameters only. */
  private boolean isConvolution(NodeProto node) {
    return node.getOpType().equals("Conv")
        && node.getInputList().subList(1, node.getInputCount()).stream()
            .allMatch(network.parameters()::containsKey);
  }

  /** Whether all that goes in has the levels of one value. */
  private boolean isConcatenationOfOne(NodeProto node) {
    return node.getOpType().equals("Concat")
        && origins.containsKey(node.getInput(0))
        && node.getInputList().stream().map(origins::get).distinct().count() == 1;
  }

  private static boolean isRearranging(NodeProto node) {
    return REARRANGING.contains(node.getOpType())
        && (!node.getOpType().equals("Resize")
            || new NodeAttributes(node).string("mode", "nearest").equals("nearest"));
  }

  /** The restored image has the frame's levels as far back as only rearrangements lie between. */
  private void findRestored(List<NodeProto> nodes) {
    String value = SelfEnsemble.restored(network);
    if (!origins.containsKey(value)) {
      return;
    }
    Map<String, NodeProto> producers = new HashMap<>();
    nodes.forEach(n -> producers.put(n.getOutput(0), n));
    String origin = origins.get(value);
    while (!value.equals(origin)) {
      value = producers.get(value).getInput(0);
      if (consumers.get(value).size() > 1) {
        return;
      }
    }
    ofFrame.add(origin);
  }

  /** Whether a convolution is integer. */
  boolean isInteger(NodeProto node) {
    return node.getOpType().equals("Conv") && integerConvolutions.contains(node.getOutput(0));
  }

  /** The weights of integer convolutions. */
  Set<String> integerWeights() {
    Set<String> weights = new LinkedHashSet<>();
    for (NodeProto node : network.model().getGraph().getNodeList()) {
      if (isInteger(node)) {
        weights.add(node.getInput(1));
      }
    }
    return weights;
  }

  /**
   * Every rounded value, and the value whose levels it has: itself, or what it is rearranged from.
   */
  Map<String, String> origins() {
    return Collections.unmodifiableMap(origins);
  }

  /** The values whose levels are to be measured: origins that do not have the frame's. */
  Set<String> measured() {
    Set<String> measured = new LinkedHashSet<>(origins.values());
    measured.removeAll(ofFrame);
    return measured;
  }

  /**
   * The levels of a rounded value.
   *
   * @param measured the levels of {@link #measured} ones
   */
  Levels levels(String value, Map<String, Levels> measured) {
    String origin = origins.get(value);
    return ofFrame.contains(origin) ? Levels.FRAME : measured.get(origin);
  }
}
