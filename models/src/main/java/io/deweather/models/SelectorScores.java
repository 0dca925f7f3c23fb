package io.deweather.models;

import io.deweather.Weather;
import io.deweather.converter.SelectorGraph;
import io.deweather.models.SelectorFrames.Sample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** What the averaged head says of the frames held out. */
final class SelectorScores {
  private final List<Weather> weathers;
  private final int known;
  private final int count;
  private final float[][] scores;
  private final float[][] labels;
  private final float[][] weights;

  /**
   * Scores of frames.
   *
   * @param rows the scores of each
   */
  SelectorScores(List<Weather> weathers, List<Sample> frames, float[][] rows) {
    this.weathers = weathers;
    known = weathers.size();
    count = frames.size();
    scores = new float[known][count];
    labels = new float[known][count];
    weights = new float[known][count];
    for (int i = 0; i < count; i++) {
      for (int w = 0; w < known; w++) {
        scores[w][i] = rows[i][w];
        labels[w][i] = frames.get(i).labels()[w];
        weights[w][i] = frames.get(i).weights()[w];
      }
    }
  }

  /**
   * What makes probabilities of scores: those of frames among which every weather is as frequent as
   * the most frequent one here, since what is named is the most probable one.
   */
  SelectorGraph.Calibration calibration() {
    return calibration(evened(), bearable());
  }

  /**
   * What makes probabilities of the scores of these frames if they are some of a larger set.
   *
   * @param evened what to add to the log-odds of each weather, see {@link #evened}
   * @param bearable how many of the clear frames may have a weather above one half
   */
  SelectorGraph.Calibration calibration(double[] evened, int bearable) {
    float[] slopes = new float[known];
    float[] offsets = new float[known];
    double[] logOdds = new double[known];
    for (int w = 0; w < known; w++) {
      PlattScaling fit = fit(w);
      slopes[w] = (float) fit.slope();
      offsets[w] = (float) (fit.offset() + evened[w]);
      logOdds[w] = fit.logOdds() + evened[w];
    }
    float excess = excess(slopes, offsets, bearable);
    for (int w = 0; w < known; w++) {
      offsets[w] -= excess;
    }
    return new SelectorGraph.Calibration(slopes, offsets, logOdds);
  }

  private PlattScaling fit(int w) {
    return PlattScaling.fit(scores[w], labels[w], weights[w]);
  }

  /** By how much each weather's log-odds lie below those of the most frequent one. */
  double[] evened() {
    double[] logOdds = new double[known];
    for (int w = 0; w < known; w++) {
      logOdds[w] = fit(w).logOdds();
    }
    double most = Arrays.stream(logOdds).max().orElse(0);
    return Arrays.stream(logOdds).map(own -> most - own).toArray();
  }

  /** How many of the clear frames may be called a weather. */
  int bearable() {
    long clear = IntStream.range(0, count).filter(this::isClear).count();
    return (int) Math.ceil(SelectorTraining.MOST_FALSE_ALARMS * Math.max(0, clear - 1));
  }

  /** How many of the clear frames have a score above this. */
  int alarms(float above) {
    return (int)
        IntStream.range(0, count)
            .filter(
                i -> isClear(i) && IntStream.range(0, known).anyMatch(w -> scores[w][i] > above))
            .count();
  }

  private boolean isClear(int i) {
    return IntStream.range(0, known).allMatch(w -> labels[w][i] == 0 && weights[w][i] > 0);
  }

  /** How far all log-odds have to go down for few enough false alarms. */
  private float excess(float[] slopes, float[] offsets, int bearable) {
    List<Float> highest = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (isClear(i)) {
        float most = Float.NEGATIVE_INFINITY;
        for (int w = 0; w < known; w++) {
          most = Math.max(most, slopes[w] * scores[w][i] + offsets[w]);
        }
        highest.add(most);
      }
    }
    if (highest.size() <= bearable) {
      return 0;
    }
    highest.sort(null);
    return Math.max(0, highest.get(highest.size() - 1 - bearable));
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
              weathers.get(w),
              100 * right[1] / all[1],
              100 * right[0] / all[0]));
    }
    return text.toString().strip();
  }
}
