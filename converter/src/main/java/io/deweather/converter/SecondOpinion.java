package io.deweather.converter;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.deweather.converter.Network.ColourOrder;
import io.deweather.converter.SelectorGraph.Judgement;
import java.util.List;

/**
 * What a selector asks where its first answer leaves doubt: a larger network that looks at the
 * parts of the frame at full resolution, and a head that weighs what it finds there together with
 * the first answer. It is a branch of the graph, which runs for such frames only.
 *
 * @param judgement its network goes from parts, {@code [N * parts, 3, h, w]}, h and w multiples of
 *     {@value #MULTIPLE}, to features, {@code [N, F, 1, 1]}; its head sees the log-odds of the
 *     first answer, then the features; its calibration's log-odds do not count
 */
public record SecondOpinion(Judgement judgement) {
  /** How many parts of a frame it looks at. */
  public static final int PARTS = SelectorGraph.LOOKS - SelectorGraph.QUARTERS;

  /** The sides of these parts are multiples of this. */
  public static final int MULTIPLE = FrameLooks.MULTIPLE;

  /** Where it is asked. */
  public static final Doubt ASKED = new Doubt(-2.5f, 2);

  /** Where it is worth learning from: more than where it is asked. */
  public static final Doubt LEARNED_FROM = new Doubt(-4, 3);

  /** Before the names of what is in the branch: none may occur outside. */
  private static final String PREFIX = "opinion/";

  /**
   * A range of the highest of a frame's log-odds in which there is doubt.
   *
   * @param above where a frame is not surely clear
   * @param below where a weather is not surely there
   */
  public record Doubt(float above, float below) {
    /**
     * Whether a first answer leaves this doubt.
     *
     * @param logOdds of each weather
     */
    public boolean isLeftBy(float... logOdds) {
      float highest = Float.NEGATIVE_INFINITY;
      for (float each : logOdds) {
        highest = Math.max(highest, each);
      }
      return highest > above && highest < below;
    }
  }

  /**
   * Adds the question and the answer to a graph.
   *
   * @param looks name of the pictures, {@code [12, 3, h, w]}
   * @param first name of the first answer, {@code [1, weathers]} log-odds
   * @return the name of the log-odds that count
   */
  String add(GraphProto.Builder graph, String looks, String first) {
    GraphProto.Builder asked = GraphProto.newBuilder();
    String seen = joined(asked, first, seen(asked, judgement.trunk(), looks));
    SelectorGraph.judge(asked, PREFIX, seen, judgement);
    GraphProto.Builder unasked = GraphProto.newBuilder();
    unasked.addNode(Onnx.node("Identity", List.of(first), PREFIX + "first"));
    return choose(graph, ASKED, first, asked, unasked);
  }

  /**
   * Adds what a head is to learn from: {@code [1, weathers + F, 1, 1]}, zeros behind the log-odds
   * where there is nothing to learn.
   */
  static String addExamples(GraphProto.Builder graph, Network sight, String looks, String first) {
    GraphProto.Builder asked = GraphProto.newBuilder();
    joined(asked, first, seen(asked, sight, looks));
    int features = features(sight);
    String zeros = PREFIX + "zeros";
    GraphProto.Builder unasked = GraphProto.newBuilder();
    unasked.addNode(
        Onnx.constant(zeros, GraphBuilder.floats("", new float[features], 1, features, 1, 1)));
    joined(unasked, first, zeros);
    return choose(graph, LEARNED_FROM, first, asked, unasked);
  }

  private static int features(Network sight) {
    var shape = sight.model().getGraph().getOutput(0).getType().getTensorType().getShape();
    return Math.toIntExact(shape.getDim(1).getDimValue());
  }

  /** What the larger network finds: the name of its features. */
  private static String seen(GraphProto.Builder graph, Network sight, String looks) {
    List<String> slice = List.of(looks, PREFIX + "begin", PREFIX + "end");
    graph.addNode(Onnx.constant(PREFIX + "begin", Onnx.list(SelectorGraph.QUARTERS)));
    graph.addNode(Onnx.constant(PREFIX + "end", Onnx.list(SelectorGraph.LOOKS)));
    graph.addNode(Onnx.node("Slice", slice, PREFIX + "parts"));
    String parts = PREFIX + "parts";
    if (sight.colourOrder() == ColourOrder.RGB) {
      graph.addNode(Onnx.constant(PREFIX + "rgb", Onnx.list(2, 1, 0)));
      graph.addNode(
          Onnx.node(
              "Gather",
              List.of(parts, PREFIX + "rgb"),
              PREFIX + "red_first",
              Onnx.integer("axis", 1)));
      parts = PREFIX + "red_first";
    }
    ModelProto own = SelectorGraph.prefixed(sight.model(), PREFIX, parts);
    SelectorGraph.include(graph, own);
    return own.getGraph().getOutput(0).getName();
  }

  /** The log-odds of the first answer, and features behind them. */
  private static String joined(GraphProto.Builder graph, String first, String features) {
    String shape = PREFIX + "shape";
    graph.addNode(Onnx.constant(shape, Onnx.list(1, -1, 1, 1)));
    graph.addNode(Onnx.node("Reshape", List.of(first, shape), PREFIX + "answered"));
    List<String> both = List.of(PREFIX + "answered", features);
    graph.addNode(Onnx.node("Concat", both, PREFIX + "seen", Onnx.integer("axis", 1)));
    return PREFIX + "seen";
  }

  /** Runs one of two branches; the last node of each gives its result. */
  private static String choose(
      GraphProto.Builder graph,
      Doubt doubt,
      String first,
      GraphProto.Builder asked,
      GraphProto.Builder unasked) {
    graph.addNode(
        Onnx.node("ReduceMax", List.of(first), "doubt/highest", Onnx.integer("keepdims", 0)));
    graph.addNode(Onnx.constant("doubt/above", Onnx.scalar(doubt.above)));
    graph.addNode(Onnx.constant("doubt/below", Onnx.scalar(doubt.below)));
    graph.addNode(Onnx.node("Greater", List.of("doubt/highest", "doubt/above"), "doubt/possible"));
    graph.addNode(Onnx.node("Less", List.of("doubt/highest", "doubt/below"), "doubt/unsure"));
    graph.addNode(Onnx.node("And", List.of("doubt/possible", "doubt/unsure"), "doubt"));
    String result = "believed";
    graph.addNode(
        Onnx.node(
            "If",
            List.of("doubt"),
            result,
            branch("then_branch", asked),
            branch("else_branch", unasked)));
    return result;
  }

  private static AttributeProto branch(String name, GraphProto.Builder graph) {
    String result = graph.getNode(graph.getNodeCount() - 1).getOutput(0);
    graph.setName(name).addOutput(Onnx.ofAnyShape(result, DataType.FLOAT));
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.GRAPH)
        .setG(graph)
        .build();
  }
}
