package io.deweather.converter;

import static io.deweather.converter.Onnx.constant;
import static io.deweather.converter.Onnx.integer;
import static io.deweather.converter.Onnx.integers;
import static io.deweather.converter.Onnx.list;
import static io.deweather.converter.Onnx.node;
import static io.deweather.converter.Onnx.scalar;
import static io.deweather.converter.Onnx.string;

import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.deweather.converter.Network.ColourOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The model-local functions that a bundle's graphs call, in standard operators of opset 13 and
 * later. A runtime inlines them; those of the masks have constant inputs only, so that it also
 * folds them away when it loads the graph.
 */
final class ViewFunctions {
  /** {@code MaskedView(weight, bits, shape) -> view}: the weight where its bit is set, else 0. */
  static final String MASKED_VIEW = "MaskedView";

  /**
   * {@code MaskedViewOver(weight, bits, shape, specific, base) -> view}: the weight where its bit
   * is set, else a base value. {@code base} holds only the values of the parameters whose bit is
   * set in {@code specific}, in order; every parameter without a bit in {@code bits} has one there.
   */
  static final String MASKED_VIEW_OVER = "MaskedViewOver";

  /**
   * {@code FrameIn(frame) -> image}: uint8 [1, H, W, 3] BGR to float [1, 3, H', W'] in [0, 1] in
   * the network's colour order, H' and W' the next multiples of the network's, filled by repeating
   * the bottom row and the rightmost column. (Reflecting fails where the frame is smaller than the
   * padding.)
   */
  static final String FRAME_IN = "FrameIn";

  /**
   * {@code FrameOut(image, frame) -> restored}: the inverse of {@link #FRAME_IN}: clipped to [0,
   * 1], times 255, rounded half to even, cropped to the frame's height and width.
   */
  static final String FRAME_OUT = "FrameOut";

  private ViewFunctions() {}

  static FunctionProto maskedView(long opset) {
    List<NodeProto> nodes = unpacking();
    nodes.addAll(unpack("bits", "seen"));
    nodes.add(node("Reshape", List.of("seen", "shape"), "mask"));
    nodes.add(constant("zero", scalar(0f)));
    nodes.add(node("Where", List.of("mask", "weight", "zero"), "view"));
    return function(MASKED_VIEW, List.of("weight", "bits", "shape"), "view", nodes, opset);
  }

  static FunctionProto maskedViewOver(long opset) {
    List<NodeProto> nodes = unpacking();
    nodes.addAll(unpack("bits", "seen"));
    nodes.add(node("Reshape", List.of("seen", "shape"), "mask"));
    // The i-th specific parameter takes the i-th base value. Operators whose result has a static
    // shape only: ONNX Runtime does not fold NonZero. Where there is no specific parameter yet the
    // index is -1, the last base value, which the mask hides.
    nodes.addAll(unpack("specific", "own"));
    nodes.add(node("Cast", List.of("own"), "ones", integer("to", DataType.INT64_VALUE)));
    nodes.add(constant("axis", scalar(0L)));
    nodes.add(node("CumSum", List.of("ones", "axis"), "rank"));
    nodes.add(constant("one", scalar(1L)));
    nodes.add(node("Sub", List.of("rank", "one"), "index"));
    nodes.add(node("Gather", List.of("base", "index"), "values"));
    nodes.add(node("Reshape", List.of("values", "shape"), "under"));
    nodes.add(node("Where", List.of("mask", "weight", "under"), "view"));
    return function(
        MASKED_VIEW_OVER,
        List.of("weight", "bits", "shape", "specific", "base"),
        "view",
        nodes,
        opset);
  }

  /**
   * Bytes are turned round and their channels reordered before they become floats, a quarter of the
   * memory; the padding comes after, because CUDA pads floats only.
   */
  static FunctionProto frameIn(long opset, ColourOrder order, int multiple) {
    List<NodeProto> nodes = new ArrayList<>();
    nodes.add(node("Transpose", List.of("frame"), "planes", integers("perm", 0L, 3L, 1L, 2L)));
    String planes = ordered(nodes, order, "planes");
    nodes.add(node("Cast", List.of(planes), "levels", integer("to", DataType.FLOAT_VALUE)));
    String levels = "levels";
    if (multiple > 1) {
      nodes.addAll(size());
      nodes.add(node("Neg", List.of("size"), "less"));
      nodes.add(constant("multiple", list(multiple)));
      nodes.add(node("Mod", List.of("less", "multiple"), "missing"));
      nodes.add(constant("before", list(0, 0, 0, 0, 0, 0)));
      nodes.add(node("Concat", List.of("before", "missing"), "pads", integer("axis", 0)));
      nodes.add(node("Pad", List.of("levels", "pads"), "padded", string("mode", "edge")));
      levels = "padded";
    }
    nodes.add(constant("white", scalar(255f)));
    nodes.add(node("Div", List.of(levels, "white"), "image"));
    return function(FRAME_IN, List.of("frame"), "image", nodes, opset);
  }

  static FunctionProto frameOut(long opset, ColourOrder order, int multiple) {
    List<NodeProto> nodes = new ArrayList<>();
    nodes.add(constant("black", scalar(0f)));
    nodes.add(constant("one", scalar(1f)));
    nodes.add(node("Clip", List.of("image", "black", "one"), "clipped"));
    nodes.add(constant("white", scalar(255f)));
    nodes.add(node("Mul", List.of("clipped", "white"), "levels"));
    nodes.add(node("Round", List.of("levels"), "whole"));
    nodes.add(node("Cast", List.of("whole"), "bytes", integer("to", DataType.UINT8_VALUE)));
    String planes = "bytes";
    if (multiple > 1) {
      nodes.addAll(size());
      nodes.add(constant("origin", list(0, 0)));
      nodes.add(constant("axes", list(2, 3)));
      nodes.add(node("Slice", List.of("bytes", "origin", "size", "axes"), "cropped"));
      planes = "cropped";
    }
    planes = ordered(nodes, order, planes);
    nodes.add(node("Transpose", List.of(planes), "restored", integers("perm", 0L, 2L, 3L, 1L)));
    return function(FRAME_OUT, List.of("image", "frame"), "restored", nodes, opset);
  }

  /** Constants that {@link #unpack} uses, and {@code count}: how many parameters there are. */
  private static List<NodeProto> unpacking() {
    List<NodeProto> nodes = new ArrayList<>();
    nodes.add(constant("column", list(-1, 1)));
    nodes.add(constant("row", list(-1)));
    nodes.add(constant("start", list(0)));
    nodes.add(
        constant("places", Onnx.bytes("", new long[] {8}, new byte[] {0, 1, 2, 3, 4, 5, 6, 7})));
    nodes.add(constant("two", Onnx.bytes("", new long[] {1}, (byte) 2)));
    nodes.add(node("Size", List.of("weight"), "size"));
    nodes.add(node("Reshape", List.of("size", "row"), "count"));
    return nodes;
  }

  /** Packed bits (see {@link PackedBits}) to a flat bool array. */
  private static List<NodeProto> unpack(String packed, String flat) {
    String bytes = packed + "_bytes";
    String shifted = packed + "_shifted";
    String digits = packed + "_digits";
    String table = packed + "_table";
    String filled = packed + "_filled";
    return List.of(
        node("Reshape", List.of(packed, "column"), bytes),
        node("BitShift", List.of(bytes, "places"), shifted, string("direction", "RIGHT")),
        node("Mod", List.of(shifted, "two"), digits),
        node("Cast", List.of(digits), table, integer("to", DataType.BOOL_VALUE)),
        node("Reshape", List.of(table, "row"), filled),
        node("Slice", List.of(filled, "start", "count"), flat));
  }

  /** {@code size}: the frame's height and width. */
  private static List<NodeProto> size() {
    return List.of(
        node("Shape", List.of("frame"), "shape"),
        constant("height_width", list(1, 2)),
        node("Gather", List.of("shape", "height_width"), "size"));
  }

  private static String ordered(List<NodeProto> nodes, ColourOrder order, String planes) {
    if (order == ColourOrder.BGR) {
      return planes;
    }
    nodes.add(constant("reversed", list(2, 1, 0)));
    nodes.add(node("Gather", List.of(planes, "reversed"), "reordered", integer("axis", 1)));
    return "reordered";
  }

  private static FunctionProto function(
      String name, List<String> inputs, String output, List<NodeProto> nodes, long opset) {
    return FunctionProto.newBuilder()
        .setDomain(Onnx.DEWEATHER)
        .setName(name)
        .addAllInput(inputs)
        .addOutput(output)
        .addAllNode(nodes)
        .addOpsetImport(Onnx.opset("", opset))
        .build();
  }
}
