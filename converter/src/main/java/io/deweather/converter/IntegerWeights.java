package io.deweather.converter;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.deweather.Weather;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The weights of a bundle's integer convolutions, as all its views share them. */
final class IntegerWeights {
  /** Integer convolutions run at full speed where output channels are a multiple of this. */
  private static final int LANES = 16;

  /** A bias stays below this many multiples of its scale, a quarter of what int32 holds. */
  private static final float BIAS_ROOM = 1 << 29;

  private final Network network;
  private final Visibility visibility;
  private final Network background;
  private final Map<String, WeightLevels> rounded = new LinkedHashMap<>();

  /**
   * Rounds the weights.
   *
   * @param background of the views, or null
   * @param levels of every rounded value that is not rearranged from another, by weather
   */
  IntegerWeights(
      Network network,
      Visibility visibility,
      Network background,
      IntegerPlan plan,
      Map<Weather, Map<String, Levels>> levels) {
    this.network = network;
    this.visibility = visibility;
    this.background = background;
    for (String weight : plan.integerWeights()) {
      float[] base = background == null ? null : background.parameters().get(weight).values();
      float[] least = new float[(int) network.parameters().get(weight).shape()[0]];
      Arrays.fill(least, 1e-12f);
      for (NodeProto node : network.model().getGraph().getNodeList()) {
        if (plan.isInteger(node) && node.getInput(1).equals(weight) && node.getInputCount() > 2) {
          double input =
              levels.values().stream()
                  .mapToDouble(l -> plan.levels(node.getInput(0), l).scale())
                  .min()
                  .orElseThrow();
          raise(least, node.getInput(2), (float) (input * BIAS_ROOM));
        }
      }
      rounded.put(weight, WeightLevels.of(network.parameters().get(weight), least, base));
    }
  }

  /** Raises the scales below which a bias would not fit any more. */
  private void raise(float[] least, String bias, float room) {
    for (Network each : background == null ? List.of(network) : List.of(network, background)) {
      float[] values = each.parameters().get(bias).values();
      for (int c = 0; c < least.length; c++) {
        least[c] = Math.max(least[c], Math.abs(values[c]) / room);
      }
    }
  }

  boolean overBase() {
    return background != null;
  }

  /** The levels of a weight, or null if its convolution is not integer. */
  WeightLevels get(String weight) {
    return rounded.get(weight);
  }

  /** How many output channels of zeros an integer convolution gets. */
  int added(String weight) {
    boolean grouped =
        network.model().getGraph().getNodeList().stream()
            .filter(n -> n.getOpType().equals("Conv") && n.getInput(1).equals(weight))
            .anyMatch(n -> new NodeAttributes(n).integer("group", 1) > 1);
    int channels = rounded.get(weight).scales().length;
    return grouped ? 0 : (LANES - channels % LANES) % LANES;
  }

  /**
   * Base values as the views compute with them: those of integer weights are numbers that levels
   * stand for.
   *
   * @param base all of them end to end, in the order of the graph's initializers
   */
  TensorProto base(TensorProto base) {
    float[] values = Network.floats(base);
    byte everyone = Visibility.everyone(visibility.weathers());
    int at = 0;
    for (TensorProto initializer : network.model().getGraph().getInitializerList()) {
      String tensor = initializer.getName();
      if (!network.parameters().containsKey(tensor)) {
        continue;
      }
      WeightLevels levels = rounded.get(tensor);
      float[] under = background.parameters().get(tensor).values();
      float[] used = levels == null ? under : levels.rounded(under);
      byte[] bits = visibility.bits(tensor);
      for (int i = 0; i < used.length; i++) {
        if (bits[i] != everyone) {
          values[at++] = used[i];
        }
      }
    }
    return GraphBuilder.floats(base.getName(), values, values.length);
  }
}
