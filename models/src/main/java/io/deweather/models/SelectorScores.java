package io.deweather.models;

import io.deweather.Weather;
import io.deweather.converter.SelectorGraph;
import io.deweather.models.SelectorFrames.Sample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

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
    float[] slopes = new float[known];
    float[] offsets = new float[known];
    double[] logOdds = new double[known];
    for (int w = 0; w < known; w++) {
      PlattScaling fit = PlattScaling.fit(scores[w], labels[w], weights[w]);
      slopes[w] = (float) fit.slope();
      offsets[w] = (float) fit.offset();
      logOdds[w] = fit.logOdds();
    }
    double most = Arrays.stream(logOdds).max().orElse(0);
    for (int w = 0; w < known; w++) {
      offsets[w] += (float) (most - logOdds[w]);
      logOdds[w] = most;
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
    return Math.max(
        0, highest.get((int) ((1 - SelectorTraining.MOST_FALSE_ALARMS) * (highest.size() - 1))));
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
