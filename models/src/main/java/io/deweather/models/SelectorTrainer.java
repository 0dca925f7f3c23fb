package io.deweather.models;

import io.deweather.converter.Network;
import io.deweather.converter.SelectorGraph;
import io.deweather.models.GraphInterpreter.Precision;
import io.deweather.models.SelectorFrames.Sample;
import io.deweather.models.TrainingOptions.Optimiser;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The arithmetic of training a selector's head: binary cross-entropy of each weather, since several
 * may be there at once, over the frames whose label is known. Features are scaled by their mean and
 * deviation over the frames of training. One thread.
 */
@SuppressWarnings("try") // a PointerScope works by being open
final class SelectorTrainer {
  private static final int BATCH = 256;
  private static final double AVERAGE_DECAY = 0.998;

  /** The standard deviation of what is added to a feature, in the feature's own. */
  private static final double NOISE = 0.3;

  private static final double SHRINK = 0.05;
  private static final double LEAST_DEVIATION = 1e-4;

  private final int samples;
  private final Tensor inputs;
  private final Tensor labels;
  private final Tensor weights;
  private final int features;
  private final int known;
  private final SelectorGraph.Scaling scaling;
  private final Learner learner;
  private final long seed;
  private final SplittableRandom random;
  private long steps;

  SelectorTrainer(Network head, List<Sample> samples, long seed) {
    this(head, measure(samples), samples, samples.get(0).labels().length, seed);
  }

  /** One of a head that is only evaluated, or trained elsewhere. */
  SelectorTrainer(Network head, SelectorGraph.Scaling scaling, int known) {
    this(head, scaling, List.of(), known, 0);
  }

  private SelectorTrainer(
      Network head, SelectorGraph.Scaling scaling, List<Sample> samples, int known, long seed) {
    this.samples = samples.size();
    this.scaling = scaling;
    this.known = known;
    features = scaling.means().length;
    inputs = scaled(samples);
    labels = matrix(samples, Sample::labels, known);
    weights = matrix(samples, Sample::weights, known);
    learner = new Learner(head, Precision.FP32, Optimiser.ADAM, AVERAGE_DECAY);
    this.seed = seed;
    random = new SplittableRandom(seed);
  }

  private static SelectorGraph.Scaling measure(List<Sample> samples) {
    int features = samples.get(0).features().length;
    float[] means = new float[features];
    float[] deviations = new float[features];
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
    return new SelectorGraph.Scaling(means, deviations);
  }

  Learner learner() {
    return learner;
  }

  /**
   * One step over {@value #BATCH} random frames, with noise on every feature: as good as more
   * frames where there are many features (Bishop, 1995).
   *
   * @return the loss before it
   */
  double step(double rate) {
    try (PointerScope scope = new PointerScope()) {
      learner.seeTrained();
      Tensor rows = Tensor.create(rows(), BATCH);
      Tensor input = inputs.index_select(0, rows);
      torch.manual_seed(seed * 1_000_003 + steps++);
      input.add_(torch.randn_like(input), new Scalar(NOISE));
      Tensor scores = learner.evaluate(input);
      Tensor loss = loss(scores, labels.index_select(0, rows), weights.index_select(0, rows));
      loss.backward();
      learner.step(rate);
      learner.shrink(rate * SHRINK);
      return loss.item_float();
    }
  }

  private long[] rows() {
    long[] chosen = new long[BATCH];
    for (int i = 0; i < BATCH; i++) {
      chosen[i] = random.nextInt(samples);
    }
    return chosen;
  }

  /** Draws what so many steps drew, so that the next one sees what it would have seen. */
  void skip(int count) {
    for (int i = 0; i < count; i++) {
      rows();
    }
    steps += count;
  }

  /** Scores of the averaged head, a row for each sample. */
  float[][] evaluate(List<Sample> others) {
    GradMode.set_enabled(false);
    try (PointerScope scope = new PointerScope()) {
      learner.seeAverage();
      Tensor scores = learner.evaluate(scaled(others));
      float[] all = FlatParameters.floats(scores);
      float[][] rows = new float[others.size()][];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = Arrays.copyOfRange(all, i * known, (i + 1) * known);
      }
      return rows;
    } finally {
      GradMode.set_enabled(true);
    }
  }

  /** {@code [N, features, 1, 1]}. */
  private Tensor scaled(List<Sample> some) {
    FloatPointer values = new FloatPointer((long) some.size() * features);
    float[] row = new float[features];
    for (int k = 0; k < some.size(); k++) {
      for (int i = 0; i < features; i++) {
        row[i] = scaling.apply(i, some.get(k).features()[i]);
      }
      values.position((long) k * features).put(row);
    }
    return torch.from_blob(values.position(0), some.size(), features, 1, 1).clone();
  }

  private static Tensor matrix(List<Sample> samples, Function<Sample, float[]> part, int columns) {
    float[] all = new float[samples.size() * columns];
    for (int i = 0; i < samples.size(); i++) {
      System.arraycopy(part.apply(samples.get(i)), 0, all, i * columns, columns);
    }
    return Tensor.create(all, samples.size(), columns);
  }

  SelectorGraph.Scaling scaling() {
    return scaling;
  }

  /** {@code max(s, 0) - s y + log(1 + exp(-|s|))}, which does not overflow. */
  static Tensor loss(Tensor scores, Tensor labels, Tensor weights) {
    Tensor entropy =
        torch.relu(scores).sub(scores.mul(labels)).add(scores.abs().neg().exp().log1p());
    return entropy.mul(weights).sum().div(weights.sum().add(new Scalar(1e-6)));
  }
}
