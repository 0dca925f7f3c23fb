package io.deweather.converter;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto.Dimension;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.List;

/**
 * Which forms of {@link ViewFunctions#FRAME_OUT} and {@link ViewFunctions#FRAME_AGAIN} a graph of a
 * bundle calls.
 *
 * @param block that it unfolds, see {@link Unfolding}; 1 for none
 * @param batches whether the graph takes any number of frames; one, in bundles of earlier versions
 *     and of networks that take one image
 * @param refolds whether it folds its frame again, see {@link Refolding}
 */
record FrameEnd(int block, boolean batches, boolean refolds) {
  /** That unfolds nothing. */
  static final FrameEnd PLAIN = new FrameEnd(1, true, false);

  /** The form that a graph calls. */
  static FrameEnd of(ModelProto graph) {
    Unfolding unfolding = Unfolding.leftOutOf(graph, "");
    return new FrameEnd(
        unfolding == null ? 1 : unfolding.block(),
        takesBatches(graph.getGraph().getInput(0)),
        Refolding.isIn(graph));
  }

  /** The forms that a graph of a network calls, with its unfolding and refolding, or nulls. */
  static FrameEnd of(Network network, Unfolding unfolding, Refolding refolding) {
    String image = network.inputName();
    boolean batches =
        network.model().getGraph().getInputList().stream()
            .filter(input -> input.getName().equals(image))
            .allMatch(FrameEnd::takesBatches);
    return new FrameEnd(unfolding == null ? 1 : unfolding.block(), batches, refolding != null);
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
