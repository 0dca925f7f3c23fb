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
 *
 * <p>What is done once for all tensors (unpacking) is apart from what is done for each: the time
 * that ONNX Runtime takes to load a graph goes by its nodes, not by its bytes. Only operators whose
 * result has a shape known beforehand are used; ONNX Runtime does not fold NonZero, for one.
 */
final class ViewFunctions {
  /** The version of domain {@value Onnx#DEWEATHER}. In 1, masks had a bit for every parameter. */
  static final int VERSION = 2;

  /** {@code UnpackBits(bits) -> flags}: {@link PackedBits} to eight times as many bools. */
  static final String UNPACK_BITS = "UnpackBits";

  /**
   * {@code Places(specific) -> places}: for each specific parameter how many others come before it,
   * which is where arrays of specific parameters only have what belongs to it. For any other
   * parameter the number means nothing, but is a valid place.
   */
  static final String PLACES = "Places";

  /**
   * {@code Seen(specific, places, flags) -> seen}: true for all but specific parameters, for which
   * {@code flags} tells.
   */
  static final String SEEN = "Seen";

  /**
   * {@code Underlay(places, base) -> under}: the base values, of specific parameters only, spread
   * out to where these are. Elsewhere the result means nothing.
   */
  static final String UNDERLAY = "Underlay";

  /** {@code MaskedView(weight, seen, shape) -> view}: the weight where it is seen, else 0. */
  static final String MASKED_VIEW = "MaskedView";

  /**
   * {@code MaskedViewOver(weight, seen, shape, under) -> view}: the weight where it is seen, else
   * what lies under it.
   */
  static final String MASKED_VIEW_OVER = "MaskedViewOver";

  /**
   * {@code FrameIn(frame) -> image}: uint8 [N, H, W, 3] BGR to float [N, 3, H', W'] in [0, 1] in
   * the network's colour order, H' and W' the next multiples of the network's, filled by repeating
   * the bottom row and the rightmost column. (Reflecting fails where the frame is smaller than the
   * padding.)
   */
  static final String FRAME_IN = "FrameIn";

  /**
   * {@code FrameOut(image, frame) -> restored}: the inverse of {@link #FRAME_IN}: clipped to [0,
   * 1], times 255, rounded half to even, cropped to the frame's height and width. Where the network
   * left its last step to it, {@code image} is [N, 3 * block * block, H' / block, W' / block], see
   * {@link FrameEnd}.
   */
  static final String FRAME_OUT = "FrameOut";

  private ViewFunctions() {}

  static FunctionProto unpackBits(long opset) {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    List<NodeProto> nodes = new ArrayList<>();
    // A table of the bits of every byte, then one look-up a byte: faster than shifting each.
    nodes.add(constant("bytes", Onnx.bytes("", new long[] {256, 1}, all)));
    nodes.add(constant("places", Onnx.bytes("", new long[] {8}, java.util.Arrays.copyOf(all, 8))));
    nodes.add(node("BitShift", List.of("bytes", "places"), "moved", string("direction", "RIGHT")));
    nodes.add(constant("two", Onnx.bytes("", new long[] {1}, (byte) 2)));
    nodes.add(node("Mod", List.of("moved", "two"), "digits"));
    nodes.add(node("Cast", List.of("digits"), "table", integer("to", DataType.BOOL_VALUE)));
    nodes.add(node("Cast", List.of("bits"), "rows", integer("to", DataType.INT32_VALUE)));
    nodes.add(node("Gather", List.of("table", "rows"), "found", integer("axis", 0)));
    nodes.add(constant("flat", list(-1)));
    nodes.add(node("Reshape", List.of("found", "flat"), "flags"));
    return function(UNPACK_BITS, List.of("bits"), "flags", nodes, opset);
  }

  static FunctionProto places(long opset) {
    List<NodeProto> nodes = new ArrayList<>();
    nodes.add(node("Cast", List.of("specific"), "ones", integer("to", DataType.INT32_VALUE)));
    nodes.add(constant("axis", scalar(0L)));
    nodes.add(node("CumSum", List.of("ones", "axis"), "rank"));
    nodes.add(constant("first", scalar(1L)));
    nodes.add(node("Cast", List.of("first"), "one", integer("to", DataType.INT32_VALUE)));
    // Before the first specific parameter it is -1: the last place.
    nodes.add(node("Sub", List.of("rank", "one"), "places"));
    return function(PLACES, List.of("specific"), "places", nodes, opset);
  }

  static FunctionProto seen(long opset) {
    List<NodeProto> nodes = new ArrayList<>();
    nodes.add(spread("flags", "own"));
    nodes.add(node("Not", List.of("specific"), "common"));
    nodes.add(node("Or", List.of("common", "own"), "seen"));
    return function(SEEN, List.of("specific", "places", "flags"), "seen", nodes, opset);
  }

  static FunctionProto underlay(long opset) {
    return function(
        UNDERLAY, List.of("places", "base"), "under", List.of(spread("base", "under")), opset);
  }

  /** Gather would do as well, but ONNX Runtime takes five times as long for it. */
  private static NodeProto spread(String packed, String whole) {
    return node("GatherElements", List.of(packed, "places"), whole, integer("axis", 0));
  }

  static FunctionProto maskedView(long opset) {
    List<NodeProto> nodes = new ArrayList<>();
    nodes.add(node("Reshape", List.of("seen", "shape"), "mask"));
    nodes.add(constant("zero", scalar(0f)));
    nodes.add(node("Where", List.of("mask", "weight", "zero"), "view"));
    return function(MASKED_VIEW, List.of("weight", "seen", "shape"), "view", nodes, opset);
  }

  static FunctionProto maskedViewOver(long opset) {
    List<NodeProto> nodes = new ArrayList<>();
    nodes.add(node("Reshape", List.of("seen", "shape"), "mask"));
    nodes.add(node("Reshape", List.of("under", "shape"), "base"));
    nodes.add(node("Where", List.of("mask", "weight", "base"), "view"));
    return function(
        MASKED_VIEW_OVER, List.of("weight", "seen", "shape", "under"), "view", nodes, opset);
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

  /** The last of a graph's functions. */
  static FunctionProto frameOut(long opset, ColourOrder order, int multiple, FrameEnd end) {
    List<NodeProto> nodes = new ArrayList<>();
    nodes.add(constant("black", scalar(0f)));
    nodes.add(constant("one", scalar(1f)));
    nodes.add(node("Clip", List.of("image", "black", "one"), "clipped"));
    nodes.add(constant("white", scalar(255f)));
    nodes.add(node("Mul", List.of("clipped", "white"), "levels"));
    nodes.add(node("Round", List.of("levels"), "whole"));
    nodes.add(node("Cast", List.of("whole"), "bytes", integer("to", DataType.UINT8_VALUE)));
    if (end.block() > 1) {
      unfold(nodes, order, end);
      return function(FRAME_OUT, List.of("image", "frame"), "restored", nodes, opset);
    }
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

  /**
   * From {@code bytes}, whose channels are (row in the block, column in the block, colour), to
   * {@code restored}. Each transposition moves one axis, which is what runtimes do fast; in a
   * shape, 0 keeps a length and -1 takes what is left.
   */
  private static void unfold(List<NodeProto> nodes, ColourOrder order, FrameEnd end) {
    String planes = "bytes";
    long block = end.block();
    long row = 3 * block;
    if (order != ColourOrder.BGR) {
      long[] turned = new long[Math.toIntExact(row * block)];
      for (int i = 0; i < turned.length; i++) {
        turned[i] = i / 3 * 3 + 2 - i % 3;
      }
      nodes.add(constant("turned", list(turned)));
      nodes.add(node("Gather", List.of("bytes", "turned"), "reordered", integer("axis", 1)));
      planes = "reordered";
    }
    if (end.batches()) {
      weave(nodes, planes, block, row);
    } else {
      weaveOne(nodes, planes, block, row);
    }
    nodes.addAll(size());
    nodes.add(constant("origin", list(0, 0)));
    nodes.add(constant("axes", list(1, 2)));
    nodes.add(node("Slice", List.of("whole_frame", "origin", "size", "axes"), "restored"));
  }

  /** The rows of a block move between those of the picture, then colours behind columns. */
  private static void weave(List<NodeProto> nodes, String planes, long block, long row) {
    nodes.add(constant("by_row", list(0, block, -1, 0)));
    nodes.add(node("Reshape", List.of(planes, "by_row"), "rows"));
    nodes.add(node("Transpose", List.of("rows"), "woven", integers("perm", 0L, 2L, 1L, 3L)));
    nodes.add(constant("by_column", list(0, row, -1, 0)));
    nodes.add(node("Reshape", List.of("woven", "by_column"), "columns"));
    nodes.add(node("Transpose", List.of("columns"), "pixels", integers("perm", 0L, 2L, 3L, 1L)));
    nodes.add(constant("as_frame", list(0, 0, -1, 3)));
    nodes.add(node("Reshape", List.of("pixels", "as_frame"), "whole_frame"));
  }

  /** As {@link #weave}, in bundles whose graphs take one frame. */
  private static void weaveOne(List<NodeProto> nodes, String planes, long block, long row) {
    nodes.add(constant("by_row", list(block, row, 0, 0)));
    nodes.add(node("Reshape", List.of(planes, "by_row"), "rows"));
    nodes.add(node("Transpose", List.of("rows"), "pixels", integers("perm", 0L, 2L, 3L, 1L)));
    nodes.add(constant("as_lines", list(0, 0, -1)));
    nodes.add(node("Reshape", List.of("pixels", "as_lines"), "lines"));
    nodes.add(node("Transpose", List.of("lines"), "woven", integers("perm", 1L, 0L, 2L)));
    nodes.add(constant("as_pixels", list(0, 0, -1, 3)));
    nodes.add(node("Reshape", List.of("woven", "as_pixels"), "blocks"));
    nodes.add(constant("as_frame", list(1, -1, 0, 0)));
    nodes.add(node("Reshape", List.of("blocks", "as_frame"), "whole_frame"));
  }

  /** {@code size}: the frame's height and width. */
  static List<NodeProto> size() {
    return List.of(
        node("Shape", List.of("frame"), "shape"),
        constant("height_width", list(1, 2)),
        node("Gather", List.of("shape", "height_width"), "size"));
  }

  static String ordered(List<NodeProto> nodes, ColourOrder order, String planes) {
    if (order == ColourOrder.BGR) {
      return planes;
    }
    nodes.add(constant("reversed", list(2, 1, 0)));
    nodes.add(node("Gather", List.of(planes, "reversed"), "reordered", integer("axis", 1)));
    return "reordered";
  }

  static FunctionProto function(
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
