package io.deweather.converter;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Writes {@code selector.onnx}: from a frame, uint8 [1, H, W, 3] BGR of any size from 16x16, to
 * {@code probabilities}, float [1, K], of each of K weathers that it is present. Three parts: looks
 * are cut from the frame, a network that was trained on such looks gives log-odds, and these are
 * calibrated: {@code p = sigmoid(slope * score + offset)}, a slope and an offset for each weather
 * (Platt, 1999).
 *
 * <p>What the file's metadata says: {@value #WEATHERS_KEY}, the weathers in the order of the
 * output, and {@value #LOG_ODDS_KEY}, the log-odds of each among the frames of calibration: what
 * has to be taken off to turn a probability's log-odds into evidence.
 */
public final class SelectorGraph {
  /** How many looks a frame gives: the first half the whole frame, the second half parts of it. */
  public static final int LOOKS = 8;

  /** The input's name. */
  public static final String FRAME = "frame";

  /** The output's name. */
  public static final String PROBABILITIES = "probabilities";

  static final String WEATHERS_KEY = "deweather.weathers";
  static final String LOG_ODDS_KEY = "deweather.log_odds";

  private static final String LOOKS_OUTPUT = "looks";

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
   * The graph that only cuts looks: {@code frame} to {@code looks}, float [8, 3, h, w] in [0, 1].
   */
  public static ModelProto looks() {
    GraphProto.Builder graph = GraphProto.newBuilder().setName("looks");
    graph.addInput(Onnx.image(FRAME, DataType.UINT8, 1, "height", "width", 3));
    graph.addOutput(
        Onnx.image(LOOKS_OUTPUT, DataType.FLOAT, LOOKS, 3, "look_height", "look_width"));
    graph.addAllNode(FrameLooks.nodes(FRAME, LOOKS_OUTPUT));
    return model(graph).build();
  }

  /**
   * The whole graph.
   *
   * @param network from looks to scores
   * @param weathers in the order of the scores
   */
  public static ModelProto of(Network network, List<String> weathers, Calibration calibration) {
    GraphProto.Builder graph = GraphProto.newBuilder().setName("selector");
    graph.addInput(Onnx.image(FRAME, DataType.UINT8, 1, "height", "width", 3));
    graph.addOutput(Onnx.image(PROBABILITIES, DataType.FLOAT, 1, weathers.size()));
    graph.addAllNode(FrameLooks.nodes(FRAME, network.inputName()));
    graph.addAllInitializer(network.model().getGraph().getInitializerList());
    graph.addAllNode(network.model().getGraph().getNodeList());
    long[] shape = {1, weathers.size()};
    graph.addNode(Onnx.constant("slopes", GraphBuilder.floats("", calibration.slopes(), shape)));
    graph.addNode(Onnx.constant("offsets", GraphBuilder.floats("", calibration.offsets(), shape)));
    graph.addNode(Onnx.node("Mul", List.of(network.outputName(), "slopes"), "scaled"));
    graph.addNode(Onnx.node("Add", List.of("scaled", "offsets"), "log_odds"));
    graph.addNode(Onnx.node("Sigmoid", List.of("log_odds"), PROBABILITIES));
    String logOdds =
        Arrays.stream(calibration.logOdds())
            .mapToObj("%.4f"::formatted)
            .collect(Collectors.joining(","));
    return model(graph)
        .addMetadataProps(Onnx.entry(WEATHERS_KEY, String.join(",", weathers)))
        .addMetadataProps(Onnx.entry(LOG_ODDS_KEY, logOdds))
        .build();
  }

  private static ModelProto.Builder model(GraphProto.Builder graph) {
    return ModelProto.newBuilder()
        .setIrVersion(GraphBuilder.IR_VERSION)
        .setProducerName("deweather")
        .addOpsetImport(Onnx.opset("", GraphBuilder.OPSET))
        .setGraph(graph);
  }
}
