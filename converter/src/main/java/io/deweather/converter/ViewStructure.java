package io.deweather.converter;

import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import io.deweather.BundleException;
import io.deweather.Weather;
import java.util.List;
import java.util.Map;

/** What the graphs of a bundle must have in common. */
final class ViewStructure {
  private ViewStructure() {}

  /**
   * Checks that every graph is the view of its weather and that they agree apart from masks and, in
   * an integer bundle, the levels of activations.
   *
   * @return what they have in common
   */
  static ModelProto requireAlike(Map<Weather, ViewGraph> graphs) {
    ModelProto common = null;
    for (Map.Entry<Weather, ViewGraph> entry : graphs.entrySet()) {
      ViewGraph graph = entry.getValue();
      requireVersions(graph);
      String weather = Onnx.metadata(graph.model(), ViewBaker.WEATHER_KEY, "none");
      if (!weather.equals(entry.getKey().id())) {
        throw new BundleException(
            "%s is the view of %s, the manifest has it for %s"
                .formatted(graph.file(), weather, entry.getKey()));
      }
      common = common == null ? graph.withoutMask() : common;
      if (!graph.withoutMask().equals(common)) {
        throw new BundleException(
            graph.file() + " differs from the first graph in more than its masks");
      }
    }
    return common;
  }

  private static void requireVersions(ViewGraph graph) {
    ModelProto model = graph.model();
    if (model.getIrVersion() != ViewBaker.IR_VERSION) {
      throw new BundleException(
          "%s: IR version must be %d, is %d"
              .formatted(graph.file(), ViewBaker.IR_VERSION, model.getIrVersion()));
    }
    if (graph.version() != ViewFunctions.VERSION) {
      throw new BundleException(
          "%s: version of domain %s must be %d, is %d; convert --from BUNDLE --out BUNDLE brings it up to date"
              .formatted(graph.file(), Onnx.DEWEATHER, ViewFunctions.VERSION, graph.version()));
    }
    for (OperatorSetIdProto opset : model.getOpsetImportList()) {
      if (!Onnx.isStandard(opset.getDomain()) && !opset.getDomain().equals(Onnx.DEWEATHER)) {
        throw new BundleException(graph.file() + " needs operators of domain " + opset.getDomain());
      }
    }
    for (NodeProto node : model.getGraph().getNodeList()) {
      if (!Onnx.isStandard(node.getDomain()) && !node.getDomain().equals(Onnx.DEWEATHER)) {
        throw new BundleException(
            "%s has a node of an unknown kind, %s.%s"
                .formatted(graph.file(), node.getDomain(), node.getOpType()));
      }
    }
  }

  /** Checks that a graph calls what the converter wrote, byte for byte. */
  static void requireFunctions(ViewGraph graph, BundleContents contents, Precision precision) {
    String background = contents.manifest().background();
    boolean overBase = background.equals("base");
    List<FunctionProto> expected =
        functions(precision, contents.network(), overBase, graph.model());
    if (!graph.model().getFunctionsList().equals(expected)) {
      throw new BundleException(
          "%s: its functions must be those of a bundle with background %s: %s"
              .formatted(
                  graph.file(),
                  background,
                  expected.stream().map(FunctionProto::getName).toList()));
    }
  }

  private static List<FunctionProto> functions(
      Precision precision, Network network, boolean overBase, ModelProto model) {
    long opset = Onnx.opset(model);
    FrameEnd end = FrameEnd.of(model);
    return switch (precision) {
      case FP32 -> ViewBaker.functions(network, overBase, opset, end);
      case FP16 -> HalfViews.functions(network, overBase, opset, end, false);
      case INT8 -> IntegerFunctions.functions(network, overBase, opset);
    };
  }
}
