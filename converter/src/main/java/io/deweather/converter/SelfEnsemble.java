package io.deweather.converter;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import io.deweather.BundleException;
import java.util.ArrayList;
import java.util.List;

/**
 * A network that restores a picture and its mirror image and gives the mean of the two: the
 * geometric self-ensemble of Timofte, Rothe and Van Gool ("Seven ways to improve example-based
 * single image super resolution", CVPR 2016), of two, since drops and roads have an upper side.
 * What the network gets wrong in one and not in the other counts half.
 *
 * <p>Both go through the network as a batch, so that its nodes stand in the graph once.
 */
final class SelfEnsemble {
  private static final String OWN = "self_ensemble_";
  private static final String BATCH = OWN + "batch";
  private static final String RESTORED = OWN + "restored";
  private static final int COLUMNS = 3;

  /** The opset from which on Split has to be told into how many parts. */
  private static final int SPLIT_COUNTS = 18;

  private final Network network;
  private final List<NodeProto> nodes = new ArrayList<>();

  private SelfEnsemble(Network network) {
    this.network = network;
  }

  /**
   * The mean over a picture and its mirror image.
   *
   * @param network no self-ensemble itself
   * @throws BundleException if the network is such a mean already, or does not take two pictures at
   *     a time as it takes each
   */
  static Network of(Network network) {
    if (is(network)) {
      throw new BundleException("the network is a self-ensemble already");
    }
    requireFreeNames(network);
    Network mean = new SelfEnsemble(network).mean();
    TrialRun.requireMean(mean, network);
    return mean;
  }

  /** Whether a network is such a mean. */
  static boolean is(Network network) {
    return network.model().getGraph().getNodeList().stream()
        .flatMap(node -> node.getOutputList().stream())
        .anyMatch(BATCH::equals);
  }

  /** What is the restored picture of a network; of such a mean, what its two are as a batch. */
  static String restored(Network network) {
    return is(network) ? RESTORED : network.outputName();
  }

  private static void requireFreeNames(Network network) {
    for (String name : BakeableNetwork.values(network)) {
      if (name.startsWith(OWN)) {
        throw new BundleException(
            "network has a value named " + name + ", which a self-ensemble uses for its own");
      }
    }
  }

  private Network mean() {
    String input = network.inputName();
    GraphProto source = network.model().getGraph();
    String mirrored = mirrored(input, "mirrored");
    nodes.add(Onnx.node("Concat", List.of(input, mirrored), BATCH, Onnx.integer("axis", 0)));
    for (NodeProto node : source.getNodeList()) {
      nodes.add(Onnx.renamed(node, this::within));
    }
    String first = OWN + "first";
    String second = OWN + "second";
    nodes.add(halves(first, second));
    String sum = OWN + "sum";
    nodes.add(Onnx.node("Add", List.of(first, mirrored(second, "back")), sum));
    String half = OWN + "half";
    nodes.add(Onnx.constant(half, Onnx.scalar(0.5f)));
    nodes.add(Onnx.node("Mul", List.of(sum, half), network.outputName()));
    GraphProto.Builder graph = source.toBuilder().clearNode().clearValueInfo().addAllNode(nodes);
    return Network.of(network.model().toBuilder().setGraph(graph).build());
  }

  /** Takes the batch apart again. */
  private NodeProto halves(String first, String second) {
    NodeProto.Builder split =
        Onnx.node("Split", List.of(RESTORED), first, Onnx.integer("axis", 0)).toBuilder()
            .addOutput(second);
    if (Onnx.opset(network.model()) >= SPLIT_COUNTS) {
      split.addAttribute(Onnx.integer("num_outputs", 2));
    }
    return split.build();
  }

  /** {@code [N, C, H, W]} with its columns in reverse; returns the value's name. */
  private String mirrored(String picture, String name) {
    String value = OWN + name;
    List<String> inputs = new ArrayList<>(List.of(picture));
    // From the last column on, one step back at a time, beyond the first.
    long[] starts = {-1};
    long[] ends = {Long.MIN_VALUE};
    long[] axes = {COLUMNS};
    long[] steps = {-1};
    for (long[] list : List.of(starts, ends, axes, steps)) {
      String constant = value + "_" + inputs.size();
      nodes.add(Onnx.constant(constant, Onnx.list(list)));
      inputs.add(constant);
    }
    nodes.add(Onnx.node("Slice", inputs, value));
    return value;
  }

  /** What a value of the network is called between the batch and what is restored of it. */
  private String within(String value) {
    if (value.equals(network.inputName())) {
      return BATCH;
    }
    return value.equals(network.outputName()) ? RESTORED : value;
  }
}
