package io.deweather.models;

import io.deweather.DeweatherException;
import io.deweather.Weather;
import io.deweather.converter.Network;
import io.deweather.converter.SelectorGraph;
import io.deweather.models.SelectorFrames.Sample;
import io.deweather.models.SelectorTuning.Tuned;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.bytedeco.pytorch.global.torch;

/**
 * Trains what recognises the weather, from clean photographs to {@code selector.onnx}, in three
 * steps. A detector learns where there is which weather, on crops that are labelled cell by cell
 * ({@link DetectorCrops}). Whole frames are made ({@link io.deweather.models.weather.Sighting}),
 * and what it finds in them is kept; a head learns on that which weathers a frame shows: Adam on
 * binary cross-entropy, a cosine schedule with warm-up, a moving average of the parameters. Then
 * its probabilities are calibrated on frames of photographs that were held out, without decoys and
 * hard coding: {@link PlattScaling} for each weather, and, if more than {@value #MOST_FALSE_ALARMS}
 * of the clear frames there would be called a weather at a probability of one half, an offset for
 * all that makes it so.
 *
 * <p>Before that, detector and head are trained together for a while on further whole frames
 * ({@link SelectorTuning}).
 *
 * <p>The same options give the same crops and frames, whatever the number of threads. A run that
 * finds {@code detector.onnx} in its folder takes that one, and of {@code frames.safetensors} what
 * was made with it: only what is missing is done. One that finds {@code trunk.onnx}, which tuning
 * leaves, tunes on from there. Interrupted, the detector's training begins anew; {@code
 * detector-part.onnx} is what it has come to.
 */
public final class SelectorTraining {
  /** The share of clear frames that may have a weather above one half. */
  public static final double MOST_FALSE_ALARMS = 0.015;

  private static final int BATCH = 256;
  private static final int REPORT_EVERY = 200;
  private static final int HOLD_OUT_STRIDE = 12;
  private static final int SMALLEST_SIDE = 200;
  static final int WARM_UP = 100;
  private static final double AVERAGE_DECAY = 0.998;
  private static final double VARIED_SHARE = 0.5;
  private static final double NOISE = 0.3;
  private static final double SHRINK = 0.05;

  private final SelectorOptions options;
  private final TrainingListener listener;
  private final Photographs photographs;
  private final Photographs others;
  private Network trunk;
  private final List<Sample> heldOut;
  private final SelectorTrainer trainer;

  private SelectorTraining(SelectorOptions options, TrainingListener listener) {
    this.options = options;
    this.listener = listener;
    torch.set_num_threads(options.threads());
    Photographs all = Photographs.read(options.clean(), SMALLEST_SIDE);
    photographs = all.without(HOLD_OUT_STRIDE);
    others = all.every(HOLD_OUT_STRIDE);
    listener.message(
        "%d photographs to train on, %d held out".formatted(photographs.size(), others.size()));
    Network detector = new DetectorTraining(options, listener).run(photographs, others);
    trunk = SelectorNetworks.trunk(detector, options.weathers().size());
    SelectorStore store = new SelectorStore(options, trunk);
    List<Sample> samples = new ArrayList<>();
    heldOut = new ArrayList<>();
    store.read(samples, heldOut);
    if (!samples.isEmpty()) {
      listener.message("%d frames are there".formatted(samples.size()));
    }
    Runnable keep = () -> store.write(samples, heldOut);
    add(others, 1, options.calibrationFrames(), "frames to calibrate on", heldOut, keep);
    add(photographs, 0, options.frames(), "frames to train on", samples, keep);
    Network head = SelectorNetworks.head(options.weathers().size(), options.seed());
    trainer = new SelectorTrainer(head, samples, options.seed());
  }

  /**
   * Runs.
   *
   * @return {@code selector.onnx}
   * @throws TrainingStoppedException if the thread was interrupted
   * @throws DeweatherException if something cannot be read or written
   */
  public static Path run(SelectorOptions options, TrainingListener listener) {
    try {
      Files.createDirectories(options.out());
    } catch (IOException e) {
      throw new DeweatherException("cannot create " + options.out() + ": " + e.getMessage(), e);
    }
    return new SelectorTraining(options, listener).train();
  }

  private void add(
      Photographs from, long stream, int count, String what, List<Sample> samples, Runnable keep) {
    long begin = System.nanoTime();
    int before = samples.size();
    int[] said = {before};
    // Probabilities are calibrated for frames as cameras send them.
    double varied = stream == 0 ? VARIED_SHARE : 0;
    new SelectorFrames(from, options.weathers(), options.seed() * 7919 + stream, varied)
        .add(
            trunk,
            samples,
            count,
            options.threads(),
            () -> {
              int made = samples.size();
              if (made - said[0] >= REPORT_EVERY || made >= count) {
                double each = (System.nanoTime() - begin) / 1e9 / (made - before);
                said[0] = made;
                keep.run();
                listener.message(
                    "%d of %d %s, %.1f a second, %.0f min left"
                        .formatted(made, count, what, 1 / each, each / 60 * (count - made)));
              }
            });
  }

  private Path train() {
    SelectorTuning tuning = new SelectorTuning(options, listener);
    Optional<Tuned> before = tuning.before();
    if (before.isPresent()) {
      listener.message("a tuned selector is there: " + options.out());
    } else {
      trainHead();
    }
    if (before.isPresent() || options.tuningSteps() > 0) {
      Tuned start = before.orElseGet(() -> new Tuned(trunk, trainer.head()));
      Tuned tuned =
          options.tuningSteps() == 0
              ? start
              : tuning.run(start, trainer.scaling(), photographs, others);
      trunk = tuned.trunk();
      trainer.set(tuned.head());
      heldOut.clear();
      add(others, 1, options.calibrationFrames(), "frames to calibrate on", heldOut, () -> {});
    }
    photographs.release();
    others.release();
    return export();
  }

  private void trainHead() {
    double loss = 0;
    int losses = 0;
    for (int step = 1; step <= options.steps(); step++) {
      loss +=
          trainer.step(
              BATCH,
              NOISE,
              CosineSchedule.rate(step - 1, options.steps(), options.rate(), WARM_UP),
              AVERAGE_DECAY,
              SHRINK);
      losses++;
      if (step == options.steps() || step % REPORT_EVERY == 0) {
        listener.message(
            "step %d/%d  loss %.4f  held out: %s"
                .formatted(step, options.steps(), loss / losses, new Scores().accuracy()));
        loss = 0;
        losses = 0;
      }
      if (Thread.interrupted()) {
        throw new TrainingStoppedException("stopped after step " + step);
      }
    }
  }

  private Path export() {
    Network head = trainer.head();
    head.write(options.out().resolve("head.onnx"));
    SelectorGraph.Calibration calibration = new Scores().calibration();
    listener.message(
        "calibration: slopes %s, offsets %s"
            .formatted(
                Arrays.toString(calibration.slopes()), Arrays.toString(calibration.offsets())));
    List<String> ids = options.weathers().stream().map(Weather::id).toList();
    Path file = options.out().resolve("selector.onnx");
    Path part = options.out().resolve("selector.onnx.part");
    try {
      Files.write(
          part, SelectorGraph.of(trunk, trainer.scaling(), head, ids, calibration).toByteArray());
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new DeweatherException("cannot write " + file + ": " + e.getMessage(), e);
    }
    return file;
  }

  /** What the averaged head says of the frames held out. */
  private final class Scores {
    private final int known = options.weathers().size();
    private final float[][] scores;
    private final float[][] labels;
    private final float[][] weights;
    private final int count;

    Scores() {
      count = heldOut.size();
      scores = new float[known][count];
      labels = new float[known][count];
      weights = new float[known][count];
      float[][] rows = trainer.evaluate(heldOut);
      for (int i = 0; i < count; i++) {
        for (int w = 0; w < known; w++) {
          scores[w][i] = rows[i][w];
          labels[w][i] = heldOut.get(i).labels()[w];
          weights[w][i] = heldOut.get(i).weights()[w];
        }
      }
    }

    SelectorGraph.Calibration calibration() {
      float[] slopes = new float[known];
      float[] offsets = new float[known];
      double[] logOdds = new double[known];
      for (int w = 0; w < known; w++) {
        PlattScaling fit = PlattScaling.fit(scores[w], labels[w], weights[w]);
        slopes[w] = (float) fit.slope();
        offsets[w] = (float) fit.offset();
        logOdds[w] = fit.logOdds();
      }
      float excess = excess(slopes, offsets);
      for (int w = 0; w < known; w++) {
        offsets[w] -= excess;
      }
      return new SelectorGraph.Calibration(slopes, offsets, logOdds);
    }

    /** How far all log-odds have to go down for few enough false alarms. */
    private float excess(float[] slopes, float[] offsets) {
      List<Float> highest = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        float most = Float.NEGATIVE_INFINITY;
        boolean clear = true;
        for (int w = 0; w < known; w++) {
          clear &= labels[w][i] == 0 && weights[w][i] > 0;
          most = Math.max(most, slopes[w] * scores[w][i] + offsets[w]);
        }
        if (clear) {
          highest.add(most);
        }
      }
      if (highest.isEmpty()) {
        return 0;
      }
      highest.sort(null);
      return Math.max(0, highest.get((int) ((1 - MOST_FALSE_ALARMS) * (highest.size() - 1))));
    }

    /** The share of right answers at a score of 0: of frames with a weather, and of others. */
    String accuracy() {
      StringBuilder text = new StringBuilder();
      for (int w = 0; w < known; w++) {
        double[] right = new double[2];
        double[] all = new double[2];
        for (int i = 0; i < count; i++) {
          int label = (int) labels[w][i];
          all[label] += weights[w][i];
          right[label] += scores[w][i] > 0 == label > 0 ? weights[w][i] : 0;
        }
        text.append(
            String.format(
                Locale.ROOT,
                "%s found %.1f %%, left alone %.1f %%  ",
                options.weathers().get(w),
                100 * right[1] / all[1],
                100 * right[0] / all[0]));
      }
      return text.toString().strip();
    }
  }
}
