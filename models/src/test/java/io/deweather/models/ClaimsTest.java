package io.deweather.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.deweather.converter.GraphBuilder;
import io.deweather.converter.Network;
import io.deweather.converter.Network.ColourOrder;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClaimsTest {
  private static final byte COMMON = 0b111;

  @Test
  void aParameterClaimedByOneWeatherBecomesSpecificToIt() {
    Network network = oneConvolution();
    float[] rain = new float[84];
    float[] raindrop = new float[84];
    float[] snow = new float[84];
    for (int i = 0; i < 84; i++) {
      rain[i] = raindrop[i] = snow[i] = i * 1e-3f;
    }
    // Above the 0.95 quantile of 81 weights lie four: the largest three claimed by all, and one.
    rain[5] = 1;
    snow[7] = 1;
    byte[] visibility = Claims.visibility(network, List.of(rain, raindrop, snow), 0.95, true);
    assertThat(visibility[5]).isEqualTo((byte) 0b001);
    assertThat(visibility[7]).isEqualTo((byte) 0b100);
    assertThat(visibility[80]).as("claimed by all").isEqualTo(COMMON);
    assertThat(visibility[20]).as("claimed by none").isEqualTo(COMMON);
    assertThat(visibility[83]).as("a bias").isEqualTo(COMMON);
  }

  @Test
  void whatSeveralClaimMayGoToTheOneThatItMovesMostAgainstItsMean() {
    Network network = oneConvolution();
    float[] rain = new float[84];
    float[] snow = new float[84];
    for (int i = 0; i < 81; i++) {
      rain[i] = 10; // rain's gradients are ten times those of snow throughout
      snow[i] = 1;
    }
    rain[3] = 50;
    snow[3] = 40;
    rain[4] = 90;
    snow[4] = 2;
    List<float[]> intensities = List.of(rain, snow);
    byte[] strongest = Claims.visibility(network, intensities, 0.9, false);
    assertThat(strongest[3]).isEqualTo((byte) 0b10);
    assertThat(strongest[4]).isEqualTo((byte) 0b01);
    assertThat(strongest[5]).as("claimed by none").isEqualTo((byte) 0b11);
    byte[] shared = Claims.visibility(network, intensities, 0.9, true);
    assertThat(shared[3]).as("claimed by both").isEqualTo((byte) 0b11);
  }

  @Test
  void overlapIsTheShareThatBothCallSpecificToTheSameWeather() {
    byte[] a = {0b001, 0b010, COMMON, 0b100};
    byte[] b = {0b001, 0b100, COMMON, COMMON};
    assertThat(Claims.overlap(a, b, 3)).isCloseTo(1.0 / 3, within(1e-12));
    assertThat(Claims.overlap(a, a, 3)).isEqualTo(1);
  }

  @Test
  void shufflingKeepsHowManyEachWeatherHas() {
    Network network = oneConvolution();
    byte[] visibility = Claims.allCommon(84, 3);
    Arrays.fill(visibility, 0, 10, (byte) 0b001);
    byte[] shuffled = Claims.shuffled(network, visibility, 5);
    assertThat(shuffled).isNotEqualTo(visibility);
    assertThat(shuffled).containsExactlyInAnyOrder(visibility);
    assertThat(Arrays.copyOfRange(shuffled, 81, 84))
        .as("biases")
        .containsExactly(COMMON, COMMON, COMMON);
  }

  private static Network oneConvolution() {
    GraphBuilder graph = new GraphBuilder("one", 1);
    return graph.build(graph.conv3("only", graph.input(), 3, 3), 1, ColourOrder.RGB);
  }
}
