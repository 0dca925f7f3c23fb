package io.deweather.converter;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Small ONNX messages: nodes, constants, value descriptions. */
final class Onnx {
  /** The domain of the model-local functions. */
  static final String DEWEATHER = "deweather";

  private Onnx() {}

  static NodeProto node(
      String operator, List<String> inputs, String output, AttributeProto... attributes) {
    return NodeProto.newBuilder()
        .setOpType(operator)
        .addAllInput(inputs)
        .addOutput(output)
        .addAllAttribute(Arrays.asList(attributes))
        .build();
  }

  /** A call of one of the model-local functions. */
  static NodeProto call(String function, List<String> inputs, String output) {
    return node(function, inputs, output).toBuilder().setDomain(DEWEATHER).build();
  }

  /** The same node with other names for the values that it takes and gives. */
  static NodeProto renamed(NodeProto node, UnaryOperator<String> names) {
    NodeProto.Builder renamed = node.toBuilder().clearInput().clearOutput();
    node.getInputList().forEach(value -> renamed.addInput(names.apply(value)));
    node.getOutputList().forEach(value -> renamed.addOutput(names.apply(value)));
    return renamed.build();
  }

  static NodeProto constant(String output, TensorProto value) {
    AttributeProto attribute =
        AttributeProto.newBuilder()
            .setName("value")
            .setType(AttributeProto.AttributeType.TENSOR)
            .setT(value)
            .build();
    return node("Constant", List.of(), output, attribute);
  }

  /** The same node with its value as a tensor, where a Constant has it in another attribute. */
  static NodeProto withTensor(NodeProto node) {
    if (!node.getOpType().equals("Constant") || node.getAttributeCount() != 1) {
      return node;
    }
    AttributeProto value = node.getAttribute(0);
    return switch (value.getName()) {
      case "value_float" -> withTensor(node, scalar(value.getF()));
      case "value_int" -> withTensor(node, scalar(value.getI()));
      case "value_floats" -> {
        float[] floats = new float[value.getFloatsCount()];
        for (int i = 0; i < floats.length; i++) {
          floats[i] = value.getFloats(i);
        }
        yield withTensor(node, GraphBuilder.floats("", floats, floats.length));
      }
      case "value_ints" ->
          withTensor(node, list(value.getIntsList().stream().mapToLong(Long::longValue).toArray()));
      default -> node;
    };
  }

  private static NodeProto withTensor(NodeProto node, TensorProto value) {
    return node.toBuilder().setAttribute(0, constant("", value).getAttribute(0)).build();
  }

  static TensorProto scalar(float value) {
    return GraphBuilder.floats("", new float[] {value});
  }

  static TensorProto scalar(long value) {
    return longs("", new long[0], value);
  }

  static TensorProto list(long... values) {
    return longs("", new long[] {values.length}, values);
  }

  static TensorProto longs(String name, long[] shape, long... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Long.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    return raw(name, TensorProto.DataType.INT64, shape)
        .setRawData(ByteString.copyFrom(bytes))
        .build();
  }

  static TensorProto bytes(String name, long[] shape, byte... values) {
    return raw(name, TensorProto.DataType.UINT8, shape)
        .setRawData(ByteString.copyFrom(values))
        .build();
  }

  static TensorProto.Builder raw(String name, TensorProto.DataType type, long... shape) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(type.getNumber());
    for (long n : shape) {
      tensor.addDims(n);
    }
    return tensor;
  }

  static long[] shape(TensorProto tensor) {
    return tensor.getDimsList().stream().mapToLong(Long::longValue).toArray();
  }

  static AttributeProto integer(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  static AttributeProto integers(String name, long... values) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INTS)
        .addAllInts(LongStream.of(values).boxed().toList())
        .build();
  }

  static AttributeProto string(String name, String value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.STRING)
        .setS(ByteString.copyFromUtf8(value))
        .build();
  }

  static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  static OperatorSetIdProto opset(String domain, long version) {
    return OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(version).build();
  }

  /** The version of ONNX's own operators that a model asks for; 0 if it does not say. */
  static long opset(ModelProto model) {
    return opset(model, "");
  }

  /** The version of a domain's operators that a model asks for; 0 if it does not say. */
  static long opset(ModelProto model, String domain) {
    return model.getOpsetImportList().stream()
        .filter(o -> isStandard(domain) ? isStandard(o.getDomain()) : o.getDomain().equals(domain))
        .mapToLong(OperatorSetIdProto::getVersion)
        .findFirst()
        .orElse(0);
  }

  static boolean isStandard(String domain) {
    return domain.isEmpty() || domain.equals("ai.onnx");
  }

  static String metadata(ModelProto model, String key, String otherwise) {
    return model.getMetadataPropsList().stream()
        .filter(p -> p.getKey().equals(key))
        .map(StringStringEntryProto::getValue)
        .findFirst()
        .orElse(otherwise);
  }

  /**
   * A shape as people write it, {@code [n, 3, 64, 64]}; {@code ?} for a dimension not described.
   */
  static String text(TensorShapeProto shape) {
    return shape.getDimList().stream()
        .map(
            d ->
                d.hasDimValue()
                    ? Long.toString(d.getDimValue())
                    : d.getDimParam().isEmpty() ? "?" : d.getDimParam())
        .collect(Collectors.joining(", ", "[", "]"));
  }

  /** Describes a tensor of which nothing but the type is known. */
  static ValueInfoProto ofAnyShape(String name, TensorProto.DataType type) {
    return described(name, TypeProto.Tensor.newBuilder().setElemType(type.getNumber()));
  }

  /** Describes an image; a dimension is a number, or a name where any size will do. */
  static ValueInfoProto image(String name, TensorProto.DataType type, Object... dimensions) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (Object dimension : dimensions) {
      shape.addDim(
          dimension instanceof String symbol
              ? TensorShapeProto.Dimension.newBuilder().setDimParam(symbol)
              : TensorShapeProto.Dimension.newBuilder()
                  .setDimValue(((Number) dimension).longValue()));
    }
    return described(
        name, TypeProto.Tensor.newBuilder().setElemType(type.getNumber()).setShape(shape));
  }

  private static ValueInfoProto described(String name, TypeProto.Tensor.Builder tensor) {
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }

  /** The graphs that a graph's nodes may run. */
  static Stream<GraphProto> branches(GraphProto graph) {
    return graph.getNodeList().stream()
        .flatMap(node -> node.getAttributeList().stream())
        .filter(AttributeProto::hasG)
        .map(AttributeProto::getG);
  }
}
