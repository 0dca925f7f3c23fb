package io.deweather.converter;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Writes the ONNX graph of a restoration network, operator by operator: {@code [N, 3, H, W]} float
 * in [0, 1] in, the same shape out. Values are ONNX value names; every method that adds an operator
 * returns the name of its result.
 *
 * <p>Convolution weights are drawn from He's normal distribution for ReLU networks (He et al.,
 * "Delving Deep into Rectifiers", 2015, eq. 10), seeded, so that the same calls give the same
 * bytes. Constants that are not to be trained are Constant nodes; every initializer is a parameter.
 *
 * <p>Not thread-safe.
 */
public final class GraphBuilder {
  static final int OPSET = 17;
  static final int IR_VERSION = 8;

  private final GraphProto.Builder graph;
  private final SplittableRandom random;
  private final String input;
  private int values;

  /**
   * Starts a graph with the input {@code image}.
   *
   * @param name the graph's name
   * @param seed of the initial weights
   */
  public GraphBuilder(String name, long seed) {
    this(GraphProto.newBuilder().setName(name).addInput(image("image")), "image", seed);
  }

  private GraphBuilder(GraphProto.Builder graph, String input, long seed) {
    this.graph = graph;
    this.input = input;
    random = new SplittableRandom(seed);
  }

  /**
   * Starts a graph with the input {@code features}, {@code [N, C, 1, 1]} float.
   *
   * @param name the graph's name
   * @param seed of the initial weights
   */
  public static GraphBuilder ofFeatures(String name, long seed) {
    ValueInfoProto features =
        Onnx.image("features", TensorProto.DataType.FLOAT, "frames", "channels", 1, 1);
    GraphProto.Builder graph = GraphProto.newBuilder().setName(name).addInput(features);
    return new GraphBuilder(graph, "features", seed);
  }

  /**
   * Goes on where a network ends: its graph, parameters included, whose output is a value like any
   * other now.
   *
   * @param network written by this class
   */
  public static GraphBuilder onTopOf(Network network) {
    GraphProto.Builder graph = network.model().getGraph().toBuilder().clearOutput();
    GraphBuilder builder = new GraphBuilder(graph, network.inputName(), 0);
    builder.values = graph.getNodeCount();
    return builder;
  }

  /** The name of the graph's input. */
  public String input() {
    return input;
  }

  /**
   * A square convolution with bias and "same" padding; {@code H/stride} must be whole.
   *
   * @param name of the layer: its parameters are {@code name.weight} [out, in, k, k] and {@code
   *     name.bias} [out]
   * @param gain scales the initial weights; 0 makes a layer that starts as zero
   */
  public String conv(String name, String x, int in, int out, int kernel, int stride, double gain) {
    return convolution(name, x, in, out, kernel, stride, gain, true);
  }

  /** As {@link #conv}, without a bias. */
  public String convUnbiased(
      String name, String x, int in, int out, int kernel, int stride, double gain) {
    return convolution(name, x, in, out, kernel, stride, gain, false);
  }

  private String convolution(
      String name, String x, int in, int out, int kernel, int stride, double gain, boolean biased) {
    double deviation = gain * Math.sqrt(2.0 / ((double) in * kernel * kernel));
    parameter(
        name + ".weight", normal(out * in * kernel * kernel, deviation), out, in, kernel, kernel);
    List<String> inputs = new ArrayList<>(List.of(x, name + ".weight"));
    if (biased) {
      parameter(name + ".bias", new float[out], out);
      inputs.add(name + ".bias");
    }
    int padding = (kernel - 1) / 2;
    return add(
        "Conv",
        inputs,
        Onnx.integers("kernel_shape", kernel, kernel),
        Onnx.integers("strides", stride, stride),
        Onnx.integers("pads", padding, padding, padding, padding));
  }

  /** A 3x3 convolution, stride 1, with He's initial weights. */
  public String conv3(String name, String x, int in, int out) {
    return conv(name, x, in, out, 3, 1, 1);
  }

  /**
   * A transposed convolution with bias that doubles height and width: kernel 2, stride 2.
   *
   * @param name of the layer: its parameters are {@code name.weight} [in, out, 2, 2] and {@code
   *     name.bias} [out]
   */
  public String convTranspose2(String name, String x, int in, int out) {
    return transposed(name, x, in, out, 2);
  }

  /** As {@link #convTranspose2}, with a kernel of 4, whose windows overlap. */
  public String convTranspose4(String name, String x, int in, int out) {
    return transposed(name, x, in, out, 4);
  }

  private String transposed(String name, String x, int in, int out, int kernel) {
    // Each output pixel sums over kernel / 2 positions a side.
    double deviation = Math.sqrt(8.0 / ((double) in * kernel * kernel));
    parameter(
        name + ".weight", normal(in * out * kernel * kernel, deviation), in, out, kernel, kernel);
    parameter(name + ".bias", new float[out], out);
    int padding = kernel / 2 - 1;
    return add(
        "ConvTranspose",
        List.of(x, name + ".weight", name + ".bias"),
        Onnx.integers("kernel_shape", kernel, kernel),
        Onnx.integers("strides", 2, 2),
        Onnx.integers("pads", padding, padding, padding, padding));
  }

  /** {@code max(x, 0)}. */
  public String relu(String x) {
    return add("Relu", List.of(x));
  }

  /**
   * The exact Gaussian error linear unit, {@code x/2 (1 + erf(x / sqrt 2))} (Hendrycks and Gimpel,
   * 2016), from elementary operators: ONNX has Gelu only from opset 20.
   */
  public String gelu(String x) {
    String erf = add("Erf", List.of(multiply(x, scalar((float) Math.sqrt(0.5)))));
    return multiply(multiply(x, scalar(0.5f)), sum(erf, scalar(1)));
  }

  /** Elementwise sum. */
  public String sum(String a, String b) {
    return add("Add", List.of(a, b));
  }

  /** Elementwise product. */
  public String multiply(String a, String b) {
    return add("Mul", List.of(a, b));
  }

  /** A constant that multiplies or is added to every element. */
  public String scalar(float value) {
    return constant(floats("", new float[] {value}, 1));
  }

  /** Joins along channels. */
  public String concat(String... xs) {
    return add("Concat", Arrays.asList(xs), Onnx.integer("axis", 1));
  }

  /** Doubles height and width by repeating each pixel. */
  public String upsampleNearest2(String x) {
    return resizeNearest(x, 2);
  }

  /**
   * Scales height and width by repeating pixels, or by keeping the first of as many.
   *
   * @param factor a whole number, or one over one; the result's sides must be whole
   */
  public String resizeNearest(String x, float factor) {
    String scales = constant(floats("", new float[] {1, 1, factor, factor}, 4));
    return add(
        "Resize",
        List.of(x, "", scales),
        Onnx.string("mode", "nearest"),
        Onnx.string("coordinate_transformation_mode", "asymmetric"),
        Onnx.string("nearest_mode", "floor"));
  }

  /** Moves each block of {@code block x block} pixels into channels, in ONNX's order. */
  public String spaceToDepth(String x, int block) {
    return add("SpaceToDepth", List.of(x), Onnx.integer("blocksize", block));
  }

  /** The inverse of {@link #spaceToDepth}. */
  public String depthToSpace(String x, int block) {
    return add(
        "DepthToSpace", List.of(x), Onnx.integer("blocksize", block), Onnx.string("mode", "DCR"));
  }

  /** The mean of each channel over height and width: {@code [N, C, 1, 1]}. */
  public String globalAverage(String x) {
    return add("GlobalAveragePool", List.of(x));
  }

  /**
   * The mean of each {@code side x side} pixels of each channel; height and width are multiples.
   */
  public String averagePool(String x, int side) {
    return add(
        "AveragePool",
        List.of(x),
        Onnx.integers("kernel_shape", side, side),
        Onnx.integers("strides", side, side));
  }

  /** The mean over the channels: {@code [N, 1, H, W]}. */
  public String averageChannels(String x) {
    return add("ReduceMean", List.of(x), Onnx.integers("axes", 1), Onnx.integer("keepdims", 1));
  }

  /** The largest value of each channel over height and width: {@code [N, C, 1, 1]}. */
  public String globalMaximum(String x) {
    return add("GlobalMaxPool", List.of(x));
  }

  /** The means along one axis, which goes. */
  public String meanAlong(String x, int axis) {
    return add("ReduceMean", List.of(x), Onnx.integers("axes", axis), Onnx.integer("keepdims", 0));
  }

  /** The largest values along one axis, which goes. */
  public String maximumAlong(String x, int axis) {
    return add("ReduceMax", List.of(x), Onnx.integers("axes", axis), Onnx.integer("keepdims", 0));
  }

  /** {@code 1 / (1 + exp(-x))}. */
  public String sigmoid(String x) {
    return add("Sigmoid", List.of(x));
  }

  /** The natural logarithm. */
  public String logarithm(String x) {
    return add("Log", List.of(x));
  }

  /** Elements {@code begin} to {@code end}, exclusive, along one axis. */
  public String part(String x, int axis, int begin, int end) {
    return add(
        "Slice",
        List.of(
            x, constant(Onnx.list(begin)), constant(Onnx.list(end)), constant(Onnx.list(axis))));
  }

  /** The same elements in another shape; one dimension may be -1, which is what is left over. */
  public String reshape(String x, long... shape) {
    return add("Reshape", List.of(x, constant(Onnx.longs("", new long[] {shape.length}, shape))));
  }

  /**
   * Ends the graph of a network that gives numbers, not an image.
   *
   * @param result the value that becomes the output
   * @param output its name, which no other value has
   * @param shape of it; a dimension is a number, or a name where it may be any
   * @param colourOrder of the three channels that go in
   */
  public Network buildNumbers(
      String result, String output, Network.ColourOrder colourOrder, Object... shape) {
    graph.addNode(NodeProto.newBuilder().setOpType("Identity").addInput(result).addOutput(output));
    graph.addOutput(Onnx.image(output, TensorProto.DataType.FLOAT, shape));
    return network(1, colourOrder);
  }

  /**
   * Ends the graph.
   *
   * @param result the value that becomes the output {@code restored}
   * @param multiple height and width must be multiples of it
   * @param colourOrder of the three channels, in and out
   */
  public Network build(String result, int multiple, Network.ColourOrder colourOrder) {
    String output = "restored_image";
    graph.addNode(NodeProto.newBuilder().setOpType("Identity").addInput(result).addOutput(output));
    graph.addOutput(image(output));
    return network(multiple, colourOrder);
  }

  private Network network(int multiple, Network.ColourOrder colourOrder) {
    ModelProto model =
        ModelProto.newBuilder()
            .setIrVersion(IR_VERSION)
            .setProducerName("deweather")
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
            .addMetadataProps(Onnx.entry(Network.MULTIPLE_KEY, Integer.toString(multiple)))
            .addMetadataProps(Onnx.entry(Network.COLOUR_ORDER_KEY, colourOrder.name()))
            .setGraph(graph)
            .build();
    return Network.of(model);
  }

  private String add(String operator, List<String> inputs, AttributeProto... attributes) {
    String output = operator.toLowerCase(Locale.ROOT) + "_" + values++;
    graph.addNode(
        NodeProto.newBuilder()
            .setName(output)
            .setOpType(operator)
            .addAllInput(inputs)
            .addOutput(output)
            .addAllAttribute(Arrays.asList(attributes)));
    return output;
  }

  private String constant(TensorProto value) {
    String output = "constant_" + values++;
    graph.addNode(Onnx.constant(output, value).toBuilder().setName(output));
    return output;
  }

  private void parameter(String name, float[] values, long... shape) {
    graph.addInitializer(floats(name, values, shape));
  }

  private float[] normal(int count, double deviation) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return values;
  }

  static TensorProto floats(String name, float[] values, long... shape) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return Onnx.raw(name, TensorProto.DataType.FLOAT, shape)
        .setRawData(ByteString.copyFrom(bytes))
        .build();
  }

  private static ValueInfoProto image(String name) {
    return Onnx.image(name, TensorProto.DataType.FLOAT, "batch", 3, "height", "width");
  }
}
