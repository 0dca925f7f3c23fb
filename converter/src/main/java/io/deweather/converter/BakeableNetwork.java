package io.deweather.converter;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.deweather.BundleException;
import io.deweather.converter.Network.Parameter;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a network must be for its graph to become part of a bundle's: plain standard operators whose
 * value names do not meet those that baking adds.
 */
final class BakeableNetwork {
  /** The opsets whose operators the functions are written in. */
  private static final int LOWEST_OPSET = 13;

  private static final int HIGHEST_OPSET = 26;

  private static final List<String> FRAME_NAMES = List.of(ViewBaker.FRAME, ViewBaker.RESTORED);

  private BakeableNetwork() {}

  /**
   * The same network, its values called {@code frame} or {@code restored} renamed.
   *
   * @throws BundleException if it is not plain, a parameter is no number, or a parameter or
   *     constant has a name that baking uses: these keep theirs
   */
  static Network of(Network network) {
    requirePlain(network);
    requireNumbers(network, "network");
    Set<String> initializers = initializers(network);
    Set<String> values = values(network);
    for (Parameter parameter : network.parameters().values()) {
      for (String suffix : List.of(ViewBaker.THETA, ViewBaker.SEEN, ViewBaker.UNDER)) {
        requireFree(parameter.name() + suffix, values);
      }
    }
    values.stream().filter(v -> v.startsWith(ViewBaker.OWN)).forEach(v -> requireFree(v, values));
    Network freed = network;
    for (String name : FRAME_NAMES) {
      if (values.contains(name)) {
        requireFree(name, initializers);
        String other = "network_" + name;
        while (!values.add(other)) {
          other += "_";
        }
        freed = renamed(freed, name, other);
      }
    }
    return freed;
  }

  /** The names of all values of a network: its input, its initializers and what its nodes give. */
  static Set<String> values(Network network) {
    Set<String> values = initializers(network);
    values.add(network.inputName());
    network.model().getGraph().getNodeList().forEach(n -> values.addAll(n.getOutputList()));
    return values;
  }

  private static Set<String> initializers(Network network) {
    Set<String> initializers = new HashSet<>();
    network.model().getGraph().getInitializerList().forEach(t -> initializers.add(t.getName()));
    return initializers;
  }

  private static Network renamed(Network network, String from, String to) {
    GraphProto.Builder graph = network.model().getGraph().toBuilder();
    graph.getInputBuilderList().stream()
        .filter(v -> v.getName().equals(from))
        .forEach(v -> v.setName(to));
    graph.getOutputBuilderList().stream()
        .filter(v -> v.getName().equals(from))
        .forEach(v -> v.setName(to));
    graph.clearNode();
    for (NodeProto node : network.model().getGraph().getNodeList()) {
      graph.addNode(Onnx.renamed(node, value -> value.equals(from) ? to : value));
    }
    return Network.of(network.model().toBuilder().setGraph(graph).build());
  }

  private static void requireFree(String name, Set<String> values) {
    if (values.contains(name)) {
      throw new BundleException(
          "network has a value named " + name + ", which a bundle uses for its own");
    }
  }

  private static void requirePlain(Network network) {
    ModelProto model = network.model();
    long opset = Onnx.opset(model);
    if (opset < LOWEST_OPSET || opset > HIGHEST_OPSET) {
      throw new BundleException(
          "network's opset (%d) must be from %d to %d"
              .formatted(opset, LOWEST_OPSET, HIGHEST_OPSET));
    }
    for (NodeProto node : model.getGraph().getNodeList()) {
      if (!Onnx.isStandard(node.getDomain())) {
        throw new BundleException(
            "network's node %s must be a standard operator, is %s.%s"
                .formatted(node.getName(), node.getDomain(), node.getOpType()));
      }
      if (node.getAttributeList().stream().anyMatch(a -> a.hasG() || a.getGraphsCount() > 0)) {
        throw new BundleException(
            "network's node %s (%s) has a graph inside; a network is one plain graph"
                .formatted(node.getName(), node.getOpType()));
      }
    }
    for (TensorProto tensor : model.getGraph().getInitializerList()) {
      if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
        throw new BundleException(
            "network's constant "
                + tensor.getName()
                + " is external data; a network holds its own");
      }
    }
    if (model.getGraph().getSparseInitializerCount() > 0) {
      throw new BundleException("network has sparse constants; a network is one plain graph");
    }
  }

  private static void requireNumbers(Network network, String role) {
    for (Parameter parameter : network.parameters().values()) {
      for (int i = 0; i < parameter.values().length; i++) {
        if (!Float.isFinite(parameter.values()[i])) {
          throw new BundleException(
              "%s's parameter %s of shape %s has %s at %d; every value must be a finite number"
                  .formatted(
                      role,
                      parameter.name(),
                      Shapes.text(parameter.shape()),
                      parameter.values()[i],
                      i));
        }
      }
    }
  }

  /** Checks that the background has every parameter of the network, in the same shape. */
  static void requireSameParameters(Network network, Network background) {
    requireNumbers(background, "background");
    Set<String> missing = new HashSet<>(network.parameters().keySet());
    missing.removeAll(background.parameters().keySet());
    if (!missing.isEmpty()) {
      throw new BundleException("background has no tensor " + missing.iterator().next());
    }
    for (Parameter parameter : network.parameters().values()) {
      long[] other = background.parameters().get(parameter.name()).shape();
      if (!Arrays.equals(parameter.shape(), other)) {
        throw new BundleException(
            "background's tensor %s has shape %s, the network's has %s"
                .formatted(parameter.name(), Shapes.text(other), Shapes.text(parameter.shape())));
      }
    }
  }
}
