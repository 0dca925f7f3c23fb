package io.deweather.models;

import io.deweather.converter.Network;
import io.deweather.converter.SelectorGraph;
import io.deweather.models.SelectorLooks.Looks;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

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

  private final Device device = new Device("cpu");
  private final int weathers;
  private final Part trunk;
  private final Part head;
  private final Tensor factors;
  private final Tensor offsets;
  private final SplittableRandom random;
  private final Replay<Looks> replay;

  /** A network with what trains it. */
  private record Part(GraphInterpreter interpreter, FlatParameters parameters, Adam adam) {
    Tensor evaluate(Tensor x) {
      return interpreter.evaluate(x, parameters.leaves()).to(torch.ScalarType.Float);
    }

    void see(Tensor values) {
      parameters.view.copy_(values);
      parameters.gradient.zero_();
    }

    void step(double rate) {
      adam.step(parameters.theta, parameters.gradient, rate, AVERAGE_DECAY);
    }

    Network averaged() {
      return parameters.network(FlatParameters.floats(adam.average));
    }
  }

  SelectorTuner(
      Network trunk, SelectorGraph.Scaling scaling, Network head, int weathers, long seed) {
    this.weathers = weathers;
    FlatParameters seeing = new FlatParameters(trunk, device);
    FlatParameters judging = new FlatParameters(head, device);
    this.trunk =
        new Part(
            new GraphInterpreter(trunk, GraphInterpreter.Precision.BF16),
            seeing,
            new Adam(seeing, Optional.of(new Muon(trunk, seeing))));
    this.head =
        new Part(
            new GraphInterpreter(head, GraphInterpreter.Precision.FP32),
            judging,
            new Adam(judging, Optional.empty()));
    int features = scaling.means().length;
    float[] factors = new float[features];
    float[] offsets = new float[features];
    for (int i = 0; i < features; i++) {
      factors[i] = 1 / (SelectorGraph.Scaling.BOUND * scaling.deviations()[i]);
      offsets[i] = -scaling.means()[i] * factors[i];
    }
    this.factors = Tensor.create(factors, 1, features, 1, 1);
    this.offsets = Tensor.create(offsets, 1, features, 1, 1);
    random = new SplittableRandom(seed);
    replay = new Replay<>(KEPT, random);
  }

  /**
   * One step over {@value #FRESH} new frames and some of those before.
   *
   * @return the loss before it
   */
  double step(SelectorLooks looks, double rate) {
    List<Looks> batch = replay.batch(looks.next(FRESH), BATCH);
    try (PointerScope scope = new PointerScope()) {
      trunk.see(trunk.parameters.theta);
      head.see(head.parameters.theta);
      Tensor loss = loss(batch, true);
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
          trunk.see(trunk.adam.average);
          head.see(head.adam.average);
          List<Looks> part = frames.subList(begin, Math.min(frames.size(), begin + BATCH));
          sum += part.size() * loss(part, false).item_float();
        }
      }
    } finally {
      GradMode.set_enabled(true);
    }
    return sum / frames.size();
  }

  private Tensor loss(List<Looks> frames, boolean varied) {
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
            device);
    if (varied) {
      image = DetectorTrainer.otherLight(random.nextBoolean() ? image.flip(3) : image, random);
    }
    Tensor scaled = trunk.evaluate(image).mul(factors).add(offsets).tanh();
    Tensor scores = head.evaluate(scaled.mul(new Scalar(SelectorGraph.Scaling.BOUND)));
    return SelectorTrainer.loss(
        scores,
        Tensor.create(labels, frames.size(), weathers),
        Tensor.create(weights, frames.size(), weathers));
  }

  /** The averaged detector, with its summary. */
  Network trunk() {
    return trunk.averaged();
  }

  /** The averaged head. */
  Network head() {
    return head.averaged();
  }
}
