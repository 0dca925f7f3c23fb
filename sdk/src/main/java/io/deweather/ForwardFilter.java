package io.deweather;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The belief of one stream about its weather; see {@link FilterSettings} for the model. A state is
 * a set of weathers, one bit each in the order of the selector's list; 0 is clear. Not thread-safe.
 */
final class ForwardFilter {
  private static final int CLEAR = 0;

  private final FilterSettings settings;
  private final int[] states;
  private final double[] weights;
  private final double totalWeight;
  private double[] belief;
  private double[] next;

  ForwardFilter(List<String> weathers, FilterSettings settings) {
    this.settings = settings;
    List<Integer> sets = new ArrayList<>();
    sets.add(CLEAR);
    for (int i = 0; i < weathers.size(); i++) {
      sets.add(1 << i);
    }
    for (List<String> pair : settings.pairsAmong(weathers)) {
      int set = 1 << weathers.indexOf(pair.get(0)) | 1 << weathers.indexOf(pair.get(1));
      if (!sets.contains(set)) {
        sets.add(set);
      }
    }
    states = sets.stream().mapToInt(Integer::intValue).toArray();
    weights = Arrays.stream(states).mapToDouble(this::weight).toArray();
    totalWeight = Arrays.stream(weights).sum();
    belief = new double[states.length];
    next = new double[states.length];
    restart();
  }

  private double weight(int state) {
    return switch (Integer.bitCount(state)) {
      case 0 -> settings.clearWeight();
      case 1 -> 1;
      default -> settings.pairWeight();
    };
  }

  /** Believes what it believes before the first frame. */
  void restart() {
    for (int i = 0; i < states.length; i++) {
      belief[i] = weights[i] / totalWeight;
    }
  }

  /** Goes on by some frames that nothing was learned from. */
  void predict(long frames) {
    // After so many the belief is the stationary one, whatever came before.
    long enough = Math.min(frames, (long) Math.ceil(40 / (1 - settings.stay())));
    for (long i = 0; i < enough; i++) {
      predict(settings.stay());
    }
  }

  /** Goes on by one frame over which a state stays with this probability. */
  void predict(double stay) {
    double leaving = 0;
    for (int i = 0; i < states.length; i++) {
      leaving += belief[i] / (totalWeight - weights[i]);
    }
    for (int j = 0; j < states.length; j++) {
      double arriving = leaving - belief[j] / (totalWeight - weights[j]);
      next[j] = stay * belief[j] + (1 - stay) * weights[j] * Math.max(0, arriving);
    }
    normalise();
  }

  /**
   * Learns from what a frame shows.
   *
   * @param evidence for each weather, the log-likelihood ratio of its presence
   * @param context for each state, a log-likelihood from elsewhere
   */
  void observe(double[] evidence, double[] context) {
    double[] sums = new double[states.length];
    double most = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < states.length; i++) {
      sums[i] = context[i] + Math.log(belief[i]);
      for (int w = 0; w < evidence.length; w++) {
        sums[i] += (states[i] >> w & 1) * evidence[w];
      }
      most = Math.max(most, sums[i]);
    }
    for (int i = 0; i < states.length; i++) {
      // Never quite impossible, so that its logarithm exists and later frames can bring it back.
      next[i] = Math.max(Math.exp(sums[i] - most), Double.MIN_NORMAL);
    }
    normalise();
  }

  private void normalise() {
    double sum = Arrays.stream(next).sum();
    for (int i = 0; i < next.length; i++) {
      next[i] /= sum;
    }
    double[] before = belief;
    belief = next;
    next = before;
  }

  /** The states, clear first. */
  int[] states() {
    return states;
  }

  /** The belief in one state; 0 if there is none like it. */
  double belief(int state) {
    for (int i = 0; i < states.length; i++) {
      if (states[i] == state) {
        return belief[i];
      }
    }
    return 0;
  }

  /** The belief that a weather is present, alone or not. */
  double presence(int weather) {
    double sum = 0;
    for (int i = 0; i < states.length; i++) {
      sum += (states[i] >> weather & 1) * belief[i];
    }
    return sum;
  }

  /** The state that is believed most. */
  int likeliest() {
    int best = 0;
    for (int i = 1; i < states.length; i++) {
      if (belief[i] > belief[best]) {
        best = i;
      }
    }
    return states[best];
  }
}
