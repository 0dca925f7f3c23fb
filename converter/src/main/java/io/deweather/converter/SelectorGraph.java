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
    GraphProto.Builder graph = onFrames("features");
    graph.addOutput(trunk.model().getGraph().getOutput(0));
    trunk(graph, trunk);
    return model(graph).build();
  }

  /**
   * How a frame is judged: at first, or by a {@link SecondOpinion}.
   *
   * @param trunk from looks to features
   * @param scaling of the features
   * @param head from scaled features to scores
   * @param calibration of the scores
   */
  public record Judgement(Network trunk, Scaling scaling, Network head, Calibration calibration) {}

  /**
   * The whole graph.
   *
   * @param weathers in the order of the scores
   * @param opinion to ask where the judgement leaves doubt; null for none
   */
  public static ModelProto of(Judgement judgement, List<String> weathers, SecondOpinion opinion) {
    GraphProto.Builder graph = onFrames("selector");
    graph.addOutput(Onnx.image(PROBABILITIES, DataType.FLOAT, 1, weathers.size()));
    String looks = judgement.trunk.inputName();
    String logOdds = first(graph, judgement);
    if (opinion != null) {
      logOdds = opinion.add(graph, looks, logOdds);
    }
    graph.addNode(Onnx.node("Sigmoid", List.of(logOdds), PROBABILITIES));
    String prior =
        Arrays.stream(judgement.calibration.logOdds())
            .mapToObj(value -> String.format(Locale.ROOT, "%.4f", value))
            .collect(Collectors.joining(","));
    return model(graph)
        .addMetadataProps(Onnx.entry(WEATHERS_KEY, String.join(",", weathers)))
        .addMetadataProps(Onnx.entry(LOG_ODDS_KEY, prior))
        .build();
  }

  /**
   * What a second opinion's head learns from: {@code frame} to the log-odds of the judgement and
   * the features that {@code sight} gives, zeros outside {@link SecondOpinion#LEARNED_FROM}.
   */
  public static ModelProto opinionFeatures(Judgement judgement, Network sight) {
    GraphProto.Builder graph = onFrames("opinion_features");
    String looks = judgement.trunk.inputName();
    String seen = SecondOpinion.addExamples(graph, sight, looks, first(graph, judgement));
    graph.addOutput(Onnx.image(seen, DataType.FLOAT, 1, "features", 1, 1));
    return model(graph).build();
  }

  private static GraphProto.Builder onFrames(String name) {
    return GraphProto.newBuilder()
        .setName(name)
        .addInput(Onnx.image(FRAME, DataType.UINT8, 1, "height", "width", 3));
  }

  /** The nodes of the judgement; the name of the log-odds. */
  private static String first(GraphProto.Builder graph, Judgement judgement) {
    trunk(graph, judgement.trunk);
    return judge(graph, "", judgement.trunk.outputName(), judgement);
  }

  private static void trunk(GraphProto.Builder graph, Network trunk) {
    graph.addAllNode(FrameLooks.nodes(FRAME, trunk.inputName()));
    include(graph, trunk.model());
  }

  /**
   * Adds what makes log-odds of features.
   *
   * @param prefix of every new name
   * @param features name of {@code [1, F, 1, 1]}
   * @param judgement how; its trunk is not added
   * @return the name of the log-odds, {@code [1, weathers]}
   */
  static String judge(
      GraphProto.Builder graph, String prefix, String features, Judgement judgement) {
    graph.addAllNode(scaled(prefix, features, judgement.scaling));
    ModelProto head = judgement.head.model();
    ModelProto upper = prefixed(head, prefix + SelectorFile.HEAD, prefix + SCALED);
    include(graph, upper);
    Calibration calibration = judgement.calibration;
    long[] shape = {1, calibration.slopes().length};
    String slopes = prefix + "slopes";
    String offsets = prefix + "offsets";
    graph.addNode(Onnx.constant(slopes, GraphBuilder.floats("", calibration.slopes(), shape)));
    graph.addNode(Onnx.constant(offsets, GraphBuilder.floats("", calibration.offsets(), shape)));
    String scores = upper.getGraph().getOutput(0).getName();
    graph.addNode(Onnx.node("Mul", List.of(scores, slopes), prefix + "scaled"));
    graph.addNode(Onnx.node("Add", List.of(prefix + "scaled", offsets), prefix + "log_odds"));
    return prefix + "log_odds";
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

  /** Adds a part's nodes and what they read, what is large in half precision. */
  static void include(GraphProto.Builder graph, ModelProto part) {
    for (TensorProto tensor : part.getGraph().getInitializerList()) {
      if (tensor.getDataType() != DataType.FLOAT_VALUE || Network.floats(tensor).length < LARGE) {
        graph.addInitializer(tensor);
      } else {
        // ONNX Runtime widens it when it loads the graph.
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
    graph.addAllNode(part.getGraph().getNodeList());
  }

  private static List<NodeProto> scaled(String prefix, String features, Scaling scaling) {
    int count = scaling.means().length;
    float[] factors = new float[count];
    float[] offsets = new float[count];
    for (int i = 0; i < count; i++) {
      factors[i] = 1 / (Scaling.BOUND * scaling.deviations()[i]);
      offsets[i] = -scaling.means()[i] * factors[i];
    }
    long[] shape = {1, count, 1, 1};
    String multiplied = prefix + "scale/multiplied";
    String moved = prefix + "scale/moved";
    String bounded = prefix + "scale/bounded";
    String bound = prefix + "scale/bound";
    return List.of(
        Onnx.constant(prefix + FACTORS, GraphBuilder.floats("", factors, shape)),
        Onnx.constant(prefix + OFFSETS, GraphBuilder.floats("", offsets, shape)),
        Onnx.constant(bound, Onnx.scalar(Scaling.BOUND)),
        Onnx.node("Mul", List.of(features, prefix + FACTORS), multiplied),
        Onnx.node("Add", List.of(multiplied, prefix + OFFSETS), moved),
        Onnx.node("Tanh", List.of(moved), bounded),
        Onnx.node("Mul", List.of(bounded, bound), prefix + SCALED));
  }

  /** The model with other names: parts number their values from 0. */
  static ModelProto prefixed(ModelProto model, String prefix, String input) {
    String own = model.getGraph().getInput(0).getName();
    UnaryOperator<String> renamed =
        name -> name.isEmpty() ? name : name.equals(own) ? input : prefix + name;
    GraphProto.Builder graph = model.getGraph().toBuilder();
    graph.clearNode();
    for (NodeProto node : model.getGraph().getNodeList()) {
      String name = renamed.apply(node.getName());
      graph.addNode(Onnx.renamed(node, renamed).toBuilder().setName(name));
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
