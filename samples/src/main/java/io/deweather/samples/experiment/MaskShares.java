package io.deweather.samples.experiment;

import io.deweather.Weather;
import io.deweather.converter.Visibility;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How many parameters are specific.
 *
 * @param specific by weather's id, of all parameters, in [0, 1]
 * @param layers by layer, the share of its weights that is specific to any weather; a layer's name
 *     is that of its tensors up to the first dot
 */
record MaskShares(Map<String, Double> specific, Map<String, Double> layers) {
  static MaskShares of(Visibility visibility) {
    Map<String, Double> specific = new LinkedHashMap<>();
    for (Weather weather : visibility.weathers()) {
      specific.put(weather.id(), visibility.specificShare(weather));
    }
    Map<String, double[]> counts = new LinkedHashMap<>();
    for (String tensor : visibility.tensors()) {
      long[] shape = visibility.shape(tensor);
      if (shape.length > 1) {
        double size = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        double[] count = counts.computeIfAbsent(tensor.split("\\.")[0], layer -> new double[2]);
        count[0] += size * (1 - visibility.commonShare(tensor));
        count[1] += size;
      }
    }
    Map<String, Double> layers = new LinkedHashMap<>();
    counts.forEach((layer, count) -> layers.put(layer, count[0] / count[1]));
    return new MaskShares(specific, layers);
  }

  /** Of all parameters, those specific to any weather. */
  double total() {
    return specific.values().stream().mapToDouble(Double::doubleValue).sum();
  }
}
