package io.deweather.models;

import io.deweather.converter.Network;
import io.deweather.converter.SelectorGraph;
import io.deweather.models.GraphInterpreter.Precision;
import io.deweather.models.SelectorLooks.Looks;
import io.deweather.models.TrainingOptions.Optimiser;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * The arithmetic of training a selector end to end: binary cross-entropy of each weather of whole
 * frames, through the head, the scaling of the features, which stays, and the detector. Frames are
 * dear, so each is kept for a while and seen a few times. One thread.
 */
@SuppressWarnings("try") // a PointerScope works by being open
final class SelectorTuner {
  private static final int FRESH = 8;
  private static final int BATCH = 16;
  private static final int KEPT = 3072;
  private static final double AVERAGE_DECAY = 0.995;

  private final int weathers;
  private final Learner trunk;
  private final Learner head;
  private final Tensor factors;
  private final Tensor offsets;
  private final Replay<Looks> replay;

  SelectorTuner(
      Network trunk, SelectorGraph.Scaling scaling, Network head, int weathers, long seed) {
    this.weathers = weathers;
    this.trunk = new Learner(trunk, Precision.BF16, Optimiser.MUON, AVERAGE_DECAY);
    this.head = new Learner(head, Precision.FP32, Optimiser.ADAM, AVERAGE_DECAY);
    int features = scaling.means().length;
    float[] factors = new float[features];
    float[] offsets = new float[features];
    for (int i = 0; i < features; i++) {
      factors[i] = 1 / (SelectorGraph.Scaling.BOUND * scaling.deviations()[i]);
      offsets[i] = -scaling.means()[i] * factors[i];
    }
    this.factors = Tensor.create(factors, 1, features, 1, 1);
    this.offsets = Tensor.create(offsets, 1, features, 1, 1);
    replay = new Replay<>(FRESH, BATCH, KEPT, seed);
  }

  /** From the pixels to the features. */
  Learner trunk() {
    return trunk;
  }

  /** From the features to the scores. */
  Learner head() {
    return head;
  }

  Replay<Looks> replay() {
    return replay;
  }

  /**
   * One step over {@value #FRESH} new frames and some of those before.
   *
   * @return the loss before it
   */
  double step(SelectorLooks looks, double rate) {
    Replay.Batch<Looks> batch = replay.next(looks);
    try (PointerScope scope = new PointerScope()) {
      trunk.seeTrained();
      head.seeTrained();
      Tensor loss = loss(batch.examples(), batch.variation());
      loss.backward();
      trunk.step(rate);
      head.step(rate);
      return loss.item_float();
    }
  }

  /** The loss of the averaged selector on these frames. */
  double loss(List<Looks> frames) {
    GradMode.set_enabled(false);
    double sum = 0;
    try {
      for (int begin = 0; begin < frames.size(); begin += BATCH) {
        try (PointerScope scope = new PointerScope()) {
          trunk.seeAverage();
          head.seeAverage();
          List<Looks> part = frames.subList(begin, Math.min(frames.size(), begin + BATCH));
          sum += part.size() * loss(part, Variation.NONE).item_float();
        }
      }
    } finally {
      GradMode.set_enabled(true);
    }
    return sum / frames.size();
  }

  private Tensor loss(List<Looks> frames, Variation variation) {
    int length = frames.get(0).pixels().length;
    byte[] pixels = new byte[frames.size() * length];
    float[] labels = new float[frames.size() * weathers];
    float[] weights = new float[labels.length];
    for (int i = 0; i < frames.size(); i++) {
      Looks frame = frames.get(i);
      System.arraycopy(frame.pixels(), 0, pixels, i * length, length);
      System.arraycopy(frame.labels(), 0, labels, i * weathers, weathers);
      System.arraycopy(frame.weights(), 0, weights, i * weathers, weathers);
    }
    Tensor image =
        Trainer.image(
            new BytePointer(pixels),
            frames.size() * SelectorGraph.LOOKS,
            SelectorLooks.HEIGHT,
            SelectorLooks.WIDTH,
            Learner.DEVICE);
    Tensor scaled = trunk.evaluate(variation.of(image)).mul(factors).add(offsets).tanh();
    Tensor scores = head.evaluate(scaled.mul(new Scalar(SelectorGraph.Scaling.BOUND)));
    return SelectorTrainer.loss(
        scores,
        Tensor.create(labels, frames.size(), weathers),
        Tensor.create(weights, frames.size(), weathers));
  }
}
