package io.deweather.converter;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import com.google.protobuf.InvalidProtocolBufferException;
import io.deweather.BundleException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One graph of a bundle, read back: what {@link ViewBaker} wrote, taken apart again. */
final class ViewGraph {
  /** The largest graph that is read; its weights are not in it. */
  static final long MAX_BYTES = 16L << 20;

  private final Path file;
  private final ModelProto model;
  private final WeightsReader weights;
  private final Map<String, TensorProto> initializers = new HashMap<>();
  private final List<NodeProto> views = new ArrayList<>();

  private ViewGraph(Path file, ModelProto model) {
    this.file = file;
    this.model = model;
    this.weights = new WeightsReader(file.getParent());
    model.getGraph().getInitializerList().forEach(t -> initializers.put(t.getName(), t));
    model.getGraph().getNodeList().stream().filter(ViewGraph::isView).forEach(views::add);
  }

  /**
   * Reads a graph.
   *
   * @throws BundleException naming the file, if it cannot be read, is too large or no graph of a
   *     bundle
   */
  static ViewGraph read(Path file) {
    try {
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw new BundleException(
            file + " has " + size + " bytes; a graph of a bundle has at most " + MAX_BYTES);
      }
      ViewGraph graph = new ViewGraph(file, ModelProto.parseFrom(Files.readAllBytes(file)));
      graph.requireFrame();
      return graph;
    } catch (NoSuchFileException e) {
      throw new BundleException("no such file: " + file, e);
    } catch (InvalidProtocolBufferException e) {
      throw new BundleException(file + " is no ONNX file: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new BundleException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  Path file() {
    return file;
  }

  ModelProto model() {
    return model;
  }

  /** Whether hidden parameters show a base value instead of zero. */
  boolean overBase() {
    return views.stream().anyMatch(v -> v.getOpType().equals(ViewFunctions.MASKED_VIEW_OVER));
  }

  /** The names of the tensors that not every weather sees in full. */
  List<String> maskedTensors() {
    return views.stream().map(v -> v.getOutput(0)).toList();
  }

  /** The mask of one of {@link #maskedTensors}. */
  boolean[] mask(String tensor) {
    NodeProto view = view(tensor);
    return bits(view.getInput(1), theta(view));
  }

  /** The network without frame contract and masks, each parameter whole. */
  Network network() {
    return plain(view -> named(theta(view), view.getOutput(0)));
  }

  /** The network with base values wherever not every weather sees the parameter. */
  Network background() {
    return plain(view -> named(underlay(view), view.getOutput(0)));
  }

  /** The model without what graphs of one bundle differ in: mask bits and the weather's name. */
  ModelProto withoutMask() {
    GraphProto.Builder graph = model.getGraph().toBuilder().clearInitializer();
    var masks = views.stream().map(v -> v.getInput(1)).collect(java.util.stream.Collectors.toSet());
    for (TensorProto tensor : model.getGraph().getInitializerList()) {
      graph.addInitializer(
          masks.contains(tensor.getName())
              ? Onnx.raw(tensor.getName(), DataType.UINT8, Onnx.shape(tensor)).build()
              : tensor);
    }
    return withMetadata(model.toBuilder().setGraph(graph)).build();
  }

  private interface Parameters {
    TensorProto of(NodeProto view);
  }

  private Network plain(Parameters parameters) {
    GraphProto.Builder graph = GraphProto.newBuilder().setName(model.getGraph().getName());
    Map<String, NodeProto> viewOfInput = new HashMap<>();
    views.forEach(v -> v.getInputList().forEach(i -> viewOfInput.put(i, v)));
    for (TensorProto tensor : model.getGraph().getInitializerList()) {
      NodeProto view = viewOfInput.get(tensor.getName());
      if (view == null) {
        graph.addInitializer(weights.inline(file, tensor));
      } else if (tensor.getName().equals(view.getInput(0))) {
        graph.addInitializer(parameters.of(view));
      }
    }
    for (NodeProto node : model.getGraph().getNodeList()) {
      if (!node.getDomain().equals(Onnx.DEWEATHER)) {
        graph.addNode(node);
      }
    }
    String input = frameNode(ViewFunctions.FRAME_IN).getOutput(0);
    String output = frameNode(ViewFunctions.FRAME_OUT).getInput(0);
    graph.addInput(Onnx.image(input, DataType.FLOAT, "batch", 3, "height", "width"));
    graph.addOutput(Onnx.image(output, DataType.FLOAT, "batch", 3, "height", "width"));
    ModelProto.Builder plain =
        ModelProto.newBuilder()
            .setIrVersion(model.getIrVersion())
            .setProducerName(model.getProducerName())
            .addOpsetImport(Onnx.opset("", Onnx.opset(model)))
            .addAllMetadataProps(model.getMetadataPropsList())
            .setGraph(graph);
    return Network.of(withMetadata(plain).build());
  }

  private static ModelProto.Builder withMetadata(ModelProto.Builder builder) {
    List<StringStringEntryProto> kept =
        builder.getMetadataPropsList().stream()
            .filter(p -> !p.getKey().equals(ViewBaker.WEATHER_KEY))
            .toList();
    return builder.clearMetadataProps().addAllMetadataProps(kept);
  }

  private TensorProto underlay(NodeProto view) {
    TensorProto theta = theta(view);
    boolean[] specific = bits(view.getInput(3), theta);
    float[] base = Network.values(initializer(view.getInput(4)));
    float[] values = Network.values(theta);
    int next = 0;
    for (int i = 0; i < values.length; i++) {
      if (specific[i]) {
        if (next == base.length) {
          throw new BundleException(
              file + ": tensor " + view.getInput(4) + " has " + next + " values, more are needed");
        }
        values[i] = base[next++];
      }
    }
    return GraphBuilder.floats(theta.getName(), values, Onnx.shape(theta));
  }

  private boolean[] bits(String name, TensorProto theta) {
    byte[] packed = initializer(name).getRawData().toByteArray();
    int count = (int) Shapes.elements(Onnx.shape(theta));
    if (packed.length != PackedBits.bytes(count)) {
      throw new BundleException(
          "%s: mask %s has %d bytes; for %s of shape %s it must have %d"
              .formatted(
                  file,
                  name,
                  packed.length,
                  theta.getName(),
                  Shapes.text(Onnx.shape(theta)),
                  PackedBits.bytes(count)));
    }
    return PackedBits.unpack(packed, count);
  }

  private TensorProto theta(NodeProto view) {
    return initializer(view.getInput(0));
  }

  private TensorProto initializer(String name) {
    TensorProto tensor = initializers.get(name);
    if (tensor == null) {
      throw new BundleException(file + " has no initializer " + name);
    }
    return weights.inline(file, tensor);
  }

  private NodeProto view(String tensor) {
    return views.stream()
        .filter(v -> v.getOutput(0).equals(tensor))
        .findFirst()
        .orElseThrow(() -> new BundleException(file + " has no view of tensor " + tensor));
  }

  private NodeProto frameNode(String function) {
    List<NodeProto> found =
        model.getGraph().getNodeList().stream()
            .filter(n -> n.getDomain().equals(Onnx.DEWEATHER) && n.getOpType().equals(function))
            .toList();
    if (found.size() != 1) {
      throw new BundleException(
          "%s must call deweather.%s once, it does %d times"
              .formatted(file, function, found.size()));
    }
    return found.get(0);
  }

  private void requireFrame() {
    if (model.getGraph().getInputCount() != 1
        || !model.getGraph().getInput(0).getName().equals(ViewBaker.FRAME)
        || model.getGraph().getOutputCount() != 1
        || !model.getGraph().getOutput(0).getName().equals(ViewBaker.RESTORED)) {
      throw new BundleException(
          file + " is no graph of a bundle: it must have one input 'frame', one output 'restored'");
    }
    requireInputs(frameNode(ViewFunctions.FRAME_IN), 1);
    requireInputs(frameNode(ViewFunctions.FRAME_OUT), 2);
    for (NodeProto view : views) {
      requireInputs(view, view.getOpType().equals(ViewFunctions.MASKED_VIEW) ? 3 : 5);
    }
  }

  private void requireInputs(NodeProto call, int inputs) {
    if (call.getInputCount() != inputs || call.getOutputCount() != 1) {
      throw new BundleException(
          "%s: a call of deweather.%s must have %d inputs and 1 output, has %d and %d"
              .formatted(
                  file, call.getOpType(), inputs, call.getInputCount(), call.getOutputCount()));
    }
  }

  private static boolean isView(NodeProto node) {
    return node.getDomain().equals(Onnx.DEWEATHER)
        && (node.getOpType().equals(ViewFunctions.MASKED_VIEW)
            || node.getOpType().equals(ViewFunctions.MASKED_VIEW_OVER));
  }

  private static TensorProto named(TensorProto tensor, String name) {
    return tensor.toBuilder().setName(name).build();
  }
}
