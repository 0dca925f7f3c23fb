package io.deweather.models;

import io.deweather.DeweatherException;
import io.deweather.converter.Network;
import io.deweather.converter.SelectorGraph;
import io.deweather.models.SelectorBatches.Batch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.bytedeco.pytorch.global.torch;

/**
 * Trains the network that recognises the weather, from clean photographs to {@code selector.onnx}:
 * Adam on binary cross-entropy over frames of {@link io.deweather.models.weather.Sighting}, a
 * cosine schedule with warm-up, a moving average of the parameters. Then its probabilities are
 * calibrated on frames of photographs that were held out: {@link PlattScaling} for each weather,
 * and, if more than {@value #MOST_FALSE_ALARMS} of the clear frames there would be called a weather
 * at a probability of one half, an offset for all that makes it so.
 *
 * <p>The same options give the same frames in every step, whatever the number of threads.
 */
public final class SelectorTraining {
  /** The share of clear frames that may have a weather above one half. */
  public static final double MOST_FALSE_ALARMS = 0.015;

  private static final int REPORT_EVERY = 50;
  private static final int VALIDATE_EVERY = 250;
  private static final int VALIDATION_BATCHES = 8;
  private static final int HOLD_OUT_STRIDE = 12;
  private static final int SMALLEST_SIDE = 200;
  private static final int WARM_UP = 100;
  private static final double AVERAGE_DECAY = 0.997;
  private static final double RATE_FLOOR = 0.01;

  private final SelectorOptions options;
  private final TrainingListener listener;
  private final Photographs photographs;
  private final Photographs heldOut;
  private final SelectorTrainer trainer;

  private SelectorTraining(SelectorOptions options, TrainingListener listener) {
    this.options = options;
    this.listener = listener;
    if (options.threads() > 0) {
      torch.set_num_threads(options.threads());
    }
    Photographs all = Photographs.read(options.clean(), SMALLEST_SIDE);
    photographs = all.without(HOLD_OUT_STRIDE);
    heldOut = all.every(HOLD_OUT_STRIDE);
    Network network =
        options.start() == null
            ? Networks.selector(options.weathers().size(), options.seed())
            : Network.read(options.start());
    trainer =
        new SelectorTrainer(
            network,
            options.precision().equals("bf16")
                ? GraphInterpreter.Precision.BF16
                : GraphInterpreter.Precision.FP32);
    listener.message(
        "%d photographs to train on, %d held out; selector: %,d parameters"
            .formatted(photographs.size(), heldOut.size(), trainer.parameters.size()));
  }

  /**
   * Runs.
   *
   * @return {@code selector.onnx}
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

  private Path train() {
    List<Batch> validation = batches(VALIDATION_BATCHES, -1);
    long begin = System.nanoTime();
    double loss = 0;
    int losses = 0;
    try (SelectorBatches loader = loader(photographs, 0)) {
      for (int step = 1; step <= options.steps(); step++) {
        loss += trainer.step(loader.next(), rate(step - 1), AVERAGE_DECAY);
        losses++;
        boolean last = step == options.steps();
        if (last || step % REPORT_EVERY == 0) {
          double minutes = (System.nanoTime() - begin) / 60e9;
          listener.message(
              "step %d/%d  loss %.4f  %.1f frames/s  %.0f min left"
                  .formatted(
                      step,
                      options.steps(),
                      loss / losses,
                      step * options.frames() / (60 * minutes),
                      minutes * (options.steps() - step) / step));
          loss = 0;
          losses = 0;
        }
        if (!last && step % VALIDATE_EVERY == 0) {
          trainer.average().write(options.out().resolve("network.onnx"));
          listener.message("held out: " + new Scores(validation).accuracy());
        }
        if (Thread.interrupted()) {
          throw new TrainingStoppedException("stopped after step " + step);
        }
      }
    }
    return export();
  }

  private Path export() {
    Network network = trainer.average();
    network.write(options.out().resolve("network.onnx"));
    Scores scores = new Scores(batches(options.calibrationFrames() / options.frames(), -2));
    SelectorGraph.Calibration calibration = scores.calibration();
    listener.message("held out: " + scores.accuracy());
    listener.message(
        "calibration: slopes %s, offsets %s"
            .formatted(
                Arrays.toString(calibration.slopes()), Arrays.toString(calibration.offsets())));
    List<String> ids = options.weathers().stream().map(w -> w.id()).toList();
    Path file = options.out().resolve("selector.onnx");
    Path part = options.out().resolve("selector.onnx.part");
    try {
      Files.write(part, SelectorGraph.of(network, ids, calibration).toByteArray());
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new DeweatherException("cannot write " + file + ": " + e.getMessage(), e);
    }
    return file;
  }

  private List<Batch> batches(int count, long stream) {
    List<Batch> batches = new ArrayList<>();
    try (SelectorBatches loader = loader(heldOut, stream)) {
      for (int i = 0; i < count; i++) {
        batches.add(loader.next());
      }
    }
    return batches;
  }

  private SelectorBatches loader(Photographs from, long stream) {
    return new SelectorBatches(
        from,
        options.weathers(),
        options.frames(),
        options.seed() * 7919 + stream,
        options.loaderThreads());
  }

  private double rate(int step) {
    int warm = Math.min(WARM_UP, options.steps() / 10);
    if (step < warm) {
      return options.rate() * (step + 1) / warm;
    }
    double phase = (double) (step - warm) / Math.max(1, options.steps() - warm);
    return options.rate() * (RATE_FLOOR + (1 - RATE_FLOOR) * 0.5 * (1 + Math.cos(Math.PI * phase)));
  }

  /** What the averaged network says of some frames. */
  private final class Scores {
    private final int known = options.weathers().size();
    private final float[][] scores;
    private final float[][] labels;
    private final float[][] weights;
    private final int count;

    Scores(List<Batch> batches) {
      count = batches.stream().mapToInt(Batch::count).sum();
      scores = new float[known][count];
      labels = new float[known][count];
      weights = new float[known][count];
      int frame = 0;
      for (Batch batch : batches) {
        float[] all = trainer.evaluate(batch);
        for (int i = 0; i < batch.count(); i++, frame++) {
          for (int w = 0; w < known; w++) {
            scores[w][frame] = all[i * known + w];
            labels[w][frame] = batch.labels()[i * known + w];
            weights[w][frame] = batch.weights()[i * known + w];
          }
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
