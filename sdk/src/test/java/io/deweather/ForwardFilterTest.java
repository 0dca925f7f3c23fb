package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Scale;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ForwardFilterTest {
  private static final List<String> WEATHERS = List.of("rain", "raindrop", "snow");
  private static final double[] NOTHING = new double[6];

  private static FilterSettings settings(
      double stay, double clearWeight, double pairWeight, List<List<String>> pairs) {
    return new FilterSettings(stay, clearWeight, pairWeight, pairs, 10, 0.7, 0.95, 4, Map.of());
  }

  @Test
  void statesAreClearEachWeatherAndDropsWithEachOtherWeather() {
    assertThat(new ForwardFilter(WEATHERS, FilterSettings.DEFAULT).states())
        .containsExactly(0, 1, 2, 4, 1 | 2, 2 | 4);
    assertThat(
            new ForwardFilter(
                    WEATHERS, FilterSettings.DEFAULT.withPairs(List.of(List.of("snow", "rain"))))
                .states())
        .containsExactly(0, 1, 2, 4, 1 | 4);
    assertThat(new ForwardFilter(List.of("snow", "haze"), FilterSettings.DEFAULT).states())
        .containsExactly(0, 1, 2);
  }

  /** Clear, rain, snow; weights 2, 1, 1; stay 0.9, by hand. */
  @Test
  void goesForwardAsComputedByHand() {
    ForwardFilter filter =
        new ForwardFilter(List.of("rain", "snow"), settings(0.9, 2, 0.2, List.of()));
    assertThat(filter.belief(0)).isEqualTo(0.5);
    assertThat(filter.belief(1)).isEqualTo(0.25);

    // Likelihoods: clear 1, rain 4, snow 0.5.
    filter.observe(new double[] {Math.log(4), Math.log(0.5)}, new double[3]);
    double sum = 0.5 + 0.25 * 4 + 0.25 * 0.5;
    double clear = 0.5 / sum;
    double rain = 1 / sum;
    double snow = 0.125 / sum;
    assertThat(filter.belief(0)).isCloseTo(clear, within(1e-12));
    assertThat(filter.belief(1)).isCloseTo(rain, within(1e-12));
    assertThat(filter.belief(2)).isCloseTo(snow, within(1e-12));

    // Clear leaves to rain and snow alike; rain leaves to clear twice as often as to snow.
    filter.predict(0.9);
    assertThat(filter.belief(0))
        .isCloseTo(0.9 * clear + 0.1 * 2 / 3 * (rain + snow), within(1e-12));
    assertThat(filter.belief(1))
        .isCloseTo(0.9 * rain + 0.1 * (clear / 2 + snow / 3), within(1e-12));
    assertThat(filter.belief(2))
        .isCloseTo(0.9 * snow + 0.1 * (clear / 2 + rain / 3), within(1e-12));
  }

  @Test
  void whatIsPresentSumsOverTheStatesThatContainIt() {
    ForwardFilter filter = new ForwardFilter(WEATHERS, settings(0.9, 1, 0.5, null));
    // Weights 1, 1, 1, 1, 0.5, 0.5.
    assertThat(filter.presence(0)).isCloseTo(1.5 / 5, within(1e-12));
    assertThat(filter.presence(1)).isCloseTo(2.0 / 5, within(1e-12));
    filter.observe(new double[] {Math.log(3), Math.log(3), 0}, NOTHING);
    double sum = 1 + 3 + 3 + 1 + 0.5 * 9 + 0.5 * 3;
    assertThat(filter.presence(0)).isCloseTo((3 + 4.5) / sum, within(1e-12));
    assertThat(filter.likeliest()).isEqualTo(1 | 2);
  }

  @Test
  void contextCountsForEachStateOnce() {
    ForwardFilter filter = new ForwardFilter(WEATHERS, settings(0.9, 1, 1, null));
    filter.observe(new double[3], new double[] {0, 1, 1, 1, 1, 1});
    assertThat(filter.belief(1)).isCloseTo(Math.E / (1 + 5 * Math.E), within(1e-12));
    assertThat(filter.belief(3)).isCloseTo(Math.E / (1 + 5 * Math.E), within(1e-12));
  }

  @Test
  void withoutObservationsItForgets() {
    ForwardFilter filter = new ForwardFilter(WEATHERS, settings(0.99, 1, 1, null));
    filter.observe(new double[] {9, -9, -9}, NOTHING);
    assertThat(filter.belief(1)).isGreaterThan(0.999);
    filter.predict(1_000_000_000_000L);
    assertThat(filter.belief(1)).isCloseTo(1.0 / 6, within(1e-9));
  }

  @Property(tries = 300)
  void isAlwaysADistribution(
      @ForAll @Scale(7) @DoubleRange(min = 0.001, max = 0.9999999) double stay,
      @ForAll @Scale(6) @DoubleRange(min = 1e-6, max = 1e6) double clearWeight,
      @ForAll @Scale(6) @DoubleRange(min = 1e-6, max = 1e6) double pairWeight,
      @ForAll @IntRange(min = 1, max = 20) int frames,
      @ForAll @Size(min = 3, max = 60) List<@DoubleRange(min = -800, max = 800) Double> evidence) {
    ForwardFilter filter =
        new ForwardFilter(WEATHERS, settings(stay, clearWeight, pairWeight, null));
    for (int i = 0; i + 2 < evidence.size(); i += 3) {
      filter.predict(frames);
      isDistribution(filter);
      filter.observe(
          new double[] {evidence.get(i), evidence.get(i + 1), evidence.get(i + 2)}, NOTHING);
      isDistribution(filter);
    }
  }

  private static void isDistribution(ForwardFilter filter) {
    double sum = 0;
    for (int state : filter.states()) {
      assertThat(filter.belief(state)).isBetween(0.0, 1.0);
      sum += filter.belief(state);
    }
    assertThat(sum).isCloseTo(1, within(1e-9));
    assertThat(filter.presence(0)).isBetween(0.0, 1 + 1e-9);
  }
}
