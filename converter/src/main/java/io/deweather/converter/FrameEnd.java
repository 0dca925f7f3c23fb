package io.deweather.converter;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto.Dimension;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.List;

/**
 * Which form of {@link ViewFunctions#FRAME_OUT} a graph of a bundle calls.
 *
 * @param block that it unfolds, see {@link Unfolding}; 1 for none
 * @param batches whether the graph takes any number of frames; one, in bundles of earlier versions
 *     and of networks that take one image
 */
record FrameEnd(int block, boolean batches) {
  /** That unfolds nothing. */
  static final FrameEnd PLAIN = new FrameEnd(1, true);

  /** The form that a graph calls. */
  static FrameEnd of(ModelProto graph) {
    Unfolding unfolding = Unfolding.leftOutOf(graph, "");
    return new FrameEnd(
        unfolding == null ? 1 : unfolding.block(), takesBatches(graph.getGraph().getInput(0)));
  }

  /** The form that a graph of a network calls, which leaves it an unfolding, or null. */
  static FrameEnd of(Network network, Unfolding unfolding) {
    String image = network.inputName();
    boolean batches =
        network.model().getGraph().getInputList().stream()
            .filter(input -> input.getName().equals(image))
            .allMatch(FrameEnd::takesBatches);
    return new FrameEnd(unfolding == null ? 1 : unfolding.block(), batches);
  }

  private static boolean takesBatches(ValueInfoProto image) {
    List<Dimension> shape = image.getType().getTensorType().getShape().getDimList();
    return !shape.isEmpty() && !shape.get(0).hasDimValue();
  }

  /** The first dimension of frames, for {@link Onnx#image}. */
  Object frames() {
    return batches ? "batch" : (Object) 1;
  }
}
