package io.deweather.models;

import ai.onnx.proto.OnnxMl.ModelProto;
import io.deweather.models.SelectorFrames.Sample;
import java.util.ArrayList;
import java.util.List;

/**
 * Labelled frames to train and to calibrate on, with what a graph finds in them. They are kept in a
 * file of the run's folder while they are made, so that a run that is stopped goes on.
 */
final class SelectorExamples {
  private static final int REPORT_EVERY = 200;

  /** The whole file is written each time: when there is so much more. */
  private static final double KEEP_FROM = 1.2;

  private static final double VARIED_SHARE = 0.5;
  private static final int TO_CALIBRATE_ON = 1;

  private final SelectorOptions options;
  private final TrainingListener listener;
  private final ModelProto asked;
  private final SelectorStore store;
  private final List<Sample> training = new ArrayList<>();
  private final List<Sample> heldOut = new ArrayList<>();

  /**
   * Takes what is there.
   *
   * @param file its name in the run's folder
   * @param photographs that the frames are made of, see {@link Photographs#identity}
   * @param asked the graph that gives the features
   */
  SelectorExamples(
      SelectorOptions options,
      TrainingListener listener,
      String file,
      String photographs,
      ModelProto asked) {
    this.options = options;
    this.listener = listener;
    this.asked = asked;
    store = new SelectorStore(options, file, photographs, asked);
    store.read(training, heldOut);
    if (!training.isEmpty()) {
      listener.message("%d frames are there".formatted(training.size()));
    }
  }

  /**
   * Makes what is missing of the frames to train on.
   *
   * @param stream of random choices: another one gives other frames
   */
  List<Sample> toTrainOn(Photographs from, int stream, int count) {
    add(from, stream, VARIED_SHARE, count, "frames to train on", training);
    return training;
  }

  /** Makes what is missing of the frames to calibrate on, which are as cameras send them. */
  List<Sample> toCalibrateOn(Photographs from, int count) {
    add(from, TO_CALIBRATE_ON, 0, count, "frames to calibrate on", heldOut);
    return heldOut;
  }

  private void add(
      Photographs from, int stream, double varied, int count, String what, List<Sample> samples) {
    int whole = count + count % 2; // each frame serves twice
    if (samples.size() > whole) {
      samples.subList(whole, samples.size()).clear();
    }
    long begin = System.nanoTime();
    int before = samples.size();
    int[] said = {before};
    int[] kept = {Math.max(before, REPORT_EVERY)};
    new SelectorFrames(from, options.weathers(), options.seed() * 7919 + stream, varied)
        .add(
            asked,
            samples,
            count,
            options.threads(),
            () -> {
              boolean stop = StepLoop.mustStop(listener);
              int made = samples.size();
              boolean last = stop || made >= count;
              if (last || made - said[0] >= REPORT_EVERY) {
                double each = (System.nanoTime() - begin) / 1e9 / (made - before);
                said[0] = made;
                listener.message(
                    "%d of %d %s, %.1f a second, %.0f min left"
                        .formatted(made, count, what, 1 / each, each / 60 * (count - made)));
              }
              if (last || made >= KEEP_FROM * kept[0]) {
                kept[0] = made;
                store.write(training, heldOut);
              }
              if (stop) {
                throw new TrainingStoppedException(
                    "stopped after %d of %d %s".formatted(made, count, what));
              }
            });
  }
}
