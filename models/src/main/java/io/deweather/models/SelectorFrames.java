package io.deweather.models;

import ai.onnx.proto.OnnxMl.ModelProto;
import io.deweather.Weather;
import io.deweather.converter.SelectorSession;
import io.deweather.models.weather.Sighting;
import io.deweather.models.weather.Sighting.Recording;
import io.deweather.models.weather.WeatherSynthesis.Severity;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.opencv.core.Core;
import org.opencv.core.Mat;
import org.opencv.core.Rect;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * Makes labelled frames and what a detector finds in them, their features. Weather on a whole frame
 * is dear, so each frame serves twice: as it is, and mirrored, cropped and at times at another
 * size. What frame {@code i} shows depends on the seed and {@code i} alone.
 */
final class SelectorFrames {
  /**
   * One labelled frame.
   *
   * @param features of it
   * @param labels 1 for each weather that is there
   * @param weights 0 for each weather of which nobody could say
   */
  record Sample(float[] features, float[] labels, float[] weights) {}

  private static final double[] ASPECTS = {16 / 9.0, 16 / 9.0, 16 / 9.0, 4 / 3.0, 3 / 2.0, 3 / 4.0};
  private static final int SHORTEST = 216;
  private static final int LONGEST = 720;
  private static final double CLEAR_SHARE = 0.4;
  private static final double PAIR_SHARE = 0.15;
  private static final int PART = 64;

  private final Photographs photographs;
  private final List<Weather> weathers;
  private final long seed;
  private final WeatherDraw draw;
  private final double varied;

  SelectorFrames(Photographs photographs, List<Weather> weathers, long seed, double varied) {
    this.varied = varied;
    this.photographs = photographs;
    this.weathers = weathers;
    this.seed = seed;
    draw = new WeatherDraw(weathers, CLEAR_SHARE, PAIR_SHARE);
  }

  /**
   * Makes what is missing.
   *
   * @param asked the graph that gives the features
   * @param samples the first ones, two of each frame; the next are added
   * @param count how many there shall be
   * @param threads to make them on
   * @param progress hears that there are more, now and then
   */
  void add(ModelProto asked, List<Sample> samples, int count, int threads, Runnable progress) {
    try (SelectorSession session = new SelectorSession(asked, 1);
        SynthesisThreads pool = new SynthesisThreads(threads)) {
      for (int begin = samples.size() / 2; begin < (count + 1) / 2; begin += PART) {
        List<CompletableFuture<List<Sample>>> part = new ArrayList<>();
        for (int i = begin; i < Math.min(begin + PART, (count + 1) / 2); i++) {
          int index = i;
          part.add(pool.submit(() -> two(session, index)));
        }
        part.forEach(future -> samples.addAll(SynthesisThreads.join(future)));
        progress.run();
      }
    }
  }

  /**
   * Frame {@code index}, twice.
   *
   * @param session gives what is kept of a frame
   */
  List<Sample> two(SelectorSession session, int index) {
    SplittableRandom seeds = new SplittableRandom(seed * 1_000_003 + index);
    seeds.nextLong();
    SplittableRandom random = seeds.split();
    double aspect = ASPECTS[random.nextInt(ASPECTS.length)];
    double shorter =
        SHORTEST * Math.pow((double) LONGEST / SHORTEST, Math.pow(random.nextDouble(), 1.3));
    int height = (int) Math.round(aspect > 1 ? shorter : shorter / aspect);
    int width = (int) Math.round(height * aspect);
    Mat photograph = photographs.frame(random, width, height);
    Nightfall.perhaps(photograph, random);
    List<Weather> present = draw.next(random);
    Recording recording = random.nextDouble() < varied ? Recording.VARIED : Recording.PLAIN;
    try (Sighting sighting =
        Sighting.make(photograph, present, random.nextLong(), Severity.ANY, recording)) {
      float[] labels = new float[weathers.size()];
      float[] weights = new float[weathers.size()];
      for (int w = 0; w < labels.length; w++) {
        Double psnr = sighting.visibility().get(weathers.get(w));
        labels[w] = psnr != null && psnr < Sighting.INVISIBLE ? 1 : 0;
        weights[w] = psnr != null && psnr > Sighting.VISIBLE && psnr < Sighting.INVISIBLE ? 0 : 1;
      }
      Mat again = again(sighting.frame(), random);
      try {
        return List.of(
            new Sample(session.run(sighting.frame()).values(), labels, weights),
            new Sample(session.run(again).values(), labels, weights));
      } finally {
        again.release();
      }
    } finally {
      photograph.release();
    }
  }

  /** Mirrored, a little less of it, and at times at another size. */
  private static Mat again(Mat frame, SplittableRandom random) {
    double share = 0.75 + 0.25 * random.nextDouble();
    int width = (int) Math.round(frame.cols() * share);
    int height = (int) Math.round(frame.rows() * share);
    int x = random.nextInt(frame.cols() - width + 1);
    int y = random.nextInt(frame.rows() - height + 1);
    Mat view = frame.submat(new Rect(x, y, width, height));
    Mat other = new Mat();
    Core.flip(view, other, 1);
    view.release();
    double sort = random.nextDouble();
    double scale = 1;
    if (sort < 0.25) {
      scale = 1.2 + 1.3 * random.nextDouble();
    } else if (sort < 0.4) {
      scale = 0.5 + 0.5 * random.nextDouble();
    }
    if (scale != 1) {
      int interpolation = scale > 1 ? Imgproc.INTER_LINEAR : Imgproc.INTER_AREA;
      Imgproc.resize(other, other, new Size(), scale, scale, interpolation);
    }
    return other;
  }
}
