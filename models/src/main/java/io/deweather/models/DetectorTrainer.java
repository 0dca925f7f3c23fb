package io.deweather.models;

import io.deweather.converter.Network;
import io.deweather.models.DetectorCrops.Crop;
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
 * The arithmetic of training a detector: binary cross-entropy of each weather in each cell. Crops
 * are dear, so each is kept for a while and seen a few times, mirrored and in other light. One
 * thread.
 */
@SuppressWarnings("try") // a PointerScope works by being open
final class DetectorTrainer {
  private static final int FRESH = 12;
  private static final int BATCH = 48;
  private static final int KEPT = 2048;
  private static final double AVERAGE_DECAY = 0.998;

  private final Device device = new Device("cpu");
  private final int weathers;
  private final GraphInterpreter interpreter;
  private final FlatParameters parameters;
  private final Adam adam;
  private final SplittableRandom random;
  private final Replay<Crop> replay;

  DetectorTrainer(Network detector, int weathers, long seed) {
    this.weathers = weathers;
    interpreter = new GraphInterpreter(detector, GraphInterpreter.Precision.BF16);
    parameters = new FlatParameters(detector, device);
    adam = new Adam(parameters, Optional.of(new Muon(detector, parameters)));
    random = new SplittableRandom(seed);
    replay = new Replay<>(KEPT, random);
  }

  /**
   * One step over {@value #FRESH} new crops and some of those before.
   *
   * @return the loss before it
   */
  double step(DetectorCrops crops, double rate) {
    List<Crop> batch = replay.batch(crops.next(FRESH), BATCH);
    try (PointerScope scope = new PointerScope()) {
      parameters.view.copy_(parameters.theta);
      parameters.gradient.zero_();
      Tensor loss = loss(batch, true);
      loss.backward();
      adam.step(parameters.theta, parameters.gradient, rate, AVERAGE_DECAY);
      return loss.item_float();
    }
  }

  /** The loss of the averaged detector on these crops. */
  double loss(List<Crop> crops) {
    GradMode.set_enabled(false);
    try (PointerScope scope = new PointerScope()) {
      parameters.view.copy_(adam.average);
      return loss(crops, false).item_float();
    } finally {
      GradMode.set_enabled(true);
    }
  }

  private Tensor loss(List<Crop> crops, boolean varied) {
    int side = DetectorCrops.SIDE;
    byte[] pixels = new byte[crops.size() * side * side * 3];
    int cells = DetectorCrops.CELLS;
    int answers = weathers * cells * cells;
    float[] labels = new float[crops.size() * answers];
    float[] weights = new float[labels.length];
    for (int i = 0; i < crops.size(); i++) {
      Crop crop = crops.get(i);
      System.arraycopy(crop.pixels(), 0, pixels, i * crop.pixels().length, crop.pixels().length);
      System.arraycopy(crop.labels(), 0, labels, i * answers, answers);
      System.arraycopy(crop.weights(), 0, weights, i * answers, answers);
    }
    Tensor image = Trainer.image(new BytePointer(pixels), crops.size(), side, side, device);
    Tensor truth = Tensor.create(labels, crops.size(), weathers, cells, cells);
    Tensor known = Tensor.create(weights, crops.size(), weathers, cells, cells);
    if (varied) {
      if (random.nextBoolean()) {
        image = image.flip(3);
        truth = truth.flip(3);
        known = known.flip(3);
      }
      image = otherLight(image, random);
    }
    Tensor scores = interpreter.evaluate(image, parameters.leaves()).to(torch.ScalarType.Float);
    return SelectorTrainer.loss(scores, truth, known);
  }

  /** Brighter or darker, and of another tint. */
  static Tensor otherLight(Tensor image, SplittableRandom random) {
    double light = Math.pow(2, random.nextDouble() - 0.5);
    float[] tint = new float[3];
    for (int c = 0; c < 3; c++) {
      tint[c] = (float) (light * Math.pow(2, 0.3 * (random.nextDouble() - 0.5)));
    }
    return image.mul(Tensor.create(tint, 1, 3, 1, 1)).clamp_max_(new Scalar(1.0));
  }

  /** The averaged detector. */
  Network detector() {
    return parameters.network(FlatParameters.floats(adam.average));
  }
}
