package io.deweather.converter;

import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.deweather.Weather;
import io.deweather.converter.Network.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.LongStream;

/**
 * Turns a network and its visibility into one graph per weather over one {@link WeightsFile}.
 *
 * <p>The network's nodes stay as they are, but for its {@link Unfolding}. A parameter {@code t}
 * that all weathers see stays an initializer. Any other becomes the output of a call of {@link
 * ViewFunctions#MASKED_VIEW} on the initializer {@code t.theta} and its part of the weather's mask.
 *
 * <p>Masks are packed bits, of all such tensors end to end in graph order: {@value #SPECIFIC}, in
 * every graph the same, says which parameters not every weather sees, and {@value #MASK} which of
 * those this weather sees. That array is all that the graphs differ in, besides the weather's name
 * in their metadata.
 */
final class ViewBaker {
  /** The weather of a graph, in its metadata. */
  static final String WEATHER_KEY = "deweather.weather";

  static final String FRAME = "frame";
  static final String RESTORED = "restored";

  /** What begins the names of values that belong to no parameter alone. */
  static final String OWN = "deweather/";

  static final String MASK = OWN + "mask";
  static final String SPECIFIC = OWN + "specific";
  static final String BASE = OWN + "base";

  static final String THETA = ".theta";
  static final String SEEN = ".seen";
  static final String UNDER = ".under";

  /** The lowest IR version that has functions. */
  static final int IR_VERSION = 8;

  /** Other constants than parameters, such as sizes and scales, stay in the graph up to here. */
  private static final int INLINE_CONSTANT_BYTES = 1024;

  private final Network network;
  private final Visibility visibility;
  private final Network background;
  private final Unfolding unfolding;
  private final WeightsFile weights = new WeightsFile();
  private final List<TensorProto> initializers = new ArrayList<>();
  private final List<Parameter> masked = new ArrayList<>();
  private boolean[] specific = {};

  /** The graphs by weather, and the data that they share. */
  record Baked(Map<Weather, ModelProto> graphs, WeightsFile weights) {}

  private ViewBaker(Network network, Visibility visibility, Network background, boolean unfolding) {
    this.network = network;
    this.visibility = visibility;
    this.background = background;
    this.unfolding = unfolding ? Unfolding.of(network) : null;
  }

  /**
   * Bakes.
   *
   * @param network a {@link BakeableNetwork}
   * @param background whose values stand where a weather does not see a parameter; null for zeros
   * @param unfolding whether {@link ViewFunctions#FRAME_OUT} does the network's {@link Unfolding}
   */
  static Baked bake(Network network, Visibility visibility, Network background, boolean unfolding) {
    visibility.requireFits(network);
    if (background != null) {
      BakeableNetwork.requireSameParameters(network, background);
    }
    return new ViewBaker(network, visibility, background, unfolding).bake();
  }

  private Baked bake() {
    for (TensorProto tensor : network.model().getGraph().getInitializerList()) {
      Parameter parameter = network.parameters().get(tensor.getName());
      if (parameter == null) {
        initializers.add(constant(tensor));
      } else if (visibility.isCommon(parameter.name())) {
        initializers.add(weights.store(floats(parameter.name(), parameter)));
      } else {
        initializers.add(weights.store(floats(parameter.name() + THETA, parameter)));
        masked.add(parameter);
      }
    }
    List<NodeProto> views = new ArrayList<>();
    if (!masked.isEmpty()) {
      specific = joined(this::specific);
      views.addAll(unpacked());
      masked.forEach(p -> views.add(view(p)));
    }
    Map<Weather, ModelProto> graphs = new LinkedHashMap<>();
    for (Weather weather : visibility.weathers()) {
      graphs.put(weather, graph(weather, views));
    }
    return new Baked(graphs, weights);
  }

  /** The nodes that give every masked tensor its part of the mask, and of what lies under it. */
  private List<NodeProto> unpacked() {
    long[] sizes = masked.stream().mapToLong(p -> p.values().length).toArray();
    int count = Math.toIntExact(LongStream.of(sizes).sum());
    long rest = 8L * PackedBits.bytes(count) - count;
    if (rest > 0) {
      sizes = LongStream.concat(LongStream.of(sizes), LongStream.of(rest)).toArray();
    }
    String parts = OWN + "sizes";
    initializers.add(Onnx.longs(parts, new long[] {sizes.length}, sizes));
    Map<String, TensorProto> shapes = new TreeMap<>();
    for (Parameter parameter : masked) {
      long[] shape = parameter.shape();
      shapes.put(shapeName(shape), Onnx.longs(shapeName(shape), new long[] {shape.length}, shape));
    }
    initializers.addAll(shapes.values());
    initializers.add(packed(SPECIFIC, specific));
    String own = OWN + "own";
    String places = OWN + "places";
    String flags = OWN + "flags";
    List<NodeProto> nodes = new ArrayList<>();
    nodes.add(Onnx.call(ViewFunctions.UNPACK_BITS, List.of(SPECIFIC), own));
    nodes.add(Onnx.call(ViewFunctions.PLACES, List.of(own), places));
    nodes.add(Onnx.call(ViewFunctions.UNPACK_BITS, List.of(MASK), flags));
    nodes.add(Onnx.call(ViewFunctions.SEEN, List.of(own, places, flags), OWN + "seen"));
    nodes.add(split(OWN + "seen", parts, SEEN, rest > 0));
    if (background != null) {
      initializers.add(base());
      nodes.add(Onnx.call(ViewFunctions.UNDERLAY, List.of(places, BASE), OWN + "under"));
      nodes.add(split(OWN + "under", parts, UNDER, rest > 0));
    }
    return nodes;
  }

  private NodeProto split(String whole, String sizes, String suffix, boolean rest) {
    NodeProto.Builder split =
        NodeProto.newBuilder()
            .setOpType("Split")
            .addInput(whole)
            .addInput(sizes)
            .addAttribute(Onnx.integer("axis", 0));
    masked.forEach(p -> split.addOutput(p.name() + suffix));
    if (rest) {
      split.addOutput(OWN + "rest" + suffix);
    }
    return split.build();
  }

  private NodeProto view(Parameter parameter) {
    String name = parameter.name();
    List<String> inputs = new ArrayList<>();
    inputs.addAll(List.of(name + THETA, name + SEEN, shapeName(parameter.shape())));
    if (background == null) {
      return Onnx.call(ViewFunctions.MASKED_VIEW, inputs, name);
    }
    inputs.add(name + UNDER);
    return Onnx.call(ViewFunctions.MASKED_VIEW_OVER, inputs, name);
  }

  private ModelProto graph(Weather weather, List<NodeProto> views) {
    GraphProto plain = network.model().getGraph();
    GraphProto.Builder graph = GraphProto.newBuilder().setName(plain.getName());
    FrameEnd end = FrameEnd.of(network, unfolding);
    graph.addInput(Onnx.image(FRAME, DataType.UINT8, end.frames(), "height", "width", 3));
    graph.addOutput(Onnx.image(RESTORED, DataType.UINT8, end.frames(), "height", "width", 3));
    graph.addAllInitializer(initializers);
    if (!masked.isEmpty()) {
      graph.addInitializer(packed(MASK, mask(weather)));
    }
    graph.addNode(Onnx.call(ViewFunctions.FRAME_IN, List.of(FRAME), network.inputName()));
    graph.addAllNode(views);
    List<NodeProto> nodes = plain.getNodeList();
    for (NodeProto node : unfolding == null ? nodes : unfolding.without(nodes)) {
      // An exporter's stack traces would be most of the graph.
      graph.addNode(node.toBuilder().clearDocString().clearMetadataProps());
    }
    String image = unfolding == null ? network.outputName() : unfolding.folded();
    graph.addNode(Onnx.call(ViewFunctions.FRAME_OUT, List.of(image, FRAME), RESTORED));
    ModelProto source = network.model();
    long opset = Onnx.opset(source);
    ModelProto.Builder model = ModelProto.newBuilder();
    if (unfolding != null) {
      model.addMetadataProps(Onnx.entry(Unfolding.KEY, unfolding.metadata()));
    }
    return model
        .setIrVersion(IR_VERSION)
        .setProducerName("deweather")
        .addOpsetImport(Onnx.opset("", opset))
        .addOpsetImport(Onnx.opset(Onnx.DEWEATHER, ViewFunctions.VERSION))
        .addAllMetadataProps(networkMetadata(source.getMetadataPropsList()))
        .addMetadataProps(Onnx.entry(WEATHER_KEY, weather.id()))
        .addAllFunctions(functions(network, background != null, opset, end))
        .setGraph(graph)
        .build();
  }

  /** What of a graph's metadata is the network's, and not what baking adds. */
  static List<StringStringEntryProto> networkMetadata(List<StringStringEntryProto> metadata) {
    return metadata.stream()
        .filter(p -> !p.getKey().equals(WEATHER_KEY))
        .filter(p -> !p.getKey().equals(Unfolding.KEY))
        .toList();
  }

  /** What a graph of this network may call; a verifier compares with it. */
  static List<FunctionProto> functions(
      Network network, boolean overBase, long opset, FrameEnd end) {
    List<FunctionProto> functions = new ArrayList<>();
    functions.add(ViewFunctions.frameIn(opset, network.colourOrder(), network.multiple()));
    functions.add(ViewFunctions.unpackBits(opset));
    functions.add(ViewFunctions.places(opset));
    functions.add(ViewFunctions.seen(opset));
    if (overBase) {
      functions.add(ViewFunctions.underlay(opset));
      functions.add(ViewFunctions.maskedViewOver(opset));
    } else {
      functions.add(ViewFunctions.maskedView(opset));
    }
    functions.add(ViewFunctions.frameOut(opset, network.colourOrder(), network.multiple(), end));
    return functions;
  }

  private static String shapeName(long[] shape) {
    return OWN + "shape/" + Shapes.text(shape);
  }

  private TensorProto constant(TensorProto tensor) {
    boolean large = tensor.getRawData().size() > INLINE_CONSTANT_BYTES;
    return large && WeightsReader.isKnown(tensor) ? weights.store(tensor) : tensor;
  }

  private TensorProto packed(String name, boolean[] flags) {
    byte[] bytes = PackedBits.pack(flags);
    return weights.store(Onnx.bytes(name, new long[] {bytes.length}, bytes));
  }

  /** Which of the specific parameters the weather sees. */
  private boolean[] mask(Weather weather) {
    boolean[] seen = joined(tensor -> visibility.mask(tensor, weather));
    boolean[] mask = new boolean[seen.length];
    int count = 0;
    for (int i = 0; i < seen.length; i++) {
      if (specific[i]) {
        mask[count++] = seen[i];
      }
    }
    return Arrays.copyOf(mask, count);
  }

  /** The flags of all masked tensors, end to end. */
  private boolean[] joined(Function<String, boolean[]> flagsOf) {
    boolean[] flags = new boolean[masked.stream().mapToInt(p -> p.values().length).sum()];
    int at = 0;
    for (Parameter parameter : masked) {
      boolean[] own = flagsOf.apply(parameter.name());
      System.arraycopy(own, 0, flags, at, own.length);
      at += own.length;
    }
    return flags;
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

  /** The background's values of the specific parameters, end to end. */
  private TensorProto base() {
    float[] values = new float[specific.length];
    int at = 0;
    int count = 0;
    for (Parameter parameter : masked) {
      for (float under : background.parameters().get(parameter.name()).values()) {
        if (specific[at++]) {
          values[count++] = under;
        }
      }
    }
    return weights.store(GraphBuilder.floats(BASE, Arrays.copyOf(values, count), count));
  }

  private static TensorProto floats(String name, Parameter parameter) {
    return GraphBuilder.floats(name, parameter.values(), parameter.shape());
  }
}
