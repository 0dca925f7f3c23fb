package io.deweather.converter;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.ArrayList;
import java.util.List;

/**
 * The first part of a selector's graph: from a frame of any size to a fixed number of small images,
 * the looks. Four are the quarters of the whole frame, reduced; eight are cut out of the frame as
 * it is, since thin streaks vanish when a frame is reduced. All have the frame's shape and about
 * {@value #AREA} pixels, so that what follows costs the same for every frame: of 640x360 the parts
 * show half. A dark frame is brightened first: on a road at night drops are as plain to a person,
 * and the network has seen few such roads.
 *
 * <p>Reducing takes single pixels, 4 to each pixel of the result, and averages them: what is read
 * of a frame does not grow with it, and no array of its size is made. ONNX Runtime's own Resize of
 * bytes takes seven times as long.
 */
final class FrameLooks {
  /** Pixels of a look, roughly. */
  static final int AREA = 96 * 160;

  /** Both sides of a look are multiples of this. */
  static final int MULTIPLE = 32;

  /** Where the parts at full resolution lie: percent of the way down, and across. */
  private static final long[][] PLACES = {
    {10, 0}, {20, 33}, {10, 67}, {20, 100}, {80, 0}, {90, 33}, {80, 67}, {90, 100}
  };

  /** The root mean square of a frame that is exposed as most are. */
  private static final float USUAL_LIGHT = 0.4f;

  /** How much brighter a dark frame becomes at most. */
  private static final float MOST_EXPOSURE = 4;

  private final List<NodeProto> nodes = new ArrayList<>();
  private final String frame;
  private int names;
  private String height;
  private String width;
  private String lookHeight;
  private String lookWidth;

  private FrameLooks(String frame) {
    this.frame = frame;
  }

  /**
   * The nodes that make looks.
   *
   * @param frame name of uint8 [1, H, W, 3]
   * @param looks name for float [12, 3, h, w] in [0, 1]
   */
  static List<NodeProto> nodes(String frame, String looks) {
    FrameLooks made = new FrameLooks(frame);
    made.measure();
    String quarters = made.quarters();
    String all = made.add("Concat", Onnx.integer("axis", 0), quarters, made.parts());
    String exposed = made.add("Mul", all, made.exposure(quarters));
    made.nodes.add(Onnx.node("Min", List.of(exposed, made.floats(1)), looks));
    return made.nodes;
  }

  /** What brings bytes to [0, 1], and those of a dark frame, by its quarters, to a usual light. */
  private String exposure(String quarters) {
    String power = add("ReduceMean", Onnx.integer("keepdims", 0), add("Mul", quarters, quarters));
    String wanted = add("Div", floats(USUAL_LIGHT), add("Sqrt", power));
    String least = floats(1 / 255f);
    return add("Min", add("Max", wanted, least), floats(MOST_EXPOSURE / 255f));
  }

  /** Heights and widths, each an int64 [1]. */
  private void measure() {
    String shape = add("Shape", frame);
    height = add("Gather", shape, numbers(1));
    width = add("Gather", shape, numbers(2));
    String ratio = add("Div", real(height), real(width));
    lookHeight = rounded(add("Sqrt", add("Mul", ratio, floats(AREA))));
    lookWidth = rounded(add("Div", floats(AREA), real(lookHeight)));
  }

  /** The nearest multiple, at least one. */
  private String rounded(String length) {
    String steps = add("Mul", length, floats(1f / MULTIPLE));
    String whole = add("Max", add("Floor", add("Add", steps, floats(0.5f))), floats(1));
    String number = add("Cast", Onnx.integer("to", TensorProto.DataType.INT64.getNumber()), whole);
    return add("Mul", number, numbers(MULTIPLE));
  }

  private String quarters() {
    String rows = add("Gather", Onnx.integer("axis", 1), frame, samples(lookHeight, height));
    String pixels = add("Gather", Onnx.integer("axis", 2), rows, samples(lookWidth, width));
    String average =
        add(
            List.of(Onnx.integers("kernel_shape", 2L, 2L), Onnx.integers("strides", 2L, 2L)),
            "AveragePool",
            channelsFirst(pixels));
    String two = numbers(2);
    String grid =
        add("Concat", Onnx.integer("axis", 0), numbers(3), two, lookHeight, two, lookWidth);
    String apart = add("Reshape", average, grid);
    String ordered = add("Transpose", Onnx.integers("perm", 1L, 3L, 0L, 2L, 4L), apart);
    String shape =
        add("Concat", Onnx.integer("axis", 0), numbers(4), numbers(3), lookHeight, lookWidth);
    return add("Reshape", ordered, shape);
  }

  /** Which rows or columns are taken: four times a look's, evenly over the frame. */
  private String samples(String look, String length) {
    String count = add("Mul", look, numbers(4));
    String scalar = add("Reshape", count, constant(Onnx.list()));
    String range = add("Range", constant(Onnx.scalar(0L)), scalar, constant(Onnx.scalar(1L)));
    String middle = add("Add", add("Mul", range, numbers(2)), numbers(1));
    return add("Div", add("Mul", middle, length), add("Mul", count, numbers(2)));
  }

  private String parts() {
    String roomDown = add("Max", add("Sub", height, lookHeight), numbers(0));
    String roomAcross = add("Max", add("Sub", width, lookWidth), numbers(0));
    String size = add("Concat", Onnx.integer("axis", 0), lookHeight, lookWidth);
    List<String> parts = new ArrayList<>();
    for (long[] place : PLACES) {
      String begin =
          add(
              "Concat",
              Onnx.integer("axis", 0),
              add("Div", add("Mul", roomDown, numbers(place[0])), numbers(100)),
              add("Div", add("Mul", roomAcross, numbers(place[1])), numbers(100)));
      parts.add(add("Slice", frame, begin, add("Add", begin, size), numbers(1, 2)));
    }
    String all = add("Concat", Onnx.integer("axis", 0), parts.toArray(String[]::new));
    // A frame smaller than a look is continued by its last row and column.
    String missing =
        add(
            "Concat",
            Onnx.integer("axis", 0),
            numbers(0, 0, 0, 0, 0),
            add("Max", add("Sub", lookHeight, height), numbers(0)),
            add("Max", add("Sub", lookWidth, width), numbers(0)),
            numbers(0));
    return channelsFirst(add("Pad", Onnx.string("mode", "edge"), all, missing));
  }

  private String channelsFirst(String pixels) {
    return add("Transpose", Onnx.integers("perm", 0L, 3L, 1L, 2L), real(pixels));
  }

  private String real(String x) {
    return add("Cast", Onnx.integer("to", TensorProto.DataType.FLOAT.getNumber()), x);
  }

  private String floats(float value) {
    return constant(GraphBuilder.floats("", new float[] {value}, 1));
  }

  private String numbers(long... values) {
    return constant(Onnx.list(values));
  }

  private String constant(TensorProto value) {
    String name = name("constant");
    nodes.add(Onnx.constant(name, value));
    return name;
  }

  private String add(String operator, String... inputs) {
    return add(List.of(), operator, inputs);
  }

  private String add(String operator, AttributeProto attribute, String... inputs) {
    return add(List.of(attribute), operator, inputs);
  }

  private String add(List<AttributeProto> attributes, String operator, String... inputs) {
    String name = name(operator);
    nodes.add(
        Onnx.node(operator, List.of(inputs), name, attributes.toArray(AttributeProto[]::new)));
    return name;
  }

  private String name(String operator) {
    return "looks/" + operator + "_" + names++;
  }
}
