package io.deweather.samples;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.deweather.BundleManifest;
import io.deweather.SelectorManifest;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/**
 * The identity bundle with a selector by colour: the mean blue of a frame is the probability of
 * rain, green that of raindrops, red that of snow.
 */
final class SelectorTestBundle {
  private SelectorTestBundle() {}

  static Path write(Path folder) throws IOException, GeneralSecurityException {
    TestBundle.write(folder);
    byte[] graph = model().toByteArray();
    Files.write(folder.resolve("selector.onnx"), graph);
    JsonMapper json = new JsonMapper();
    File manifest = folder.resolve(BundleManifest.FILE_NAME).toFile();
    ObjectNode tree = (ObjectNode) json.readTree(manifest);
    tree.set(
        "selector",
        json.valueToTree(
            new SelectorManifest("selector.onnx", List.of("rain", "raindrop", "snow"))));
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(graph);
    tree.withObject("files")
        .putObject("selector.onnx")
        .put("bytes", graph.length)
        .put("sha256", HexFormat.of().formatHex(hash));
    json.writeValue(manifest, tree);
    return folder;
  }

  private static ModelProto model() {
    TensorProto levels =
        TensorProto.newBuilder()
            .setName("levels")
            .setDataType(TensorProto.DataType.FLOAT_VALUE)
            .addDims(1)
            .addFloatData(255)
            .build();
    GraphProto graph =
        GraphProto.newBuilder()
            .setName("selector")
            .addInput(info("frame", TensorProto.DataType.UINT8_VALUE, 1, -1, -1, 3))
            .addOutput(info("probabilities", TensorProto.DataType.FLOAT_VALUE, 1, 3))
            .addInitializer(levels)
            .addNode(
                node("Cast", "values", "frame")
                    .addAttribute(whole("to", TensorProto.DataType.FLOAT_VALUE)))
            .addNode(
                node("ReduceMean", "mean", "values")
                    .addAttribute(
                        AttributeProto.newBuilder()
                            .setName("axes")
                            .setType(AttributeProto.AttributeType.INTS)
                            .addInts(1)
                            .addInts(2))
                    .addAttribute(whole("keepdims", 0)))
            .addNode(node("Div", "probabilities", "mean", "levels"))
            .build();
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13))
        .setGraph(graph)
        .build();
  }

  private static NodeProto.Builder node(String type, String output, String... inputs) {
    return NodeProto.newBuilder()
        .setOpType(type)
        .setName(output)
        .addAllInput(List.of(inputs))
        .addOutput(output);
  }

  private static AttributeProto whole(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  /** Dimensions below 0 are left open. */
  private static ValueInfoProto info(String name, int type, int... dimensions) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (int i = 0; i < dimensions.length; i++) {
      TensorShapeProto.Dimension.Builder dimension = shape.addDimBuilder();
      if (dimensions[i] < 0) {
        dimension.setDimParam(name + i);
      } else {
        dimension.setDimValue(dimensions[i]);
      }
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(TypeProto.Tensor.newBuilder().setElemType(type).setShape(shape)))
        .build();
  }
}
