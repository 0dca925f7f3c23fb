package io.deweather.converter;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.deweather.Weather;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Rewrites baked views so that their parameters are stored at half the bytes: once as graphs that
 * widen them when they are loaded and compute as before, and once as graphs that compute in half
 * precision between the frame contract's ends. Both refer to the same weights.
 *
 * <p>In the first, {@link ViewFunctions#MASKED_VIEW} and {@link ViewFunctions#MASKED_VIEW_OVER}
 * take a half-precision weight; a tensor {@code t} that all weathers see is {@link #WIDENED} from
 * {@code deweather/half/t}. Every such call has constant inputs only and is folded away.
 */
final class HalfViews {
  /** {@code Widened(half) -> weight}: half to single precision. */
  static final String WIDENED = "Widened";

  /** Begins the names of what tensors that all weathers see are stored as, and of constants. */
  static final String HALF = ViewBaker.OWN + "half/";

  /** What begins with no values of pixels. */
  private static final Set<String> SIZES = Set.of("Constant", "Shape", "Size");

  private final Network network;
  private final ViewBaker.Baked baked;
  private final WeightsFile weights = new WeightsFile();
  private final Map<String, TensorProto> stored = new HashMap<>();

  private HalfViews(Network network, ViewBaker.Baked baked) {
    this.network = network;
    this.baked = baked;
  }

  /**
   * Rewrites.
   *
   * @param network that was baked
   * @throws BundleException naming the tensor, if a value is beyond what half precision holds
   */
  static StoredViews of(Network network, ViewBaker.Baked baked) {
    return new HalfViews(network, baked).rewrite();
  }

  private StoredViews rewrite() {
    Map<Weather, ModelProto> widening = new LinkedHashMap<>();
    Map<Weather, ModelProto> computing = new LinkedHashMap<>();
    baked
        .graphs()
        .forEach(
            (weather, graph) -> {
              widening.put(weather, graph(graph, false));
              computing.put(weather, graph(graph, true));
            });
    return new StoredViews(widening, computing, weights, Map.of());
  }

  private ModelProto graph(ModelProto model, boolean computing) {
    GraphProto source = model.getGraph();
    GraphProto.Builder graph = source.toBuilder().clearInitializer().clearNode();
    List<NodeProto> widened = new ArrayList<>();
    for (TensorProto tensor : source.getInitializerList()) {
      boolean common = network.parameters().containsKey(tensor.getName());
      if (common && !computing) {
        String half = HALF + tensor.getName();
        graph.addInitializer(store(half, tensor));
        widened.add(Onnx.call(WIDENED, List.of(half), tensor.getName()));
      } else if (common || isMasked(tensor) || tensor.getName().equals(ViewBaker.BASE)) {
        graph.addInitializer(store(tensor.getName(), tensor));
      } else {
        graph.addInitializer(kept(tensor));
      }
    }
    graph.addNode(source.getNode(0)).addAllNode(widened);
    graph.addAllNode(source.getNodeList().subList(1, source.getNodeCount()));
    boolean overBase =
        model.getFunctionsList().stream()
            .anyMatch(f -> f.getName().equals(ViewFunctions.MASKED_VIEW_OVER));
    if (computing) {
      new HalfConstants(graph, source).replace();
    }
    return model.toBuilder()
        .setGraph(graph)
        .clearFunctions()
        .addAllFunctions(
            functions(network, overBase, Onnx.opset(model), FrameEnd.of(model), computing))
        .build();
  }

  private boolean isMasked(TensorProto tensor) {
    String name = tensor.getName();
    return name.endsWith(ViewBaker.THETA)
        && network
            .parameters()
            .containsKey(name.substring(0, name.length() - ViewBaker.THETA.length()));
  }

  /** A tensor of the bundle at half the bytes. The graphs share what is stored. */
  private TensorProto store(String name, TensorProto tensor) {
    TensorProto half =
        stored.computeIfAbsent(
            tensor.getName(), n -> weights.store(HalfFloats.of(n, baked.weights().inline(tensor))));
    return half.toBuilder().setName(name).build();
  }

  /** A tensor whose bytes stay as they are. The graphs share all but the masks, which differ. */
  private TensorProto kept(TensorProto tensor) {
    if (tensor.getDataLocation() != TensorProto.DataLocation.EXTERNAL) {
      return tensor;
    }
    String key = tensor.getName() + '@' + WeightsFile.offset(tensor);
    return stored.computeIfAbsent(key, k -> weights.store(baked.weights().inline(tensor)));
  }

  /** What a graph of this network may call; a verifier compares with it. */
  static List<FunctionProto> functions(
      Network network, boolean overBase, long opset, FrameEnd end, boolean computing) {
    List<FunctionProto> functions = new ArrayList<>();
    for (FunctionProto single : ViewBaker.functions(network, overBase, opset, end)) {
      functions.add(
          switch (single.getName()) {
            case ViewFunctions.FRAME_IN -> computing ? narrowedAfter(single) : single;
            case ViewFunctions.FRAME_OUT -> computing ? widenedBefore(single, "image") : single;
            // Masked in single precision, also for graphs that compute in half: ONNX Runtime folds
            // with the CPU's kernels, whatever the device, and there Where takes no half.
            case ViewFunctions.MASKED_VIEW, ViewFunctions.MASKED_VIEW_OVER -> {
              FunctionProto widened = widenedBefore(single, "weight");
              yield computing ? narrowedAfter(widened) : widened;
            }
            case ViewFunctions.UNDERLAY -> widenedBefore(single, "base");
            default -> single;
          });
    }
    if (!computing) {
      functions.add(
          FunctionProto.newBuilder()
              .setDomain(Onnx.DEWEATHER)
              .setName(WIDENED)
              .addInput("half")
              .addOutput("weight")
              .addNode(cast("half", "weight", DataType.FLOAT))
              .addOpsetImport(Onnx.opset("", opset))
              .build());
    }
    return functions;
  }

  private static FunctionProto narrowedAfter(FunctionProto function) {
    String output = function.getOutput(0);
    FunctionProto.Builder narrowed = function.toBuilder();
    NodeProto.Builder last = narrowed.getNodeBuilder(narrowed.getNodeCount() - 1);
    last.setOutput(0, output + "_single");
    return narrowed.addNode(cast(output + "_single", output, DataType.FLOAT16)).build();
  }

  private static FunctionProto widenedBefore(FunctionProto function, String input) {
    FunctionProto.Builder widened = function.toBuilder().clearNode();
    widened.addNode(cast(input, input + "_single", DataType.FLOAT));
    for (NodeProto node : function.getNodeList()) {
      widened.addNode(Onnx.renamed(node, value -> value.equals(input) ? input + "_single" : value));
    }
    return widened.build();
  }

  private static NodeProto cast(String from, String to, DataType type) {
    return Onnx.node("Cast", List.of(from), to, Onnx.integer("to", type.getNumber()));
  }

  /** Gives arithmetic its constants in half precision; sizes and scales of Resize stay single. */
  private final class HalfConstants {
    private final GraphProto.Builder graph;
    private final GraphProto source;
    private final Map<String, TensorProto> constants = new HashMap<>();
    private final Set<String> added = new HashSet<>();
    private final Set<String> extents;

    HalfConstants(GraphProto.Builder graph, GraphProto source) {
      this.graph = graph;
      this.source = source;
      extents = extents();
    }

    void replace() {
      for (TensorProto tensor : source.getInitializerList()) {
        if (tensor.getDataType() == DataType.FLOAT_VALUE
            && !network.parameters().containsKey(tensor.getName())
            && !isMasked(tensor)
            && !tensor.getName().equals(ViewBaker.BASE)) {
          constants.put(tensor.getName(), baked.weights().inline(tensor));
        }
      }
      for (NodeProto.Builder node : graph.getNodeBuilderList()) {
        if (node.getOpType().equals("Constant") && node.getAttribute(0).hasT()) {
          TensorProto value = node.getAttribute(0).getT();
          if (value.getDataType() == DataType.FLOAT_VALUE) {
            constants.put(node.getOutput(0), value);
          }
        } else if (extents.contains(node.getOutput(0))) {
          continue;
        } else if (node.getOpType().equals("Cast")) {
          for (AttributeProto.Builder attribute : node.getAttributeBuilderList()) {
            if (attribute.getName().equals("to") && attribute.getI() == DataType.FLOAT_VALUE) {
              attribute.setI(DataType.FLOAT16_VALUE);
            }
          }
        } else {
          narrowInputs(node);
        }
      }
      widenComputedScales();
      dropUnread();
    }

    /** What Resize scales by where that follows from sizes alone: half would round it. */
    private Set<String> extents() {
      Map<String, NodeProto> makers = new HashMap<>();
      graph.getNodeList().forEach(n -> n.getOutputList().forEach(o -> makers.put(o, n)));
      Set<String> initializers = new HashSet<>();
      graph.getInitializerList().forEach(t -> initializers.add(t.getName()));
      Set<String> extents = new HashSet<>();
      for (NodeProto node : graph.getNodeList()) {
        if (node.getOpType().equals("Resize")) {
          node.getInputList().stream()
              .skip(1)
              .forEach(scales -> extents.addAll(fromSizes(scales, makers, initializers)));
        }
      }
      return extents;
    }

    /** The values that one is computed by, itself among them; none if pixels are among these. */
    private static Set<String> fromSizes(
        String value, Map<String, NodeProto> makers, Set<String> initializers) {
      Set<String> values = new HashSet<>();
      Deque<String> open = new ArrayDeque<>(List.of(value));
      while (!open.isEmpty()) {
        String name = open.pop();
        NodeProto maker = makers.get(name);
        if (maker == null && !name.isEmpty() && !initializers.contains(name)) {
          return Set.of();
        }
        if (maker != null && !SIZES.contains(maker.getOpType()) && values.add(name)) {
          open.addAll(maker.getInputList());
        }
      }
      return values;
    }

    /** Resize takes its region and scales in single precision only, also where pixels decide. */
    private void widenComputedScales() {
      Set<String> computed = new HashSet<>();
      Set<String> widened = new HashSet<>();
      List<NodeProto> nodes = new ArrayList<>();
      for (NodeProto.Builder node : graph.getNodeBuilderList()) {
        if (node.getOpType().equals("Resize")) {
          for (int i = 1; i < Math.min(3, node.getInputCount()); i++) {
            String name = node.getInput(i);
            if (computed.contains(name) && !extents.contains(name)) {
              String single = HALF + name + "/single";
              if (widened.add(single)) {
                nodes.add(cast(name, single, DataType.FLOAT));
              }
              node.setInput(i, single);
            }
          }
        }
        if (!node.getOpType().equals("Constant")) {
          node.getOutputList().stream().filter(o -> !o.isEmpty()).forEach(computed::add);
        }
        nodes.add(node.build());
      }
      graph.clearNode().addAllNode(nodes);
    }

    /** Constants in single precision that nothing reads any more; a runtime would complain. */
    private void dropUnread() {
      Set<String> read = new HashSet<>();
      graph.getNodeList().forEach(n -> read.addAll(n.getInputList()));
      List<NodeProto> nodes =
          graph.getNodeList().stream()
              .filter(n -> read.contains(n.getOutput(0)) || !constants.containsKey(n.getOutput(0)))
              .toList();
      List<TensorProto> tensors =
          graph.getInitializerList().stream()
              .filter(t -> read.contains(t.getName()) || !constants.containsKey(t.getName()))
              .toList();
      graph.clearNode().addAllNode(nodes).clearInitializer().addAllInitializer(tensors);
    }

    private void narrowInputs(NodeProto.Builder node) {
      boolean scales = node.getOpType().equals("Resize");
      for (int i = scales ? node.getInputCount() : 0; i < node.getInputCount(); i++) {
        String name = node.getInput(i);
        TensorProto value = constants.get(name);
        if (value != null) {
          if (added.add(name)) {
            graph.addInitializer(HalfFloats.of(HALF + name, value));
          }
          node.setInput(i, HALF + name);
        }
      }
    }
  }
}
