package io.deweather.models;

import io.deweather.converter.Network;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Turns gradient intensities into visibility (the paper's stage 2). In each tensor a weather claims
 * the parameters whose intensity lies above the tensor's own quantile; a parameter that exactly one
 * weather claims becomes specific to it, every other one stays common (or what is claimed at all
 * goes to one weather, see {@link #visibility}). Biases stay common: there are few, and without
 * them a view would lose a whole channel's level.
 */
final class Claims {
  private Claims() {}

  /**
   * Visibility of every parameter, end to end.
   *
   * @param network whose tensors they are
   * @param intensities for each weather, one number a parameter, end to end
   * @param quantile in (0, 1)
   * @param shared whether what several weathers claim is common; otherwise whatever is claimed goes
   *     to the weather, of all, whose intensity is the highest against its own mean in the tensor:
   *     nearly always one that claims it
   * @return bit k: weather k sees the parameter
   */
  static byte[] visibility(
      Network network, List<float[]> intensities, double quantile, boolean shared) {
    int weathers = intensities.size();
    byte[] visibility = allCommon(intensities.get(0).length, weathers);
    int begin = 0;
    for (Network.Parameter parameter : network.parameters().values()) {
      int end = begin + parameter.values().length;
      if (parameter.shape().length > 1) {
        float[] thresholds = new float[weathers];
        double[] means = new double[weathers];
        for (int w = 0; w < weathers; w++) {
          float[] own = Arrays.copyOfRange(intensities.get(w), begin, end);
          means[w] = mean(own);
          thresholds[w] = quantile(own, quantile);
        }
        for (int i = begin; i < end; i++) {
          int claims = 0;
          int strongest = 0;
          for (int w = 0; w < weathers; w++) {
            if (intensities.get(w)[i] > thresholds[w]) {
              claims |= 1 << w;
            }
            if (intensities.get(w)[i] * means[strongest]
                > intensities.get(strongest)[i] * means[w]) {
              strongest = w;
            }
          }
          if (shared ? Integer.bitCount(claims) == 1 : claims != 0) {
            visibility[i] = (byte) (shared ? claims : 1 << strongest);
          }
        }
      }
      begin = end;
    }
    return visibility;
  }

  /** Every weather sees every parameter. */
  static byte[] allCommon(int length, int weathers) {
    byte[] visibility = new byte[length];
    Arrays.fill(visibility, (byte) ((1 << weathers) - 1));
    return visibility;
  }

  /**
   * How alike two visibilities are: of the parameters that are specific in either, the share that
   * is specific to the same weather in both (Jaccard index). 1 if none is specific.
   */
  static double overlap(byte[] a, byte[] b, int weathers) {
    byte common = (byte) ((1 << weathers) - 1);
    long either = 0;
    long same = 0;
    for (int i = 0; i < a.length; i++) {
      if (a[i] != common || b[i] != common) {
        either++;
        same += a[i] == b[i] ? 1 : 0;
      }
    }
    return either == 0 ? 1 : (double) same / either;
  }

  /** The same visibility with its parameters permuted inside each tensor. */
  static byte[] shuffled(Network network, byte[] visibility, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] shuffled = visibility.clone();
    int begin = 0;
    for (Network.Parameter parameter : network.parameters().values()) {
      int length = parameter.values().length;
      for (int i = length - 1; i > 0; i--) {
        int j = random.nextInt(i + 1);
        byte other = shuffled[begin + j];
        shuffled[begin + j] = shuffled[begin + i];
        shuffled[begin + i] = other;
      }
      begin += length;
    }
    return shuffled;
  }

  private static double mean(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  /** Sorts the values. */
  private static float quantile(float[] values, double quantile) {
    Arrays.sort(values);
    return values[(int) Math.min(values.length - 1, Math.floor(quantile * values.length))];
  }
}
