package io.deweather.converter;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.InvalidProtocolBufferException;
import io.deweather.BundleException;
import io.deweather.FileFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A restoration network as data: one plain ONNX graph with its parameters inside, {@code [N, 3, H,
 * W]} float in [0, 1] in and out. Training, masking and baking all start from this, so that there
 * is no second definition of a network anywhere.
 *
 * <p>A parameter is a float32 initializer that a Conv, ConvTranspose or PRelu uses as its weight,
 * bias or slope. Immutable and thread-safe.
 */
public final class Network {
  /** Metadata key: height and width must be multiples of this number; 1 if absent. */
  public static final String MULTIPLE_KEY = "deweather.multiple";

  /** Metadata key: {@code RGB} or {@code BGR}; RGB if absent. */
  public static final String COLOUR_ORDER_KEY = "deweather.colour_order";

  /** The largest network file that is read: 256 MiB. */
  public static final long MAX_BYTES = 256L << 20;

  private static final Set<String> PARAMETRIC = Set.of("Conv", "ConvTranspose", "PRelu");

  private final ModelProto model;
  private final Map<String, Parameter> parameters;

  /** The order of the three colour channels. */
  public enum ColourOrder {
    /** Red, green, blue: how most networks are trained. */
    RGB,
    /** Blue, green, red: how OpenCV holds pictures. */
    BGR
  }

  /**
   * One named weight array.
   *
   * @param name the initializer's name
   * @param shape its dimensions
   * @param values row-major; not to be changed
   */
  public record Parameter(String name, long[] shape, float[] values) {}

  private Network(ModelProto model, Map<String, Parameter> parameters) {
    this.model = model;
    this.parameters = parameters;
  }

  /**
   * Takes a model as a network.
   *
   * @throws BundleException if it has not exactly one float image input and output, has no
   *     parameter, or a parameter is not inline float32
   */
  public static Network of(ModelProto model) {
    return checked(model, "network");
  }

  /**
   * Reads an ONNX file, and what it has in files beside it (ONNX external data).
   *
   * @throws BundleException naming the file, if it cannot be read, is larger than {@link
   *     #MAX_BYTES}, external data counted, or is no such network
   */
  public static Network read(Path onnx) {
    try {
      requireAtMost(MAX_BYTES, Files.size(onnx), onnx);
      ModelProto model = ModelProto.parseFrom(Files.readAllBytes(onnx));
      return checked(inline(model, onnx), onnx.toString());
    } catch (InvalidProtocolBufferException e) {
      throw new BundleException(onnx + " is no ONNX file: " + e.getMessage(), e);
    } catch (NoSuchFileException e) {
      throw new BundleException("no such file: " + onnx, e);
    } catch (IOException e) {
      throw new BundleException("cannot read " + onnx + ": " + FileFailure.reason(e), e);
    }
  }

  private static ModelProto inline(ModelProto model, Path onnx) {
    WeightsReader reader = WeightsReader.ofNetwork(onnx);
    ModelProto.Builder whole = model.toBuilder();
    long size = 0;
    for (TensorProto.Builder tensor : whole.getGraphBuilder().getInitializerBuilderList()) {
      TensorProto read = reader.inline(onnx, tensor.build());
      size += read.getRawData().size();
      requireAtMost(MAX_BYTES, size, onnx);
      tensor.clear().mergeFrom(read);
    }
    return whole.build();
  }

  private static void requireAtMost(long most, long size, Path onnx) {
    if (size > most) {
      throw new BundleException(onnx + " has " + size + " bytes; a network has at most " + most);
    }
  }

  /** The ONNX model. */
  public ModelProto model() {
    return model;
  }

  /** The name of the graph's input. */
  public String inputName() {
    return image(model.getGraph(), "network").getName();
  }

  /** The name of the graph's output. */
  public String outputName() {
    return model.getGraph().getOutput(0).getName();
  }

  /** The order of the colour channels, in and out. */
  public ColourOrder colourOrder() {
    return ColourOrder.valueOf(Onnx.metadata(model, COLOUR_ORDER_KEY, "RGB"));
  }

  /** Height and width must be multiples of this. */
  public int multiple() {
    return Integer.parseInt(Onnx.metadata(model, MULTIPLE_KEY, "1"));
  }

  /** Every parameter by name, in graph order. */
  public Map<String, Parameter> parameters() {
    return parameters;
  }

  /** How many scalars the parameters have in all. */
  public long parameterCount() {
    return parameters.values().stream().mapToLong(p -> p.values().length).sum();
  }

  /**
   * Multiply-accumulate operations of the convolutions for one image; other operators, which are
   * memory-bound, are not counted.
   *
   * @throws IllegalArgumentException if height or width is not a positive multiple of {@link
   *     #multiple()}
   */
  public long macs(int height, int width) {
    requireMultiple(height, width);
    return Arithmetic.macs(this, height, width);
  }

  /**
   * The same graph with other values.
   *
   * @param values by parameter name; parameters that are not named keep theirs
   * @throws BundleException if a name is unknown or a length differs
   */
  public Network withParameters(Map<String, float[]> values) {
    values.forEach(
        (name, array) -> {
          Parameter parameter = parameters.get(name);
          if (parameter == null) {
            throw new BundleException("the network has no parameter " + name);
          }
          if (parameter.values().length != array.length) {
            throw new BundleException(
                "parameter %s has %d values, not %d"
                    .formatted(name, parameter.values().length, array.length));
          }
        });
    GraphProto.Builder graph = model.getGraph().toBuilder();
    for (int i = 0; i < graph.getInitializerCount(); i++) {
      TensorProto tensor = graph.getInitializer(i);
      float[] array = values.get(tensor.getName());
      if (array != null) {
        long[] shape = parameters.get(tensor.getName()).shape();
        graph.setInitializer(i, GraphBuilder.floats(tensor.getName(), array, shape));
      }
    }
    return of(model.toBuilder().setGraph(graph).build());
  }

  /**
   * The model for images of one size only, which is what engines other than ONNX Runtime want.
   *
   * @throws IllegalArgumentException if height or width is not a positive multiple of {@link
   *     #multiple()}
   */
  public ModelProto sized(int height, int width) {
    requireMultiple(height, width);
    GraphProto.Builder graph = model.getGraph().toBuilder();
    graph.clearInput().clearOutput().clearValueInfo();
    graph.addInput(Onnx.image(inputName(), TensorProto.DataType.FLOAT, 1, 3, height, width));
    graph.addOutput(Onnx.image(outputName(), TensorProto.DataType.FLOAT, 1, 3, height, width));
    return model.toBuilder().setGraph(graph).build();
  }

  private void requireMultiple(int height, int width) {
    int multiple = multiple();
    if (height <= 0 || width <= 0 || height % multiple != 0 || width % multiple != 0) {
      throw new IllegalArgumentException(
          "image size (" + height + "x" + width + ") must be a positive multiple of " + multiple);
    }
  }

  /**
   * Writes an ONNX file, first beside and then over {@code onnx}.
   *
   * @throws BundleException if it cannot be written
   */
  public void write(Path onnx) {
    WholeFile.write(onnx, part -> Files.write(part, model.toByteArray()));
  }

  private static Network checked(ModelProto given, String where) {
    ModelProto model = withTensors(given);
    GraphProto graph = model.getGraph();
    image(graph, where);
    if (graph.getOutputCount() != 1) {
      throw new BundleException(
          where + ": a network has one output, this one has " + graph.getOutputCount());
    }
    checkMetadata(model, where);
    Map<String, TensorProto> initializers = new HashMap<>();
    graph.getInitializerList().forEach(t -> initializers.put(t.getName(), t));
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    for (NodeProto node : graph.getNodeList()) {
      if (PARAMETRIC.contains(node.getOpType())) {
        if (node.getInputCount() < 2) {
          throw new BundleException(
              "%s: %s %s has no weight".formatted(where, node.getOpType(), node.getName()));
        }
        for (String name : node.getInputList().subList(1, node.getInputCount())) {
          TensorProto tensor = initializers.get(name);
          if (tensor != null) {
            parameters.computeIfAbsent(name, n -> parameter(tensor, where));
          }
        }
      }
    }
    if (parameters.isEmpty()) {
      throw new BundleException(where + ": the graph has no parameters (no Conv with a weight)");
    }
    return new Network(model, Collections.unmodifiableMap(parameters));
  }

  /** Constants are tensors from here on, in whichever way a node had them. */
  private static ModelProto withTensors(ModelProto model) {
    List<NodeProto> nodes = model.getGraph().getNodeList().stream().map(Onnx::withTensor).toList();
    return nodes.equals(model.getGraph().getNodeList())
        ? model
        : model.toBuilder()
            .setGraph(model.getGraph().toBuilder().clearNode().addAllNode(nodes))
            .build();
  }

  private static ValueInfoProto image(GraphProto graph, String where) {
    Set<String> initializers = new java.util.HashSet<>();
    graph.getInitializerList().forEach(t -> initializers.add(t.getName()));
    var inputs =
        graph.getInputList().stream().filter(i -> !initializers.contains(i.getName())).toList();
    if (inputs.size() != 1) {
      throw new BundleException(
          where + ": a network has one input [N, 3, H, W], this one has " + inputs.size());
    }
    var type = inputs.get(0).getType().getTensorType();
    if (type.getElemType() != TensorProto.DataType.FLOAT.getNumber()
        || type.getShape().getDimCount() != 4
        || (type.getShape().getDim(1).hasDimValue()
            && type.getShape().getDim(1).getDimValue() != 3)) {
      throw new BundleException(
          "%s: input %s must be FLOAT [N, 3, H, W], is %s %s"
              .formatted(
                  where,
                  inputs.get(0).getName(),
                  TensorProto.DataType.forNumber(type.getElemType()),
                  Onnx.text(type.getShape())));
    }
    return inputs.get(0);
  }

  private static void checkMetadata(ModelProto model, String where) {
    String order = Onnx.metadata(model, COLOUR_ORDER_KEY, "RGB");
    if (!order.equals("RGB") && !order.equals("BGR")) {
      throw new BundleException(
          where + ": " + COLOUR_ORDER_KEY + " (" + order + ") must be RGB or BGR");
    }
    String multiple = Onnx.metadata(model, MULTIPLE_KEY, "1");
    if (!multiple.matches("[1-9][0-9]{0,3}")) {
      throw new BundleException(
          where + ": " + MULTIPLE_KEY + " (" + multiple + ") must be a number from 1 to 9999");
    }
  }

  private static Parameter parameter(TensorProto tensor, String where) {
    if (tensor.getDataType() != TensorProto.DataType.FLOAT.getNumber()) {
      throw new BundleException(
          "%s: parameter %s must be float32, is %s"
              .formatted(
                  where, tensor.getName(), TensorProto.DataType.forNumber(tensor.getDataType())));
    }
    if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
      throw new BundleException(
          where + ": parameter " + tensor.getName() + " is external data; a network holds its own");
    }
    long[] shape = Onnx.shape(tensor);
    long expected = WeightsReader.elements(where + ": parameter " + tensor.getName(), tensor);
    float[] values = floats(tensor);
    if (values.length != expected) {
      throw new BundleException(
          "%s: parameter %s of shape %s has %d values, not %d"
              .formatted(where, tensor.getName(), Shapes.text(shape), values.length, expected));
    }
    return new Parameter(tensor.getName(), shape, values);
  }

  /** The elements of a float32 tensor that holds its own data, row-major. */
  public static float[] floats(TensorProto tensor) {
    if (tensor.getFloatDataCount() > 0) {
      float[] values = new float[tensor.getFloatDataCount()];
      for (int i = 0; i < values.length; i++) {
        values[i] = tensor.getFloatData(i);
      }
      return values;
    }
    ByteBuffer raw = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[raw.remaining() / 4];
    raw.asFloatBuffer().get(values);
    return values;
  }
}
