package io.deweather.models;

import io.deweather.Weather;
import io.deweather.models.weather.Sighting;
import io.deweather.models.weather.Sighting.Recording;
import io.deweather.models.weather.WeatherSynthesis.Severity;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.opencv.core.Core;
import org.opencv.core.Mat;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * Crops that are labelled cell by cell with the weathers that they show. Most are single pixels of
 * a frame, the others are reduced to a half or a third, as a selector sees the whole of a frame.
 */
final class DetectorCrops extends Examples<DetectorCrops.Crop> {
  /**
   * One labelled crop.
   *
   * @param pixels {@code [side, side, 3]} BGR
   * @param labels {@code [weathers, cells, cells]}: 1 where there is the weather
   * @param weights of the same shape: 0 where nobody could say
   */
  record Crop(byte[] pixels, float[] labels, float[] weights) {}

  /** Pixels of a crop's side. */
  static final int SIDE = 192;

  /** Cells of a crop's side. */
  static final int CELLS = SIDE / SelectorNetworks.CELL;

  /** The mean square of what weather changed in a cell, above which it is there: 34 dB. */
  private static final double PRESENT = 4e-4;

  /** Below which it is not: 44 dB. */
  private static final double ABSENT = 4e-5;

  /** Above which what lies behind cannot be told. */
  private static final double COVERING = 2e-3;

  private static final double CLEAR_SHARE = 0.3;
  private static final double PAIR_SHARE = 0.15;
  private static final double VARIED_SHARE = 0.5;
  private static final double[] REDUCED_SHARES = {0.65, 0.28, 0.07};
  private static final int AHEAD = 64;

  private final Photographs photographs;
  private final List<Weather> weathers;
  private final long seed;
  private final WeatherDraw draw;

  DetectorCrops(
      Photographs photographs, List<Weather> weathers, long seed, Position first, int threads) {
    super(first, threads, AHEAD);
    this.photographs = photographs;
    this.weathers = weathers;
    this.seed = seed;
    draw = new WeatherDraw(weathers, CLEAR_SHARE, PAIR_SHARE);
  }

  @Override
  List<Crop> make(long number) {
    SplittableRandom random = new SplittableRandom(seed * 1_000_003 + number);
    random.nextLong();
    return List.of(make(random.split()));
  }

  private Crop make(SplittableRandom random) {
    int reduction = reduction(random.nextDouble());
    Mat photograph = photographs.crop(random, SIDE * reduction);
    Nightfall.perhaps(photograph, random);
    List<Weather> present = draw.next(random);
    Recording recording = random.nextDouble() < VARIED_SHARE ? Recording.VARIED : Recording.PLAIN;
    try (Sighting sighting =
        Sighting.make(photograph, present, random.nextLong(), Severity.ANY, recording)) {
      byte[] pixels = new byte[SIDE * SIDE * 3];
      Mat frame = reduced(sighting.frame());
      frame.get(0, 0, pixels);
      frame.release();
      return label(sighting, pixels);
    } finally {
      photograph.release();
    }
  }

  private static int reduction(double sort) {
    if (sort < REDUCED_SHARES[0]) {
      return 1;
    }
    return sort < REDUCED_SHARES[0] + REDUCED_SHARES[1] ? 2 : 3;
  }

  private Crop label(Sighting sighting, byte[] pixels) {
    int cells = CELLS * CELLS;
    float[] labels = new float[weathers.size() * cells];
    float[] weights = new float[labels.length];
    Arrays.fill(weights, 1);
    List<Weather> present = new ArrayList<>(sighting.changes().keySet());
    for (Weather weather : present) {
      int begin = weathers.indexOf(weather) * cells;
      double[] change = meanSquares(sighting.changes().get(weather));
      for (int i = 0; i < cells; i++) {
        labels[begin + i] = change[i] >= PRESENT ? 1 : 0;
        weights[begin + i] = change[i] >= PRESENT || change[i] <= ABSENT ? 1 : 0;
        for (Weather before : present.subList(0, present.indexOf(weather))) {
          int hidden = weathers.indexOf(before) * cells + i;
          if (change[i] >= COVERING && labels[hidden] > 0) {
            weights[hidden] = 0;
          }
        }
      }
    }
    return new Crop(pixels, labels, weights);
  }

  /** Of each cell, row after row. */
  private static double[] meanSquares(Mat change) {
    Mat squares = reduced(change);
    Core.multiply(squares, squares, squares);
    Mat means = new Mat();
    Imgproc.resize(squares, means, new Size(CELLS, CELLS), 0, 0, Imgproc.INTER_AREA);
    float[] channels = new float[CELLS * CELLS * 3];
    means.get(0, 0, channels);
    squares.release();
    means.release();
    double[] all = new double[CELLS * CELLS];
    for (int i = 0; i < all.length; i++) {
      all[i] = (channels[3 * i] + channels[3 * i + 1] + channels[3 * i + 2]) / 3;
    }
    return all;
  }

  /** To a crop's size, as a look is: the means of four single pixels. */
  private static Mat reduced(Mat frame) {
    Mat reduced = new Mat();
    if (frame.rows() == SIDE) {
      frame.copyTo(reduced);
      return reduced;
    }
    Mat samples = new Mat();
    Imgproc.resize(frame, samples, new Size(2 * SIDE, 2 * SIDE), 0, 0, Imgproc.INTER_NEAREST);
    Imgproc.resize(samples, reduced, new Size(SIDE, SIDE), 0, 0, Imgproc.INTER_AREA);
    samples.release();
    return reduced;
  }
}
