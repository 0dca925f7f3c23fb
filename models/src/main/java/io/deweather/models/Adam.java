package io.deweather.models;

import io.deweather.DeweatherException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * The Adam optimiser (Kingma and Ba, 2015, algorithm 1) on one vector, with the gradient's norm
 * clipped (Pascanu et al., 2013) and an exponential moving average of the parameters. Hidden layers
 * may take their direction from {@link Muon} instead.
 *
 * <p>Its state is three vectors and a step count, which a checkpoint keeps whole, with the
 * parameters.
 */
@SuppressWarnings("try") // a PointerScope works by being open
final class Adam {
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.99;
  private static final double EPSILON = 1e-8;
  private static final double MAX_NORM = 1.0;

  final Tensor mean;
  final Tensor variance;
  final Tensor average;
  private final FlatParameters parameters;
  private final Optional<Muon> muon;
  private long steps;

  Adam(FlatParameters parameters, Optional<Muon> muon) {
    this.parameters = parameters;
    this.muon = muon;
    mean = parameters.zeros();
    variance = parameters.zeros();
    average = parameters.theta.clone();
  }

  /** The state and the parameters, under names that begin so. */
  Map<String, float[]> state(String prefix) {
    Map<String, float[]> state = new LinkedHashMap<>();
    vectors().forEach((name, vector) -> state.put(prefix + name, FlatParameters.floats(vector)));
    return state;
  }

  /** Takes back what {@link #state} gave after so many steps. */
  void resume(String prefix, Map<String, float[]> state, long steps) {
    try (PointerScope scope = new PointerScope()) {
      vectors()
          .forEach(
              (name, vector) -> {
                float[] values = state.getOrDefault(prefix + name, new float[0]);
                if (values.length != parameters.size()) {
                  throw new DeweatherException(
                      "the checkpoint has %d values of %s, the network %d"
                          .formatted(values.length, prefix + name, parameters.size()));
                }
                vector.copy_(parameters.vector(values));
              });
    }
    this.steps = steps;
  }

  private Map<String, Tensor> vectors() {
    Map<String, Tensor> vectors = new LinkedHashMap<>();
    vectors.put("theta", parameters.theta);
    vectors.put("mean", mean);
    vectors.put("variance", variance);
    vectors.put("average", average);
    return vectors;
  }

  /**
   * One step.
   *
   * @param theta changed in place
   * @param gradient clipped in place
   * @param rate the learning rate
   * @param decay of the moving average; the first steps average over what there is
   */
  void step(Tensor theta, Tensor gradient, double rate, double decay) {
    steps++;
    double norm = gradient.norm().item_float();
    if (norm > MAX_NORM) {
      gradient.mul_(new Scalar(MAX_NORM / norm));
    }
    mean.mul_(new Scalar(BETA1)).add_(gradient, new Scalar(1 - BETA1));
    variance.mul_(new Scalar(BETA2)).addcmul_(gradient, gradient, new Scalar(1 - BETA2));
    double correction1 = 1 - Math.pow(BETA1, steps);
    double correction2 = 1 - Math.pow(BETA2, steps);
    Tensor deviation =
        variance.sqrt().mul_(new Scalar(1 / Math.sqrt(correction2))).add_(new Scalar(EPSILON));
    Tensor update = mean.div(deviation).mul_(new Scalar(1 / correction1));
    // Nesterov's momentum, as Muon's authors found best.
    muon.ifPresent(layers -> layers.overwrite(gradient.lerp(mean, new Scalar(BETA1)), update));
    theta.add_(update, new Scalar(-rate));
    double warm = Math.min(decay, (1.0 + steps) / (10.0 + steps));
    average.lerp_(theta, new Scalar(1 - warm));
  }
}
