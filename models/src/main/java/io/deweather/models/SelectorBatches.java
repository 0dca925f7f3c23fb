package io.deweather.models;

import io.deweather.Weather;
import io.deweather.converter.SelectorGraph;
import io.deweather.converter.SelectorSession;
import io.deweather.models.weather.Sighting;
import io.deweather.models.weather.Sighting.Recording;
import io.deweather.models.weather.WeatherSynthesis.Severity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.opencv.core.Core;
import org.opencv.core.Mat;
import org.opencv.core.Rect;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * Makes labelled frames ahead of the selector's trainer, on threads of its own. Weather on a whole
 * frame is dear, so each frame serves twice: in its step, and mirrored and cropped anew a few steps
 * later. What a step holds depends on the seed and the step alone.
 *
 * <p>{@link #next} is for one thread; {@link #close} stops the threads.
 */
final class SelectorBatches implements AutoCloseable {
  /**
   * Labelled frames.
   *
   * @param looks float {@code [count * 8, 3, height, width]} in [0, 1], frame after frame
   * @param height of a look
   * @param width of a look
   * @param labels {@code [count, weathers]}: 1 where the weather is there
   * @param weights {@code [count, weathers]}: 0 where nobody could say
   */
  record Batch(float[][] looks, int height, int width, float[] labels, float[] weights) {
    int count() {
      return looks.length;
    }
  }

  private record Sample(float[] looks, int height, int width, float[] labels, float[] weights) {}

  private record Round(List<Sample> first, List<Sample> second) {}

  /** Width to height of the frames of a step; every so many steps the same. */
  private static final double[] ASPECTS = {
    16 / 9.0, 16 / 9.0, 4 / 3.0, 16 / 9.0, 3 / 4.0, 16 / 9.0, 3 / 2.0, 16 / 9.0
  };

  private static final int AHEAD = 3;
  private static final double CLEAR_SHARE = 0.36;
  private static final double PAIR_SHARE = 0.16;

  private final Photographs photographs;
  private final List<Weather> weathers;
  private final int count;
  private final long seed;
  private final SelectorSession looks;
  private final ExecutorService threads;
  private final Map<Long, List<CompletableFuture<Round>>> rounds = new HashMap<>();
  private long nextRound;
  private long nextStep;

  /**
   * Starts making.
   *
   * @param count of frames in a step, even
   */
  SelectorBatches(
      Photographs photographs, List<Weather> weathers, int count, long seed, int threads) {
    this.photographs = photographs;
    this.weathers = weathers;
    this.count = count;
    this.seed = seed;
    looks = new SelectorSession(SelectorGraph.looks(), 1);
    this.threads =
        Executors.newFixedThreadPool(
            threads,
            task -> {
              Thread thread = new Thread(task, "deweather-sightings");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** The next step's frames. */
  Batch next() {
    long step = nextStep++;
    while (nextRound <= step + AHEAD) {
      rounds.put(nextRound, submit(nextRound));
      nextRound++;
    }
    List<Sample> samples = new ArrayList<>();
    long earlier = step - ASPECTS.length;
    for (CompletableFuture<Round> round : rounds.get(step)) {
      Round made = join(round);
      samples.addAll(made.first());
      if (earlier < 0) {
        samples.addAll(made.second());
      }
    }
    if (earlier >= 0) {
      rounds.remove(earlier).forEach(round -> samples.addAll(join(round).second()));
    }
    return batch(samples);
  }

  private static Round join(CompletableFuture<Round> round) {
    try {
      return round.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  private Batch batch(List<Sample> samples) {
    int known = weathers.size();
    float[][] all = new float[samples.size()][];
    float[] labels = new float[samples.size() * known];
    float[] weights = new float[samples.size() * known];
    for (int i = 0; i < samples.size(); i++) {
      Sample sample = samples.get(i);
      all[i] = sample.looks();
      System.arraycopy(sample.labels(), 0, labels, i * known, known);
      System.arraycopy(sample.weights(), 0, weights, i * known, known);
    }
    Sample any = samples.get(0);
    return new Batch(all, any.height(), any.width(), labels, weights);
  }

  private List<CompletableFuture<Round>> submit(long round) {
    double aspect = ASPECTS[(int) (round % ASPECTS.length)];
    List<CompletableFuture<Round>> parts = new ArrayList<>();
    for (int i = 0; i < count / 2; i++) {
      SplittableRandom random = new SplittableRandom(seed * 1_000_003 + round * 1009 + i);
      random.nextLong();
      parts.add(CompletableFuture.supplyAsync(() -> make(aspect, random.split()), threads));
    }
    return parts;
  }

  private Round make(double aspect, SplittableRandom random) {
    Core.setNumThreads(1);
    double shorter = 216 * Math.pow(720 / 216.0, Math.pow(random.nextDouble(), 1.3));
    int height = (int) Math.round(aspect > 1 ? shorter : shorter / aspect);
    int width = (int) Math.round(height * aspect);
    Mat photograph = photographs.frame(random, width, height);
    List<Weather> present = draw(random);
    try (Sighting sighting =
        Sighting.make(photograph, present, random.nextLong(), Severity.ANY, Recording.VARIED)) {
      float[] labels = new float[weathers.size()];
      float[] weights = new float[weathers.size()];
      for (int w = 0; w < labels.length; w++) {
        Double psnr = sighting.visibility().get(weathers.get(w));
        labels[w] = psnr != null && psnr < Sighting.INVISIBLE ? 1 : 0;
        weights[w] = psnr != null && psnr > Sighting.VISIBLE && psnr < Sighting.INVISIBLE ? 0 : 1;
      }
      return new Round(
          List.of(sample(sighting.frame(), labels, weights)),
          List.of(again(sighting.frame(), labels, weights, random)));
    } finally {
      photograph.release();
    }
  }

  /** None, one, or one in the air and drops on the lens. */
  private List<Weather> draw(SplittableRandom random) {
    double sort = random.nextDouble();
    Weather one = weathers.get(random.nextInt(weathers.size()));
    if (sort < CLEAR_SHARE) {
      return List.of();
    }
    if (sort >= CLEAR_SHARE + PAIR_SHARE || weathers.size() == 1) {
      return List.of(one);
    }
    List<Weather> air = weathers.stream().filter(w -> !w.equals(Weather.RAINDROP)).toList();
    Weather falling = air.get(random.nextInt(air.size()));
    return weathers.contains(Weather.RAINDROP)
        ? List.of(falling, Weather.RAINDROP)
        : List.of(falling);
  }

  /** Mirrored, a little less of it, and at times at another size. */
  private Sample again(Mat frame, float[] labels, float[] weights, SplittableRandom random) {
    double share = 0.75 + 0.25 * random.nextDouble();
    int width = (int) Math.round(frame.cols() * share);
    int height = (int) Math.round(frame.rows() * share);
    Rect part =
        new Rect(
            random.nextInt(frame.cols() - width + 1),
            random.nextInt(frame.rows() - height + 1),
            width,
            height);
    Mat view = frame.submat(part);
    Mat other = new Mat();
    try {
      Core.flip(view, other, 1);
      double sort = random.nextDouble();
      double scale =
          sort < 0.2
              ? 1.2 + 1.3 * random.nextDouble()
              : sort < 0.35 ? 0.5 + 0.5 * random.nextDouble() : 1;
      if (scale != 1) {
        int interpolation = scale > 1 ? Imgproc.INTER_LINEAR : Imgproc.INTER_AREA;
        Imgproc.resize(other, other, new Size(), scale, scale, interpolation);
      }
      return sample(other, labels, weights);
    } finally {
      view.release();
      other.release();
    }
  }

  private Sample sample(Mat frame, float[] labels, float[] weights) {
    SelectorSession.Output output = looks.run(frame);
    return new Sample(
        output.values(), (int) output.shape()[2], (int) output.shape()[3], labels, weights);
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
