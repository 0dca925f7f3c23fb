package io.deweather.converter;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Finds the levels that suit the values inside a view, by looking at them. */
final class ActivationRanges {
  private ActivationRanges() {}

  /**
   * Runs a view on frames, twice: for the range of each value, then for how it is spread there.
   *
   * @param view a baked graph in single precision with all data inside
   * @param values of the network, all float
   * @return the best levels of each
   */
  static Map<String, Levels> measure(
      ModelProto view, Collection<String> values, List<ProbeFrame> frames) {
    ModelProto.Builder watched = view.toBuilder();
    Map<String, ActivationHistogram> histograms = new LinkedHashMap<>();
    for (String value : values) {
      watched.getGraphBuilder().addOutput(Onnx.ofAnyShape(value, DataType.FLOAT));
      histograms.put(value, new ActivationHistogram());
    }
    try (BakedView session = BakedView.of("a view to calibrate", watched.build())) {
      for (ProbeFrame frame : frames) {
        session.watch(frame, (value, numbers) -> histograms.get(value).widen(numbers));
      }
      for (ProbeFrame frame : frames) {
        session.watch(frame, (value, numbers) -> histograms.get(value).count(numbers));
      }
    }
    Map<String, Levels> best = new LinkedHashMap<>();
    histograms.forEach((value, histogram) -> best.put(value, histogram.best()));
    return best;
  }
}
