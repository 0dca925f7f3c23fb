package io.deweather.models;

import io.deweather.converter.Network;
import io.deweather.models.DetectorCrops.Crop;
import io.deweather.models.GraphInterpreter.Precision;
import io.deweather.models.TrainingOptions.Optimiser;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;

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

  private final int weathers;
  private final Learner detector;
  private final Replay<Crop> replay;

  DetectorTrainer(Network detector, int weathers, long seed) {
    this.weathers = weathers;
    this.detector = new Learner(detector, Precision.BF16, Optimiser.MUON, AVERAGE_DECAY);
    replay = new Replay<>(FRESH, BATCH, KEPT, seed);
  }

  Learner learner() {
    return detector;
  }

  Replay<Crop> replay() {
    return replay;
  }

  /**
   * One step over {@value #FRESH} new crops and some of those before.
   *
   * @return the loss before it
   */
  double step(DetectorCrops crops, double rate) {
    Replay.Batch<Crop> batch = replay.next(crops);
    try (PointerScope scope = new PointerScope()) {
      detector.seeTrained();
      Tensor loss = loss(batch.examples(), batch.variation());
      loss.backward();
      detector.step(rate);
      return loss.item_float();
    }
  }

  /** The loss of the averaged detector on these crops. */
  double loss(List<Crop> crops) {
    GradMode.set_enabled(false);
    try (PointerScope scope = new PointerScope()) {
      detector.seeAverage();
      return loss(crops, Variation.NONE).item_float();
    } finally {
      GradMode.set_enabled(true);
    }
  }

  private Tensor loss(List<Crop> crops, Variation variation) {
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
    Tensor image = Trainer.image(new BytePointer(pixels), crops.size(), side, side, Learner.DEVICE);
    Tensor truth = Tensor.create(labels, crops.size(), weathers, cells, cells);
    Tensor known = Tensor.create(weights, crops.size(), weathers, cells, cells);
    Tensor scores = detector.evaluate(variation.of(image));
    return SelectorTrainer.loss(scores, variation.mirror(truth), variation.mirror(known));
  }
}
