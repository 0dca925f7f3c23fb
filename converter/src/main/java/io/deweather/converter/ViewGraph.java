package io.deweather.converter;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import com.google.protobuf.InvalidProtocolBufferException;
import io.deweather.BundleException;
import io.deweather.FileFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One graph of a bundle, read back: what {@link ViewBaker} wrote, taken apart again. */
final class ViewGraph {
  /** The largest graph that is read; its weights are not in it. */
  static final long MAX_BYTES = 16L << 20;

  /** The functions that mask, and how many inputs each takes. */
  private static final Map<String, Integer> MASKING =
      Map.of(
          ViewFunctions.MASKED_VIEW, 3,
          ViewFunctions.MASKED_VIEW_OVER, 4,
          IntegerFunctions.MASKED_LEVELS, 3,
          IntegerFunctions.MASKED_LEVELS_OVER, 5);

  private static final Set<String> OVER_BASE =
      Set.of(ViewFunctions.MASKED_VIEW_OVER, IntegerFunctions.MASKED_LEVELS_OVER);

  private final Path file;
  private final ModelProto model;
  private final StoredParameters parameters;
  private final List<NodeProto> views = new ArrayList<>();

  private ViewGraph(Path file, ModelProto model) {
    this.file = file;
    this.model = model;
    this.parameters = new StoredParameters(file, model);
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
      throw new BundleException("cannot read " + file + ": " + FileFailure.reason(e), e);
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
    return views.stream().anyMatch(v -> OVER_BASE.contains(v.getOpType()));
  }

  /** The names of the tensors that not every weather sees in full. */
  List<String> maskedTensors() {
    return views.stream().map(StoredParameters::tensor).toList();
  }

  /** The masks of {@link #maskedTensors}, by name. */
  Map<String, boolean[]> masks() {
    if (views.isEmpty() || version() < 2) {
      return flags(ViewBaker.MASK);
    }
    Map<String, boolean[]> masks = flags(ViewBaker.SPECIFIC);
    int count = 0;
    for (boolean[] specific : masks.values()) {
      for (boolean own : specific) {
        count += own ? 1 : 0;
      }
    }
    boolean[] flags = unpacked(ViewBaker.MASK, count, "specific");
    int next = 0;
    for (boolean[] mask : masks.values()) {
      for (int i = 0; i < mask.length; i++) {
        mask[i] = !mask[i] || flags[next++];
      }
    }
    return masks;
  }

  /** Whether the same parameters are masked. */
  boolean masksLike(ViewGraph other) {
    Map<String, boolean[]> own = masks();
    Map<String, boolean[]> others = other.masks();
    return own.keySet().equals(others.keySet())
        && own.entrySet().stream()
            .allMatch(e -> Arrays.equals(e.getValue(), others.get(e.getKey())));
  }

  /** The version of the functions that it calls; see {@link ViewFunctions#VERSION}. */
  long version() {
    return Onnx.opset(model, Onnx.DEWEATHER);
  }

  /** The network without frame contract and masks, each parameter whole. */
  Network network() {
    return plain(Map.of());
  }

  /** The network with base values wherever not every weather sees the parameter. */
  Network background() {
    return plain(underlays());
  }

  /**
   * The model without what graphs of one bundle differ in: mask bits, levels, the weather's name.
   */
  ModelProto withoutMask() {
    GraphProto.Builder graph = model.getGraph().toBuilder().clearInitializer();
    for (TensorProto tensor : model.getGraph().getInitializerList()) {
      graph.addInitializer(
          tensor.getName().equals(ViewBaker.MASK)
                  || tensor.getName().startsWith(IntegerGraph.LEVELS)
              ? Onnx.raw(tensor.getName(), DataType.UINT8, Onnx.shape(tensor)).build()
              : tensor);
    }
    return withMetadata(model.toBuilder().setGraph(graph)).build();
  }

  /**
   * The network by itself.
   *
   * @param instead tensors that stand in for its own, by name
   */
  private Network plain(Map<String, TensorProto> instead) {
    GraphProto.Builder graph = GraphProto.newBuilder().setName(model.getGraph().getName());
    for (TensorProto tensor : model.getGraph().getInitializerList()) {
      TensorProto plain = parameters.plain(tensor.getName());
      if (plain != null) {
        graph.addInitializer(instead.getOrDefault(plain.getName(), plain));
      }
    }
    Map<String, String> exact = new RoundedValues(file, model).exactNames();
    for (NodeProto node : model.getGraph().getNodeList()) {
      NodeProto.Builder reading = node.toBuilder();
      for (int i = 0; i < node.getInputCount(); i++) {
        reading.setInput(i, exact.getOrDefault(node.getInput(i), node.getInput(i)));
      }
      boolean ours =
          node.getDomain().equals(Onnx.DEWEATHER)
              || reading.getInputList().stream().anyMatch(i -> i.startsWith(ViewBaker.OWN));
      if (!ours) {
        graph.addNode(reading);
      }
    }
    String input = frameNode(ViewFunctions.FRAME_IN).getOutput(0);
    String shown = frameNode(ViewFunctions.FRAME_OUT).getInput(0);
    String output = exact.getOrDefault(shown, shown);
    Unfolding unfolding = Unfolding.leftOutOf(model, output);
    if (unfolding != null) {
      graph.addNode(unfolding.node());
      output = unfolding.output();
    }
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

  /** The levels of every rounded value of the network; none but in an integer bundle. */
  Map<String, Levels> levels() {
    return new RoundedValues(file, model).levels(parameters);
  }

  private static ModelProto.Builder withMetadata(ModelProto.Builder builder) {
    List<StringStringEntryProto> kept = ViewBaker.networkMetadata(builder.getMetadataPropsList());
    return builder.clearMetadataProps().addAllMetadataProps(kept);
  }

  /** The masked tensors with base values in place of specific parameters, by name. */
  private Map<String, TensorProto> underlays() {
    Map<String, boolean[]> specific = flags(ViewBaker.SPECIFIC);
    float[] base = Network.floats(HalfFloats.widened(parameters.initializer(ViewBaker.BASE)));
    Map<String, TensorProto> underlays = new HashMap<>();
    int next = 0;
    for (NodeProto view : views) {
      String name = StoredParameters.tensor(view);
      TensorProto theta = parameters.plain(view.getInput(0));
      float[] under = Network.floats(theta);
      boolean[] own = specific.get(name);
      for (int i = 0; i < under.length; i++) {
        if (own[i]) {
          if (next == base.length) {
            throw new BundleException(
                file + ": " + ViewBaker.BASE + " has " + next + " values, more are needed");
          }
          under[i] = base[next++];
        }
      }
      underlays.put(name, GraphBuilder.floats(name, under, Onnx.shape(theta)));
    }
    return underlays;
  }

  /** Packed flags of all masked tensors, by tensor. */
  private Map<String, boolean[]> flags(String name) {
    if (views.isEmpty()) {
      return Map.of();
    }
    Map<String, Integer> sizes = new LinkedHashMap<>();
    for (NodeProto view : views) {
      long[] shape = Onnx.shape(parameters.stored(view.getInput(0)));
      sizes.put(StoredParameters.tensor(view), Math.toIntExact(Shapes.elements(shape)));
    }
    int count = sizes.values().stream().reduce(0, Math::addExact);
    boolean[] all = unpacked(name, count, "masked");
    Map<String, boolean[]> flags = new LinkedHashMap<>();
    int at = 0;
    for (Map.Entry<String, Integer> size : sizes.entrySet()) {
      flags.put(size.getKey(), Arrays.copyOfRange(all, at, at + size.getValue()));
      at += size.getValue();
    }
    return flags;
  }

  private boolean[] unpacked(String name, int count, String kind) {
    byte[] packed = parameters.initializer(name).getRawData().toByteArray();
    if (packed.length != PackedBits.bytes(count)) {
      throw new BundleException(
          "%s: %s has %d bytes; for %d %s parameters it must have %d"
              .formatted(file, name, packed.length, count, kind, PackedBits.bytes(count)));
    }
    return PackedBits.unpack(packed, count);
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
      requireInputs(view, MASKING.get(view.getOpType()));
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
    return node.getDomain().equals(Onnx.DEWEATHER) && MASKING.containsKey(node.getOpType());
  }
}
