package io.deweather.converter;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.deweather.Weather;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Rewrites a baked view so that it computes in integers where an {@link IntegerPlan} says so.
 *
 * <p>Weights of integer convolutions become {@link WeightLevels}, which all views share; the levels
 * of activations stand in each graph, because what flows through one view is not what flows through
 * another. Biases stay floats and are rounded when the graph is loaded: what they are rounded to
 * goes by the levels of the convolution's input. All of it is calls of {@link IntegerFunctions}
 * around the network's own nodes, which stay as they are but for the names of what they read.
 */
final class IntegerGraph {
  /** Begins the names of rounded values. */
  static final String ROUNDED = ViewBaker.OWN + "rounded/";

  /** Begins the names of the scales and zeros of activations, in which graphs may differ. */
  static final String LEVELS = ViewBaker.OWN + "levels/";

  private static final String WEIGHT = ViewBaker.OWN + "weight/";
  private static final String SCALE = ViewBaker.OWN + "scale/";
  private static final String SEEN = ViewBaker.OWN + "view/";
  private static final String BIAS = ViewBaker.OWN + "bias/";

  private final Network network;
  private final IntegerPlan plan;
  private final IntegerWeights rounded;
  private final Map<String, Levels> levels;
  private final Store store;
  private final ModelProto source;
  private final GraphProto.Builder graph;
  private final Set<String> constants = new HashSet<>();
  private final Map<String, Long> ownChannels = new HashMap<>();

  private IntegerGraph(
      Network network,
      IntegerPlan plan,
      IntegerWeights rounded,
      Map<String, Levels> levels,
      Store store,
      ModelProto source) {
    this.network = network;
    this.plan = plan;
    this.rounded = rounded;
    this.levels = levels;
    this.store = store;
    this.source = source;
    this.graph = source.getGraph().toBuilder().clearInitializer().clearNode();
  }

  /**
   * Rewrites all views.
   *
   * @param network that was baked
   * @param levels of every rounded value that is not rearranged from another, by weather
   */
  static StoredViews rewrite(
      Network network,
      ViewBaker.Baked baked,
      IntegerPlan plan,
      IntegerWeights rounded,
      Map<Weather, Map<String, Levels>> levels) {
    Store store = new Store(baked.weights(), new WeightsFile(), new HashMap<>());
    Map<Weather, ModelProto> graphs = new LinkedHashMap<>();
    baked
        .graphs()
        .forEach(
            (weather, graph) ->
                graphs.put(
                    weather,
                    new IntegerGraph(network, plan, rounded, levels.get(weather), store, graph)
                        .model()));
    return new StoredViews(graphs, Map.of(), store.to(), Map.of());
  }

  /** What the graphs share: what they referred to, what they refer to now, and under which key. */
  private record Store(WeightsFile from, WeightsFile to, Map<String, TensorProto> stored) {
    TensorProto put(String key, TensorProto tensor) {
      return stored.computeIfAbsent(key, k -> to.store(tensor));
    }
  }

  private ModelProto model() {
    List<NodeProto> common = new ArrayList<>();
    for (TensorProto tensor : source.getGraph().getInitializerList()) {
      initializer(tensor, common);
    }
    List<NodeProto> nodes = source.getGraph().getNodeList();
    graph.addNode(nodes.get(0)).addAllNode(common);
    nodes.subList(1, nodes.size()).forEach(this::node);
    return source.toBuilder()
        .setGraph(graph)
        .clearFunctions()
        .addAllFunctions(
            IntegerFunctions.functions(network, rounded.overBase(), Onnx.opset(source)))
        .build();
  }

  private void initializer(TensorProto tensor, List<NodeProto> common) {
    String name = tensor.getName();
    String theta = name.endsWith(ViewBaker.THETA) ? name.substring(0, name.length() - 6) : "";
    if (rounded.get(theta) != null) {
      graph.addInitializer(store.put(name, rounded.get(theta).levelTensor(name)));
      scale(theta);
    } else if (rounded.get(name) != null) {
      graph.addInitializer(store.put(name, rounded.get(name).levelTensor(WEIGHT + name)));
      scale(name);
      common.add(weight(name, WEIGHT + name));
    } else if (name.equals(ViewBaker.BASE)) {
      graph.addInitializer(store.put(name, rounded.base(store.from().inline(tensor))));
    } else if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
      String key = name + '@' + WeightsFile.offset(tensor);
      graph.addInitializer(store.put(key, store.from().inline(tensor)));
    } else {
      graph.addInitializer(tensor);
    }
  }

  private void scale(String weight) {
    WeightLevels levels = rounded.get(weight);
    int channels = levels.scales().length + rounded.added(weight);
    graph.addInitializer(store.put(SCALE + weight, levels.scaleTensor(SCALE + weight, channels)));
  }

  private void node(NodeProto node) {
    if (node.getOpType().startsWith(ViewFunctions.MASKED_VIEW)
        && rounded.get(node.getOutput(0)) != null) {
      masked(node);
      return;
    }
    if (!Onnx.isStandard(node.getDomain()) && !node.getOpType().equals(ViewFunctions.FRAME_OUT)) {
      graph.addNode(node);
      return;
    }
    NodeProto.Builder reading = node.toBuilder();
    for (int i = 0; i < node.getInputCount(); i++) {
      reading.setInput(i, roundedName(node.getInput(i)));
    }
    if (plan.isInteger(node)) {
      convolution(node, reading);
    }
    graph.addNode(reading);
    if (node.getOpType().equals("Relu") && ownChannels.containsKey(node.getInput(0))) {
      ownChannels.put(node.getOutput(0), ownChannels.get(node.getInput(0)));
    }
    node.getOutputList().stream().filter(plan.origins()::containsKey).forEach(this::round);
  }

  private String roundedName(String value) {
    return plan.origins().containsKey(value) && !value.equals(network.inputName())
        ? ROUNDED + value
        : value;
  }

  private void masked(NodeProto view) {
    String weight = view.getOutput(0);
    List<String> inputs = new ArrayList<>(view.getInputList());
    if (rounded.overBase()) {
      inputs.add(SCALE + weight);
    }
    graph.addNode(
        Onnx.call(
            rounded.overBase()
                ? IntegerFunctions.MASKED_LEVELS_OVER
                : IntegerFunctions.MASKED_LEVELS,
            inputs,
            SEEN + weight));
    graph.addNode(weight(weight, SEEN + weight));
  }

  private NodeProto weight(String weight, String from) {
    int added = rounded.added(weight);
    if (added == 0) {
      return Onnx.call(IntegerFunctions.ROUNDED_WEIGHT, List.of(from, SCALE + weight), weight);
    }
    long[] pads = new long[8];
    pads[4] = added;
    return Onnx.call(
        IntegerFunctions.ROUNDED_WEIGHT_WIDE,
        List.of(from, SCALE + weight, constant("weight_pads/" + added, pads)),
        weight);
  }

  private void convolution(NodeProto node, NodeProto.Builder reading) {
    String weight = node.getInput(1);
    int added = rounded.added(weight);
    if (added > 0) {
      ownChannels.put(node.getOutput(0), network.parameters().get(weight).shape()[0]);
    }
    if (node.getInputCount() > 2) {
      String bias = BIAS + node.getOutput(0);
      List<String> inputs = new ArrayList<>();
      inputs.addAll(List.of(node.getInput(2), levels(node.getInput(0), "scale"), SCALE + weight));
      if (added > 0) {
        inputs.add(constant("bias_pads/" + added, 0, added));
      }
      graph.addNode(
          Onnx.call(
              added > 0 ? IntegerFunctions.ROUNDED_BIAS_WIDE : IntegerFunctions.ROUNDED_BIAS,
              inputs,
              bias));
      reading.setInput(2, bias);
    }
  }

  private void round(String value) {
    List<String> inputs = new ArrayList<>();
    inputs.addAll(List.of(value, levels(value, "scale"), levels(value, "zero")));
    Long channels = ownChannels.get(value);
    if (channels == null) {
      graph.addNode(Onnx.call(IntegerFunctions.ROUNDED, inputs, ROUNDED + value));
    } else {
      inputs.add(constant("channels/" + channels, channels));
      graph.addNode(Onnx.call(IntegerFunctions.ROUNDED_NARROW, inputs, ROUNDED + value));
    }
  }

  private String levels(String value, String part) {
    String origin = plan.origins().get(value);
    String name = LEVELS + origin + "/" + part;
    if (constants.add(name)) {
      Levels levels = plan.levels(value, this.levels);
      graph.addInitializer(
          part.equals("scale")
              ? GraphBuilder.floats(name, new float[] {levels.scale()})
              : Onnx.bytes(name, new long[0], (byte) levels.zero()));
    }
    return name;
  }

  private String constant(String name, long... values) {
    String own = ViewBaker.OWN + name;
    if (constants.add(own)) {
      graph.addInitializer(Onnx.longs(own, new long[] {values.length}, values));
    }
    return own;
  }
}
