package io.deweather.models;

import io.deweather.DeweatherException;
import io.deweather.converter.Network;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Puts what a network has learned into a larger one of the same design, which then computes the
 * same and has room to learn more (the idea of Chen et al., "Net2Net", ICLR 2016). What the smaller
 * network has keeps its values; what is new begins as drawn, but nothing of it reaches a channel
 * that the smaller one has: those weights are zero, and so are the ends of new residual blocks.
 */
final class Growth {
  /** Of a scalar that is new: it begins as the larger network has it. */
  private static final int DRAWN = -1;

  /** Of a scalar that is new and must not change what the smaller network computes. */
  private static final int ZERO = -2;

  private final Network large;
  private final float[] old;
  private final float[] drawn;

  /** For each scalar of the larger network where it was in the smaller one, end to end. */
  private final int[] from;

  /**
   * @throws DeweatherException if the smaller network has a parameter that does not fit into one of
   *     the same name
   */
  Growth(Network small, Network large) {
    this.large = large;
    drawn = new float[Math.toIntExact(large.parameterCount())];
    from = new int[drawn.length];
    old = new float[Math.toIntExact(small.parameterCount())];
    Map<String, Integer> offsets = new LinkedHashMap<>();
    int end = 0;
    for (Network.Parameter parameter : small.parameters().values()) {
      offsets.put(parameter.name(), end);
      System.arraycopy(parameter.values(), 0, old, end, parameter.values().length);
      end += parameter.values().length;
    }
    int begin = 0;
    for (Network.Parameter parameter : large.parameters().values()) {
      int length = parameter.values().length;
      System.arraycopy(parameter.values(), 0, drawn, begin, length);
      Network.Parameter smaller = small.parameters().get(parameter.name());
      if (smaller == null) {
        boolean ends = parameter.name().endsWith(Networks.BLOCK_END + ".weight");
        Arrays.fill(from, begin, begin + length, ends ? ZERO : DRAWN);
      } else {
        place(smaller, offsets.remove(smaller.name()), parameter, begin);
      }
      begin += length;
    }
    if (!offsets.isEmpty()) {
      throw new DeweatherException(
          "the larger network lacks " + String.join(", ", offsets.keySet()));
    }
  }

  /** Finds where a parameter's scalars were: {@code [out, in, ...]} or {@code [out]}. */
  private void place(
      Network.Parameter smaller, int oldBegin, Network.Parameter parameter, int begin) {
    long[] shape = parameter.shape();
    long[] oldShape = smaller.shape();
    boolean fits = shape.length == oldShape.length;
    for (int d = 0; fits && d < shape.length; d++) {
      fits = d < 2 ? oldShape[d] <= shape[d] : oldShape[d] == shape[d];
    }
    if (!fits) {
      throw new DeweatherException(
          "parameter %s is %s, which does not fit into %s"
              .formatted(smaller.name(), Arrays.toString(oldShape), Arrays.toString(shape)));
    }
    int ins = shape.length > 1 ? (int) shape[1] : 1;
    int oldIns = shape.length > 1 ? (int) oldShape[1] : 1;
    int kernel = parameter.values().length / ins / (int) shape[0];
    for (int out = 0; out < shape[0]; out++) {
      for (int in = 0; in < ins; in++) {
        boolean kept = out < oldShape[0] && in < oldIns;
        for (int k = 0; k < kernel; k++) {
          int scalar = begin + (out * ins + in) * kernel + k;
          if (kept) {
            from[scalar] = oldBegin + (out * oldIns + in) * kernel + k;
          } else {
            from[scalar] = out < oldShape[0] ? ZERO : DRAWN;
          }
        }
      }
    }
  }

  /** The larger network with the smaller one's parameters. */
  Network grown() {
    Map<String, float[]> values = new LinkedHashMap<>();
    float[] grown = parameters(old);
    int begin = 0;
    for (Network.Parameter parameter : large.parameters().values()) {
      int next = begin + parameter.values().length;
      values.put(parameter.name(), Arrays.copyOfRange(grown, begin, next));
      begin = next;
    }
    return large.withParameters(values);
  }

  /** All parameters of the larger network, end to end, from those of the smaller one. */
  float[] parameters(float[] small) {
    float[] grown = new float[from.length];
    for (int i = 0; i < grown.length; i++) {
      grown[i] = from[i] >= 0 ? small[from[i]] : from[i] == DRAWN ? drawn[i] : 0;
    }
    return grown;
  }

  /** Visibility for the larger network: what is new is common to so many weathers. */
  byte[] visibility(byte[] small, int weathers) {
    byte[] grown = Claims.allCommon(from.length, weathers);
    for (int i = 0; i < grown.length; i++) {
      if (from[i] >= 0) {
        grown[i] = small[from[i]];
      }
    }
    return grown;
  }
}
