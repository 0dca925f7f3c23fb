package io.deweather.converter;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Writes {@code selector.onnx}: from a frame, uint8 [1, H, W, 3] BGR of any size from 16x16, to
 * {@code probabilities}, float [1, K], of each of K weathers that it is present. Four parts: looks
 * are cut from the frame, a network that was trained on such looks gives log-odds, and these are
 * calibrated: {@code p = sigmoid(slope * score + offset)}, a slope and an offset for each weather
 * (Platt, 1999).
 *
 * <p>What the file's metadata says: {@value #WEATHERS_KEY}, the weathers in the order of the
 * output, and {@value #LOG_ODDS_KEY}, the log-odds of each among the frames of calibration: what
 * has to be taken off to turn a probability's log-odds into evidence.
 */
public final class SelectorGraph {
  /** How many looks a frame gives: {@link #QUARTERS} of the whole frame, then parts of it. */
  public static final int LOOKS = 12;

  /** How many looks together show the whole frame. */
  public static final int QUARTERS = 4;

  /** The input's name. */
  public static final String FRAME = "frame";

  /** The output's name. */
  public static final String PROBABILITIES = "probabilities";

  static final String WEATHERS_KEY = "deweather.weathers";
  static final String LOG_ODDS_KEY = "deweather.log_odds";

  private static final int LARGE = 1024;
  private static final String SCALED = "scaled_features";
  private static final String FACTORS = "scale/factors";
  private static final String OFFSETS = "scale/offsets";
  private static final String HALF = ".half";

  private SelectorGraph() {}

  /**
   * How scores become probabilities.
   *
   * @param slopes what each weather's score is multiplied with
   * @param offsets what is added then
   * @param logOdds of each weather among the frames of calibration
   */
  public record Calibration(float[] slopes, float[] offsets, double[] logOdds) {
    /** Takes scores of {@code count} weathers as log-odds. */
    public static Calibration none(int count) {
      float[] ones = new float[count];
      Arrays.fill(ones, 1);
      return new Calibration(ones, new float[count], new double[count]);
    }
  }

  /**
   * How features are brought to one scale: {@code 3 tanh((f - mean) / (3 deviation))}, so that no
   * single feature of an odd frame outweighs all others.
   *
   * @param means one for each feature
   * @param deviations one for each feature, above 0
   */
  public record Scaling(float[] means, float[] deviations) {
    /** Where a feature's influence ends, in deviations. */
    public static final float BOUND = 3;

    /** The scaled value of feature {@code i}. */
    public float apply(int i, float feature) {
      double z = (feature - means[i]) / deviations[i];
      return (float) (BOUND * Math.tanh(z / BOUND));
    }
  }

  /**
   * The graph as far as the features: {@code frame} to what the trunk gives.
   *
   * @param trunk from looks to features
   */
  public static ModelProto features(Network trunk) {
    GraphProto.Builder graph = GraphProto.newBuilder().setName("features");
    graph.addInput(Onnx.image(FRAME, DataType.UINT8, 1, "height", "width", 3));
    graph.addOutput(trunk.model().getGraph().getOutput(0));
    trunk(graph, trunk);
    return model(graph).build();
  }

  /**
   * The whole graph.
   *
   * @param trunk from looks to features
   * @param scaling of the features
   * @param head from scaled features to scores
   * @param weathers in the order of the scores
   */
  public static ModelProto of(
      Network trunk,
      Scaling scaling,
      Network head,
      List<String> weathers,
      Calibration calibration) {
    GraphProto.Builder graph = GraphProto.newBuilder().setName("selector");
    graph.addInput(Onnx.image(FRAME, DataType.UINT8, 1, "height", "width", 3));
    graph.addOutput(Onnx.image(PROBABILITIES, DataType.FLOAT, 1, weathers.size()));
    trunk(graph, trunk);
    graph.addAllNode(scaled(trunk.outputName(), scaling));
    ModelProto upper = prefixed(head.model(), SelectorFile.HEAD, SCALED);
    store(graph, upper);
    graph.addAllNode(upper.getGraph().getNodeList());
    long[] shape = {1, weathers.size()};
    graph.addNode(Onnx.constant("slopes", GraphBuilder.floats("", calibration.slopes(), shape)));
    graph.addNode(Onnx.constant("offsets", GraphBuilder.floats("", calibration.offsets(), shape)));
    String scores = upper.getGraph().getOutput(0).getName();
    graph.addNode(Onnx.node("Mul", List.of(scores, "slopes"), "scaled"));
    graph.addNode(Onnx.node("Add", List.of("scaled", "offsets"), "log_odds"));
    graph.addNode(Onnx.node("Sigmoid", List.of("log_odds"), PROBABILITIES));
    String logOdds =
        Arrays.stream(calibration.logOdds())
            .mapToObj(value -> String.format(Locale.ROOT, "%.4f", value))
            .collect(Collectors.joining(","));
    return model(graph)
        .addMetadataProps(Onnx.entry(WEATHERS_KEY, String.join(",", weathers)))
        .addMetadataProps(Onnx.entry(LOG_ODDS_KEY, logOdds))
        .build();
  }

  private static void trunk(GraphProto.Builder graph, Network trunk) {
    graph.addAllNode(FrameLooks.nodes(FRAME, trunk.inputName()));
    store(graph, trunk.model());
    graph.addAllNode(trunk.model().getGraph().getNodeList());
  }

  /**
   * The values of a graph's initializers under the names that its nodes read, those of {@link #of}
   * widened.
   */
  static Map<String, float[]> values(GraphProto graph) {
    Map<String, float[]> values = new LinkedHashMap<>();
    for (TensorProto tensor : graph.getInitializerList()) {
      if (tensor.getDataType() == DataType.FLOAT16_VALUE) {
        String name = tensor.getName();
        name = name.endsWith(HALF) ? name.substring(0, name.length() - HALF.length()) : name;
        values.put(name, Network.floats(HalfFloats.widened(tensor)));
      } else if (tensor.getDataType() == DataType.FLOAT_VALUE) {
        values.put(tensor.getName(), Network.floats(tensor));
      }
    }
    return values;
  }

  /** The scaling of a graph of {@link #of}; null if it has none. */
  static Scaling scaling(GraphProto graph) {
    float[] factors = constant(graph, FACTORS);
    float[] offsets = constant(graph, OFFSETS);
    if (factors == null || offsets == null || factors.length != offsets.length) {
      return null;
    }
    float[] means = new float[factors.length];
    float[] deviations = new float[factors.length];
    for (int i = 0; i < factors.length; i++) {
      deviations[i] = 1 / (Scaling.BOUND * factors[i]);
      means[i] = -offsets[i] / factors[i];
    }
    return new Scaling(means, deviations);
  }

  private static float[] constant(GraphProto graph, String name) {
    return graph.getNodeList().stream()
        .filter(node -> node.getOpType().equals("Constant") && node.getOutput(0).equals(name))
        .findFirst()
        .map(node -> Network.floats(node.getAttribute(0).getT()))
        .orElse(null);
  }

  /** Keeps what is large in half precision; ONNX Runtime widens it when it loads the graph. */
  private static void store(GraphProto.Builder graph, ModelProto part) {
    for (TensorProto tensor : part.getGraph().getInitializerList()) {
      if (Network.floats(tensor).length < LARGE) {
        graph.addInitializer(tensor);
      } else {
        String half = tensor.getName() + HALF;
        graph.addInitializer(HalfFloats.of(half, tensor));
        graph.addNode(
            Onnx.node(
                "Cast",
                List.of(half),
                tensor.getName(),
                Onnx.integer("to", DataType.FLOAT.getNumber())));
      }
    }
  }

  private static List<NodeProto> scaled(String features, Scaling scaling) {
    int count = scaling.means().length;
    float[] factors = new float[count];
    float[] offsets = new float[count];
    for (int i = 0; i < count; i++) {
      factors[i] = 1 / (Scaling.BOUND * scaling.deviations()[i]);
      offsets[i] = -scaling.means()[i] * factors[i];
    }
    long[] shape = {1, count, 1, 1};
    return List.of(
        Onnx.constant(FACTORS, GraphBuilder.floats("", factors, shape)),
        Onnx.constant(OFFSETS, GraphBuilder.floats("", offsets, shape)),
        Onnx.constant("scale/bound", Onnx.scalar(Scaling.BOUND)),
        Onnx.node("Mul", List.of(features, FACTORS), "scale/multiplied"),
        Onnx.node("Add", List.of("scale/multiplied", OFFSETS), "scale/moved"),
        Onnx.node("Tanh", List.of("scale/moved"), "scale/bounded"),
        Onnx.node("Mul", List.of("scale/bounded", "scale/bound"), SCALED));
  }

  /** The model with other names, since both parts number their values from 0. */
  private static ModelProto prefixed(ModelProto model, String prefix, String input) {
    String own = model.getGraph().getInput(0).getName();
    UnaryOperator<String> renamed = name -> name.equals(own) ? input : prefix + name;
    GraphProto.Builder graph = model.getGraph().toBuilder();
    for (NodeProto.Builder node : graph.getNodeBuilderList()) {
      node.setName(renamed.apply(node.getName()));
      for (int i = 0; i < node.getInputCount(); i++) {
        node.setInput(i, renamed.apply(node.getInput(i)));
      }
      node.setOutput(0, renamed.apply(node.getOutput(0)));
    }
    graph.getInitializerBuilderList().forEach(t -> t.setName(renamed.apply(t.getName())));
    graph.getOutputBuilderList().forEach(o -> o.setName(renamed.apply(o.getName())));
    return model.toBuilder().setGraph(graph).build();
  }

  private static ModelProto.Builder model(GraphProto.Builder graph) {
    return ModelProto.newBuilder()
        .setIrVersion(GraphBuilder.IR_VERSION)
        .setProducerName("deweather")
        .addOpsetImport(Onnx.opset("", GraphBuilder.OPSET))
        .setGraph(graph);
  }
}
