package io.deweather.models;

import io.deweather.converter.Network;
import io.deweather.models.SelectorFrames.Sample;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The arithmetic of training a selector's head: binary cross-entropy of each weather, since several
 * may be there at once, over the frames whose label is known. Features are taken to mean 0 and
 * deviation 1 over the frames of training; {@link #head} has that folded into its first layer. One
 * thread.
 */
@SuppressWarnings("try") // a PointerScope works by being open
final class SelectorTrainer {
  private static final double LEAST_DEVIATION = 1e-4;

  private final List<Sample> samples;
  private final int features;
  private final int known;
  private final float[] means;
  private final float[] deviations;
  private final GraphInterpreter interpreter;
  private final FlatParameters parameters;
  private final Adam adam;
  private final SplittableRandom random;

  SelectorTrainer(Network head, List<Sample> samples, long seed) {
    this.samples = samples;
    features = samples.get(0).features().length;
    known = samples.get(0).labels().length;
    means = new float[features];
    deviations = new float[features];
    measure();
    interpreter = new GraphInterpreter(head, GraphInterpreter.Precision.FP32);
    parameters = new FlatParameters(head, new Device("cpu"));
    adam = new Adam(parameters, Optional.empty());
    random = new SplittableRandom(seed);
  }

  private void measure() {
    double[] sum = new double[features];
    double[] squares = new double[features];
    for (Sample sample : samples) {
      for (int i = 0; i < features; i++) {
        double value = sample.features()[i];
        sum[i] += value;
        squares[i] += value * value;
      }
    }
    for (int i = 0; i < features; i++) {
      double mean = sum[i] / samples.size();
      means[i] = (float) mean;
      double variance = squares[i] / samples.size() - mean * mean;
      deviations[i] = (float) Math.max(LEAST_DEVIATION, Math.sqrt(Math.max(0, variance)));
    }
  }

  /**
   * One step over random frames.
   *
   * @param count of frames
   * @param noise standard deviation of what is added to every feature, in its own deviations: as
   *     good as more frames where there are many features (Bishop, 1995)
   * @return the loss before it
   */
  double step(int count, double noise, double rate, double decay, double shrink) {
    float[] inputs = new float[count * features];
    float[] labels = new float[count * known];
    float[] weights = new float[count * known];
    for (int i = 0; i < count; i++) {
      Sample sample = samples.get(random.nextInt(samples.size()));
      standardise(sample, inputs, i * features);
      System.arraycopy(sample.labels(), 0, labels, i * known, known);
      System.arraycopy(sample.weights(), 0, weights, i * known, known);
    }
    try (PointerScope scope = new PointerScope()) {
      parameters.view.copy_(parameters.theta);
      parameters.gradient.zero_();
      Tensor input = Tensor.create(inputs, count, features, 1, 1);
      input.add_(torch.randn_like(input), new Scalar(noise));
      Tensor scores = interpreter.evaluate(input, parameters.leaves());
      Tensor loss = loss(scores, Tensor.create(labels, count, known), weights);
      loss.backward();
      adam.step(parameters.theta, parameters.gradient, rate, decay);
      parameters.theta.mul_(new Scalar(1 - rate * shrink));
      return loss.item_float();
    }
  }

  /** Scores of the averaged head, a row for each sample. */
  float[][] evaluate(List<Sample> others) {
    float[][] rows = new float[others.size()][];
    GradMode.set_enabled(false);
    try {
      parameters.view.copy_(adam.average);
      for (int i = 0; i < rows.length; i++) {
        float[] input = new float[features];
        standardise(others.get(i), input, 0);
        try (PointerScope scope = new PointerScope()) {
          Tensor one = Tensor.create(input, 1, features, 1, 1);
          rows[i] = FlatParameters.floats(interpreter.evaluate(one, parameters.leaves()));
        }
      }
    } finally {
      GradMode.set_enabled(true);
    }
    return rows;
  }

  private void standardise(Sample sample, float[] to, int at) {
    for (int i = 0; i < features; i++) {
      to[at + i] = (sample.features()[i] - means[i]) / deviations[i];
    }
  }

  /** The averaged head for features as they come from the trunk. */
  Network head() {
    Network trained = parameters.network(FlatParameters.floats(adam.average));
    float[] weight = trained.parameters().get("hidden.weight").values().clone();
    float[] bias = trained.parameters().get("hidden.bias").values().clone();
    for (int out = 0; out < bias.length; out++) {
      double offset = bias[out];
      for (int i = 0; i < features; i++) {
        int at = out * features + i;
        weight[at] /= deviations[i];
        offset -= (double) weight[at] * means[i];
      }
      bias[out] = (float) offset;
    }
    return trained.withParameters(Map.of("hidden.weight", weight, "hidden.bias", bias));
  }

  /** {@code max(s, 0) - s y + log(1 + exp(-|s|))}, which does not overflow. */
  private Tensor loss(Tensor scores, Tensor labels, float[] known) {
    Tensor weights = Tensor.create(known, scores.size(0), scores.size(1));
    Tensor entropy =
        torch.relu(scores).sub(scores.mul(labels)).add(scores.abs().neg().exp().log1p());
    return entropy.mul(weights).sum().div(weights.sum().add(new Scalar(1e-6)));
  }
}
