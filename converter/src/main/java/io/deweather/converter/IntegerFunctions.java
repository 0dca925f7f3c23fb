package io.deweather.converter;

import static io.deweather.converter.Onnx.constant;
import static io.deweather.converter.Onnx.integer;
import static io.deweather.converter.Onnx.integers;
import static io.deweather.converter.Onnx.list;
import static io.deweather.converter.Onnx.node;
import static io.deweather.converter.Onnx.scalar;
import static io.deweather.converter.Onnx.string;
import static io.deweather.converter.ViewFunctions.function;

import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.deweather.converter.Network.ColourOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The model-local functions that graphs of an {@link Precision#INT8} bundle call besides those of
 * {@link ViewFunctions}: QuantizeLinear and DequantizeLinear where ONNX Runtime looks for them.
 */
final class IntegerFunctions {
  /** {@code Rounded(x, scale, zero) -> rounded}: to {@link Levels} and back. */
  static final String ROUNDED = "Rounded";

  /**
   * {@code RoundedNarrow(x, scale, zero, channels) -> rounded}: the same, of the first channels.
   * The others are there because integer convolutions are fast where their number is a multiple of
   * 16.
   */
  static final String ROUNDED_NARROW = "RoundedNarrow";

  /**
   * {@code MaskedLevels(levels, seen, shape) -> view}: int8, the level where it is seen, else 0.
   */
  static final String MASKED_LEVELS = "MaskedLevels";

  /**
   * {@code MaskedLevelsOver(levels, seen, shape, under, scale) -> view}: the level where it is
   * seen, else the level of what lies under it.
   */
  static final String MASKED_LEVELS_OVER = "MaskedLevelsOver";

  /** {@code RoundedWeight(levels, scale) -> weight}: a scale for each output channel, zero at 0. */
  static final String ROUNDED_WEIGHT = "RoundedWeight";

  /**
   * {@code RoundedWeightWide(levels, scale, pads) -> weight}: the same, with channels of zeros
   * added.
   */
  static final String ROUNDED_WEIGHT_WIDE = "RoundedWeightWide";

  /**
   * {@code RoundedBias(bias, input_scale, weight_scale) -> rounded}: to whole multiples of the
   * scale that the sum of products has.
   */
  static final String ROUNDED_BIAS = "RoundedBias";

  /**
   * {@code RoundedBiasWide(bias, input_scale, weight_scale, pads) -> rounded}: with zeros added.
   */
  static final String ROUNDED_BIAS_WIDE = "RoundedBiasWide";

  /** The largest float below 2^31. */
  private static final float MAX_INT = 2147483520f;

  private IntegerFunctions() {}

  /** What an integer graph of this network may call; a verifier compares with it. */
  static List<FunctionProto> functions(Network network, boolean overBase, long opset) {
    List<FunctionProto> functions = new ArrayList<>();
    for (FunctionProto single : ViewBaker.functions(network, overBase, opset, FrameEnd.PLAIN)) {
      functions.add(
          switch (single.getName()) {
            case ViewFunctions.FRAME_IN ->
                frameIn(opset, network.colourOrder(), network.multiple());
            case ViewFunctions.FRAME_OUT ->
                frameOut(opset, network.colourOrder(), network.multiple());
            default -> single;
          });
    }
    functions.add(overBase ? maskedLevelsOver(opset) : maskedLevels(opset));
    functions.add(rounded(opset));
    functions.add(roundedNarrow(opset));
    functions.add(roundedWeight(opset));
    functions.add(roundedWeightWide(opset));
    functions.add(roundedBias(opset));
    functions.add(roundedBiasWide(opset));
    return functions;
  }

  /** As {@link ViewFunctions#frameIn}, but bytes as long as possible. */
  private static FunctionProto frameIn(long opset, ColourOrder order, int multiple) {
    List<NodeProto> nodes = new ArrayList<>();
    nodes.add(node("Transpose", List.of("frame"), "planes", integers("perm", 0L, 3L, 1L, 2L)));
    String planes = ViewFunctions.ordered(nodes, order, "planes");
    if (multiple > 1) {
      nodes.addAll(ViewFunctions.size());
      nodes.add(node("Neg", List.of("size"), "less"));
      nodes.add(constant("multiple", list(multiple)));
      nodes.add(node("Mod", List.of("less", "multiple"), "missing"));
      nodes.add(constant("before", list(0, 0, 0, 0, 0, 0)));
      nodes.add(node("Concat", List.of("before", "missing"), "pads", integer("axis", 0)));
      nodes.add(node("Pad", List.of(planes, "pads"), "padded", string("mode", "edge")));
      planes = "padded";
    }
    nodes.addAll(frameLevels());
    nodes.add(node("DequantizeLinear", List.of(planes, "scale", "zero"), "image"));
    return function(ViewFunctions.FRAME_IN, List.of("frame"), "image", nodes, opset);
  }

  /** As {@link ViewFunctions#frameOut}: rounding to levels clips and rounds half to even. */
  private static FunctionProto frameOut(long opset, ColourOrder order, int multiple) {
    List<NodeProto> nodes = new ArrayList<>(frameLevels());
    nodes.add(node("QuantizeLinear", List.of("image", "scale", "zero"), "bytes"));
    String planes = "bytes";
    if (multiple > 1) {
      nodes.addAll(ViewFunctions.size());
      nodes.add(constant("origin", list(0, 0)));
      nodes.add(constant("axes", list(2, 3)));
      nodes.add(node("Slice", List.of("bytes", "origin", "size", "axes"), "cropped"));
      planes = "cropped";
    }
    planes = ViewFunctions.ordered(nodes, order, planes);
    nodes.add(node("Transpose", List.of(planes), "restored", integers("perm", 0L, 2L, 3L, 1L)));
    return function(ViewFunctions.FRAME_OUT, List.of("image", "frame"), "restored", nodes, opset);
  }

  private static List<NodeProto> frameLevels() {
    return List.of(
        constant("scale", scalar(Levels.FRAME.scale())),
        constant("zero", Onnx.bytes("", new long[0], (byte) Levels.FRAME.zero())));
  }

  private static FunctionProto rounded(long opset) {
    return function(
        ROUNDED, List.of("x", "scale", "zero"), "rounded", rounding("x", "", "rounded"), opset);
  }

  private static FunctionProto roundedNarrow(long opset) {
    List<NodeProto> nodes = new ArrayList<>(rounding("x", "wide_", "wide"));
    nodes.add(constant("first", list(0)));
    nodes.add(constant("axis", list(1)));
    nodes.add(node("Slice", List.of("wide", "first", "channels", "axis"), "narrow"));
    nodes.addAll(rounding("narrow", "narrow_", "rounded"));
    return function(
        ROUNDED_NARROW, List.of("x", "scale", "zero", "channels"), "rounded", nodes, opset);
  }

  private static List<NodeProto> rounding(String from, String prefix, String to) {
    String levels = prefix + "levels";
    return List.of(
        node("QuantizeLinear", List.of(from, "scale", "zero"), levels),
        node("DequantizeLinear", List.of(levels, "scale", "zero"), to));
  }

  /** By way of int32: ONNX Runtime has no Where for int8. */
  private static FunctionProto maskedLevels(long opset) {
    List<NodeProto> nodes = new ArrayList<>();
    nodes.add(node("Reshape", List.of("seen", "shape"), "mask"));
    nodes.add(node("Cast", List.of("levels"), "whole", integer("to", DataType.INT32_VALUE)));
    nodes.add(constant("zero", scalar(0L)));
    nodes.add(node("Cast", List.of("zero"), "none", integer("to", DataType.INT32_VALUE)));
    nodes.add(node("Where", List.of("mask", "whole", "none"), "masked"));
    nodes.add(node("Cast", List.of("masked"), "view", integer("to", DataType.INT8_VALUE)));
    return function(MASKED_LEVELS, List.of("levels", "seen", "shape"), "view", nodes, opset);
  }

  private static FunctionProto maskedLevelsOver(long opset) {
    List<NodeProto> nodes = new ArrayList<>();
    nodes.add(node("Reshape", List.of("seen", "shape"), "mask"));
    nodes.add(node("Reshape", List.of("under", "shape"), "base"));
    // There may be more scales than channels, see ROUNDED_WEIGHT_WIDE.
    nodes.add(constant("first", list(0)));
    nodes.add(node("Gather", List.of("shape", "first"), "channels"));
    nodes.add(node("Slice", List.of("scale", "first", "channels"), "own"));
    nodes.add(constant("column", list(-1, 1, 1, 1)));
    nodes.add(node("Reshape", List.of("own", "column"), "scales"));
    nodes.add(node("Div", List.of("base", "scales"), "exact"));
    nodes.add(node("Round", List.of("exact"), "nearest"));
    // Beyond these only where no base value lies, whose place then holds any other.
    nodes.add(constant("least", scalar((float) -WeightLevels.MOST)));
    nodes.add(constant("most", scalar((float) WeightLevels.MOST)));
    nodes.add(node("Clip", List.of("nearest", "least", "most"), "within"));
    nodes.add(node("Cast", List.of("within"), "other", integer("to", DataType.INT32_VALUE)));
    nodes.add(node("Cast", List.of("levels"), "whole", integer("to", DataType.INT32_VALUE)));
    nodes.add(node("Where", List.of("mask", "whole", "other"), "masked"));
    nodes.add(node("Cast", List.of("masked"), "view", integer("to", DataType.INT8_VALUE)));
    return function(
        MASKED_LEVELS_OVER,
        List.of("levels", "seen", "shape", "under", "scale"),
        "view",
        nodes,
        opset);
  }

  private static FunctionProto roundedWeight(long opset) {
    List<NodeProto> nodes = new ArrayList<>(zeros("scale", DataType.INT8_VALUE));
    nodes.add(
        node(
            "DequantizeLinear", List.of("levels", "scale", "zeros"), "weight", integer("axis", 0)));
    return function(ROUNDED_WEIGHT, List.of("levels", "scale"), "weight", nodes, opset);
  }

  private static FunctionProto roundedWeightWide(long opset) {
    List<NodeProto> nodes = new ArrayList<>();
    nodes.add(node("Pad", List.of("levels", "pads"), "wide"));
    nodes.addAll(zeros("scale", DataType.INT8_VALUE));
    nodes.add(
        node("DequantizeLinear", List.of("wide", "scale", "zeros"), "weight", integer("axis", 0)));
    return function(
        ROUNDED_WEIGHT_WIDE, List.of("levels", "scale", "pads"), "weight", nodes, opset);
  }

  private static FunctionProto roundedBias(long opset) {
    return function(
        ROUNDED_BIAS,
        List.of("bias", "input_scale", "weight_scale"),
        "rounded",
        biasRounding("bias"),
        opset);
  }

  private static FunctionProto roundedBiasWide(long opset) {
    List<NodeProto> nodes = new ArrayList<>();
    nodes.add(node("Pad", List.of("bias", "pads"), "wide"));
    nodes.addAll(biasRounding("wide"));
    return function(
        ROUNDED_BIAS_WIDE,
        List.of("bias", "input_scale", "weight_scale", "pads"),
        "rounded",
        nodes,
        opset);
  }

  private static List<NodeProto> biasRounding(String bias) {
    List<NodeProto> nodes = new ArrayList<>();
    // ONNX Runtime takes a bias for integer only if its scale is exactly this product.
    nodes.add(node("Mul", List.of("input_scale", "weight_scale"), "scale"));
    nodes.add(node("Div", List.of(bias, "scale"), "exact"));
    nodes.add(node("Round", List.of("exact"), "nearest"));
    nodes.add(constant("least", scalar(-MAX_INT)));
    nodes.add(constant("most", scalar(MAX_INT)));
    nodes.add(node("Clip", List.of("nearest", "least", "most"), "within"));
    nodes.add(node("Cast", List.of("within"), "levels", integer("to", DataType.INT32_VALUE)));
    nodes.addAll(zeros("scale", DataType.INT32_VALUE));
    nodes.add(
        node(
            "DequantizeLinear",
            List.of("levels", "scale", "zeros"),
            "rounded",
            integer("axis", 0)));
    return nodes;
  }

  /** {@code zeros}: as many as there are scales. ONNX Runtime wants them spelt out. */
  private static List<NodeProto> zeros(String scale, int type) {
    return List.of(
        node("Sub", List.of(scale, scale), "nothing"),
        node("Cast", List.of("nothing"), "zeros", integer("to", type)));
  }
}
