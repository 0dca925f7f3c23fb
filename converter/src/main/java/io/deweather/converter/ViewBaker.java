package io.deweather.converter;

import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.deweather.BundleException;
import io.deweather.Weather;
import io.deweather.converter.Network.Parameter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Turns a network and its visibility into one graph per weather over one {@link WeightsFile}.
 *
 * <p>The network's nodes stay as they are. A parameter that all weathers see stays an initializer;
 * any other, {@code t}, becomes the output of a call of {@link ViewFunctions#MASKED_VIEW} on the
 * initializers {@code t.theta} and {@code t.bits}, and these bits are all that the graphs differ in
 * besides the weather's name in their metadata.
 */
final class ViewBaker {
  /** The weather of a graph, in its metadata. */
  static final String WEATHER_KEY = "deweather.weather";

  static final String FRAME = "frame";
  static final String RESTORED = "restored";
  static final String THETA = ".theta";
  static final String BITS = ".bits";
  static final String SPECIFIC = ".specific";
  static final String BASE = ".base";
  static final String SHAPE = "deweather/shape/";

  /** The lowest IR version that has functions. */
  static final int IR_VERSION = 8;

  /** The opsets whose operators the functions are written in. */
  static final int LOWEST_OPSET = 13;

  static final int HIGHEST_OPSET = 26;

  /** An entry in weights.bin costs some 75 bytes in the graph; shorter masks stay in it. */
  private static final int INLINE_BYTES = 64;

  /** Other constants than parameters, such as sizes and scales, stay in the graph up to here. */
  private static final int INLINE_CONSTANT_BYTES = 1024;

  private final Network network;
  private final Visibility visibility;
  private final Network background;
  private final WeightsFile weights = new WeightsFile();
  private final List<TensorProto> initializers = new ArrayList<>();
  private final List<NodeProto> views = new ArrayList<>();
  private final Map<String, TensorProto> shapes = new TreeMap<>();

  /** The graphs by weather, and the data that they share. */
  record Baked(Map<Weather, ModelProto> graphs, WeightsFile weights) {}

  private ViewBaker(Network network, Visibility visibility, Network background) {
    this.network = network;
    this.visibility = visibility;
    this.background = background;
  }

  /**
   * Bakes.
   *
   * @param background whose values stand where a weather does not see a parameter; null for zeros
   */
  static Baked bake(Network network, Visibility visibility, Network background) {
    visibility.requireFits(network);
    requirePlain(network);
    if (background != null) {
      requireSameParameters(network, background);
    }
    return new ViewBaker(NetworkNames.freed(network), visibility, background).bake();
  }

  private Baked bake() {
    for (TensorProto tensor : network.model().getGraph().getInitializerList()) {
      Parameter parameter = network.parameters().get(tensor.getName());
      if (parameter == null) {
        initializers.add(constant(tensor));
      } else if (visibility.isCommon(parameter.name())) {
        initializers.add(weights.store(floats(parameter.name(), parameter)));
      } else {
        addView(parameter);
      }
    }
    Map<Weather, ModelProto> graphs = new LinkedHashMap<>();
    for (Weather weather : visibility.weathers()) {
      graphs.put(weather, graph(weather));
    }
    return new Baked(graphs, weights);
  }

  private void addView(Parameter parameter) {
    String name = parameter.name();
    String shape = SHAPE + Shapes.text(parameter.shape());
    shapes.put(shape, Onnx.longs(shape, new long[] {parameter.shape().length}, parameter.shape()));
    initializers.add(weights.store(floats(name + THETA, parameter)));
    List<String> inputs = new ArrayList<>(List.of(name + THETA, name + BITS, shape));
    if (background != null) {
      boolean[] specific = specific(name);
      initializers.add(packed(name + SPECIFIC, specific));
      initializers.add(
          weights.store(base(name + BASE, background.parameters().get(name), specific)));
      inputs.addAll(List.of(name + SPECIFIC, name + BASE));
    }
    String function =
        background == null ? ViewFunctions.MASKED_VIEW : ViewFunctions.MASKED_VIEW_OVER;
    views.add(Onnx.node(function, inputs, name).toBuilder().setDomain(Onnx.DEWEATHER).build());
  }

  private ModelProto graph(Weather weather) {
    GraphProto plain = network.model().getGraph();
    GraphProto.Builder graph = GraphProto.newBuilder().setName(plain.getName());
    graph.addInput(Onnx.image(FRAME, DataType.UINT8, 1, "height", "width", 3));
    graph.addOutput(Onnx.image(RESTORED, DataType.UINT8, 1, "height", "width", 3));
    graph.addAllInitializer(initializers).addAllInitializer(shapes.values());
    for (NodeProto view : views) {
      String tensor = view.getOutput(0);
      graph.addInitializer(packed(tensor + BITS, visibility.mask(tensor, weather)));
    }
    graph.addNode(frameNode(ViewFunctions.FRAME_IN, List.of(FRAME), network.inputName()));
    graph.addAllNode(views);
    for (NodeProto node : plain.getNodeList()) {
      // An exporter's stack traces would be most of the graph.
      graph.addNode(node.toBuilder().clearDocString().clearMetadataProps());
    }
    graph.addNode(
        frameNode(ViewFunctions.FRAME_OUT, List.of(network.outputName(), FRAME), RESTORED));
    ModelProto source = network.model();
    long opset = Onnx.opset(source);
    return ModelProto.newBuilder()
        .setIrVersion(IR_VERSION)
        .setProducerName("deweather")
        .addOpsetImport(Onnx.opset("", opset))
        .addOpsetImport(Onnx.opset(Onnx.DEWEATHER, 1))
        .addAllMetadataProps(source.getMetadataPropsList())
        .addMetadataProps(Onnx.entry(WEATHER_KEY, weather.id()))
        .addAllFunctions(functions(network, background != null, opset))
        .setGraph(graph)
        .build();
  }

  /** What a graph of this network calls; a verifier compares with it. */
  static List<FunctionProto> functions(Network network, boolean overBase, long opset) {
    return List.of(
        ViewFunctions.frameIn(opset, network.colourOrder(), network.multiple()),
        overBase ? ViewFunctions.maskedViewOver(opset) : ViewFunctions.maskedView(opset),
        ViewFunctions.frameOut(opset, network.colourOrder(), network.multiple()));
  }

  private static NodeProto frameNode(String function, List<String> inputs, String output) {
    return Onnx.node(function, inputs, output).toBuilder()
        .setDomain(Onnx.DEWEATHER)
        .setName(function)
        .build();
  }

  private TensorProto constant(TensorProto tensor) {
    return tensor.getRawData().size() > INLINE_CONSTANT_BYTES ? weights.store(tensor) : tensor;
  }

  private TensorProto packed(String name, boolean[] bits) {
    byte[] bytes = PackedBits.pack(bits);
    TensorProto tensor = Onnx.bytes(name, new long[] {bytes.length}, bytes);
    return bytes.length <= INLINE_BYTES ? tensor : weights.store(tensor);
  }

  private boolean[] specific(String tensor) {
    byte[] bits = visibility.bits(tensor);
    byte everyone = Visibility.everyone(visibility.weathers());
    boolean[] specific = new boolean[bits.length];
    for (int i = 0; i < bits.length; i++) {
      specific[i] = bits[i] != everyone;
    }
    return specific;
  }

  private static TensorProto base(String name, Parameter parameter, boolean[] specific) {
    float[] values = new float[specific.length];
    int count = 0;
    for (int i = 0; i < specific.length; i++) {
      if (specific[i]) {
        values[count++] = parameter.values()[i];
      }
    }
    return GraphBuilder.floats(name, java.util.Arrays.copyOf(values, count), count);
  }

  private static TensorProto floats(String name, Parameter parameter) {
    return GraphBuilder.floats(name, parameter.values(), parameter.shape());
  }

  private static void requirePlain(Network network) {
    ModelProto model = network.model();
    long opset = Onnx.opset(model);
    if (opset < LOWEST_OPSET || opset > HIGHEST_OPSET) {
      throw new BundleException(
          "network's opset (%d) must be from %d to %d"
              .formatted(opset, LOWEST_OPSET, HIGHEST_OPSET));
    }
    for (NodeProto node : model.getGraph().getNodeList()) {
      if (!Onnx.isStandard(node.getDomain())) {
        throw new BundleException(
            "network's node %s must be a standard operator, is %s.%s"
                .formatted(node.getName(), node.getDomain(), node.getOpType()));
      }
      if (node.getAttributeList().stream().anyMatch(a -> a.hasG() || a.getGraphsCount() > 0)) {
        throw new BundleException(
            "network's node %s (%s) has a graph inside; a network is one plain graph"
                .formatted(node.getName(), node.getOpType()));
      }
    }
    for (TensorProto tensor : model.getGraph().getInitializerList()) {
      if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
        throw new BundleException(
            "network's constant "
                + tensor.getName()
                + " is external data; a network holds its own");
      }
    }
    if (model.getGraph().getSparseInitializerCount() > 0) {
      throw new BundleException("network has sparse constants; a network is one plain graph");
    }
  }

  private static void requireSameParameters(Network network, Network background) {
    Set<String> missing = new HashSet<>(network.parameters().keySet());
    missing.removeAll(background.parameters().keySet());
    if (!missing.isEmpty()) {
      throw new BundleException("background has no tensor " + missing.iterator().next());
    }
    for (Parameter parameter : network.parameters().values()) {
      long[] other = background.parameters().get(parameter.name()).shape();
      if (!java.util.Arrays.equals(parameter.shape(), other)) {
        throw new BundleException(
            "background's tensor %s has shape %s, the network's has %s"
                .formatted(parameter.name(), Shapes.text(other), Shapes.text(parameter.shape())));
      }
    }
  }
}
