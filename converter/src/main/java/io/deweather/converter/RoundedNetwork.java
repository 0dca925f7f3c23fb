package io.deweather.converter;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.List;
import java.util.Map;

/**
 * A network whose values are rounded to levels in so many words: QuantizeLinear and
 * DequantizeLinear after each, arithmetic in floats between. What integer kernels give is compared
 * with this.
 */
final class RoundedNetwork {
  private RoundedNetwork() {}

  /**
   * Inserts the rounding.
   *
   * @param network in single precision
   * @param levels of the values that are rounded, by name; an output of the network among them
   *     keeps its name for the rounded value
   */
  static Network of(Network network, Map<String, Levels> levels) {
    GraphProto plain = network.model().getGraph();
    GraphProto.Builder graph = plain.toBuilder().clearNode();
    for (NodeProto node : plain.getNodeList()) {
      NodeProto.Builder reading = node.toBuilder();
      for (int i = 0; i < node.getInputCount(); i++) {
        String input = node.getInput(i);
        reading.setInput(i, levels.containsKey(input) ? rounded(network, input) : input);
      }
      for (int i = 0; i < node.getOutputCount(); i++) {
        String output = node.getOutput(i);
        if (levels.containsKey(output) && output.equals(network.outputName())) {
          reading.setOutput(i, exact(output));
        }
      }
      graph.addNode(reading);
      for (String output : node.getOutputList()) {
        if (levels.containsKey(output)) {
          round(graph, network, output, levels.get(output));
        }
      }
    }
    return Network.of(network.model().toBuilder().setGraph(graph).build());
  }

  private static void round(
      GraphProto.Builder graph, Network network, String value, Levels levels) {
    boolean last = value.equals(network.outputName());
    String scale = ViewBaker.OWN + value + "/scale";
    String zero = ViewBaker.OWN + value + "/zero";
    String whole = ViewBaker.OWN + value + "/levels";
    graph.addNode(Onnx.constant(scale, Onnx.scalar(levels.scale())));
    graph.addNode(Onnx.constant(zero, Onnx.bytes("", new long[0], (byte) levels.zero())));
    graph.addNode(
        Onnx.node("QuantizeLinear", List.of(last ? exact(value) : value, scale, zero), whole));
    graph.addNode(
        Onnx.node("DequantizeLinear", List.of(whole, scale, zero), rounded(network, value)));
  }

  private static String rounded(Network network, String value) {
    return value.equals(network.outputName()) ? value : ViewBaker.OWN + value + "/rounded";
  }

  private static String exact(String value) {
    return ViewBaker.OWN + value + "/exact";
  }
}
