package io.deweather.converter;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import io.deweather.BundleException;
import io.deweather.converter.Network.Parameter;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The value names of a network, kept apart from those that baking adds: a network whose own values
 * are called {@code frame} or {@code restored} has them renamed.
 */
final class NetworkNames {
  private static final List<String> FRAME_NAMES = List.of(ViewBaker.FRAME, ViewBaker.RESTORED);

  private NetworkNames() {}

  /**
   * The same network without values of the names that baking uses.
   *
   * @throws BundleException if a parameter or constant has such a name: parameters keep theirs
   */
  static Network freed(Network network) {
    Set<String> initializers = new HashSet<>();
    network.model().getGraph().getInitializerList().forEach(t -> initializers.add(t.getName()));
    Set<String> values = new HashSet<>(initializers);
    values.add(network.inputName());
    network.model().getGraph().getNodeList().forEach(n -> values.addAll(n.getOutputList()));
    for (Parameter parameter : network.parameters().values()) {
      for (String suffix :
          List.of(ViewBaker.THETA, ViewBaker.BITS, ViewBaker.SPECIFIC, ViewBaker.BASE)) {
        requireFree(parameter.name() + suffix, values);
      }
    }
    values.stream().filter(v -> v.startsWith(ViewBaker.SHAPE)).forEach(v -> requireFree(v, values));
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

  private static Network renamed(Network network, String from, String to) {
    GraphProto.Builder graph = network.model().getGraph().toBuilder();
    graph.getInputBuilderList().stream()
        .filter(v -> v.getName().equals(from))
        .forEach(v -> v.setName(to));
    graph.getOutputBuilderList().stream()
        .filter(v -> v.getName().equals(from))
        .forEach(v -> v.setName(to));
    for (NodeProto.Builder node : graph.getNodeBuilderList()) {
      for (int i = 0; i < node.getInputCount(); i++) {
        if (node.getInput(i).equals(from)) {
          node.setInput(i, to);
        }
      }
      for (int i = 0; i < node.getOutputCount(); i++) {
        if (node.getOutput(i).equals(from)) {
          node.setOutput(i, to);
        }
      }
    }
    return Network.of(network.model().toBuilder().setGraph(graph).build());
  }

  private static void requireFree(String name, Set<String> values) {
    if (values.contains(name)) {
      throw new BundleException(
          "network has a value named " + name + ", which a bundle uses for its own");
    }
  }
}
