package io.deweather.converter;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What ONNX Runtime makes of a graph on the CPU. */
record OptimisedGraph(Path graph, ModelProto model) {
  /**
   * Loads a graph with every optimisation and reads what is left.
   *
   * @param scratch a folder for the dump
   */
  static OptimisedGraph of(Path graph, Path scratch) throws Exception {
    Path dump = scratch.resolve("optimised-" + graph.getFileName());
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setOptimizedModelFilePath(dump.toString());
      OrtEnvironment.getEnvironment().createSession(graph.toString(), options).close();
    }
    return new OptimisedGraph(graph, ModelProto.parseFrom(Files.readAllBytes(dump)));
  }

  List<NodeProto> nodes() {
    return model.getGraph().getNodeList();
  }

  /** How many nodes of each operator there are. */
  Map<String, Integer> operators() {
    Map<String, Integer> operators = new TreeMap<>();
    nodes().forEach(n -> operators.merge(n.getOpType(), 1, Integer::sum));
    return operators;
  }

  /** With their data inside; some the dump has from the bundle still. */
  Map<String, TensorProto> initializers() {
    WeightsReader weights = WeightsReader.ofBundle(graph.getParent());
    Map<String, TensorProto> initializers = new HashMap<>();
    for (TensorProto tensor : model.getGraph().getInitializerList()) {
      initializers.put(tensor.getName(), weights.inline(graph, tensor));
    }
    return initializers;
  }
}
