package io.deweather.converter;

import ai.onnx.proto.OnnxMl.ModelProto;
import io.deweather.Weather;
import java.util.Map;

/**
 * The graphs of a bundle in the precision that it is written in, and the data that they share.
 *
 * @param graphs by weather
 * @param halfGraphs the same, computing in half precision; empty if there are none
 * @param weights what all of them refer to
 * @param quality what was measured on the way, for the manifest
 */
record StoredViews(
    Map<Weather, ModelProto> graphs,
    Map<Weather, ModelProto> halfGraphs,
    WeightsFile weights,
    Map<String, Object> quality) {

  /** What was baked, as it is. */
  static StoredViews single(ViewBaker.Baked baked) {
    return new StoredViews(baked.graphs(), Map.of(), baked.weights(), Map.of());
  }
}
