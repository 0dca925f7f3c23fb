package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ActivationHistogramTest {
  private static Levels best(float... values) {
    ActivationHistogram histogram = new ActivationHistogram();
    histogram.widen(FloatBuffer.wrap(values));
    histogram.count(FloatBuffer.wrap(values));
    return histogram.best();
  }

  private static double error(Levels levels, float... values) {
    double sum = 0;
    for (float value : values) {
      double difference = value - levels.rounded(value);
      sum += difference * difference;
    }
    return sum / values.length;
  }

  private static float[] normal(int count, double deviation, boolean rectified) {
    SplittableRandom random = new SplittableRandom(7);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      double value = deviation * random.nextGaussian();
      values[i] = (float) (rectified ? Math.max(0, value) : value);
    }
    return values;
  }

  @Test
  void rectifiedValuesUseEveryLevelFromZero() {
    Levels levels = best(normal(100_000, 2, true));
    assertThat(levels.zero()).isZero();
    assertThat(levels.rounded(0)).isZero();
    assertThat(levels.scale() * 255).isBetween(5f, 9f);
  }

  @Test
  void findsTheLeastErrorThatAnyRangeHas() {
    float[] values = normal(100_000, 1, false);
    values[17] = 6;
    double least = Double.POSITIVE_INFINITY;
    for (double low = -5; low < -2; low += 0.1) {
      for (double high = 2; high < 6.1; high += 0.1) {
        least = Math.min(least, error(Levels.between(low, high), values));
      }
    }
    assertThat(error(best(values), values)).isLessThan(1.02 * least);
    assertThat(least).isLessThan(0.75 * error(Levels.between(-5, 6), values));
  }

  @Test
  void zeroIsALevelOfAnyRange() {
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 1000; i++) {
      Levels levels = Levels.between(-random.nextDouble() * 9, random.nextDouble() * 5);
      assertThat(levels.rounded(0)).isZero();
      assertThat(levels.zero()).isBetween(0, 255);
    }
  }

  @Test
  void aValueThatIsAlwaysZeroHasLevelsToo() {
    Levels levels = best(0, 0, 0);
    assertThat(levels.scale()).isPositive();
    assertThat(levels.rounded(0)).isZero();
  }

  @Test
  void frameBytesKeepTheirLevels() {
    for (int level = 0; level < 256; level++) {
      assertThat(Levels.FRAME.rounded(level / 255.0)).isCloseTo(level / 255.0, within(1e-7));
    }
  }
}
