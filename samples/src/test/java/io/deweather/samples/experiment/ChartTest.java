package io.deweather.samples.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ChartTest {
  @Test
  void drawsOneScaleForAllPanelsSeedsAsSmallPointsAndNothingForWhatIsMissing() {
    Chart.Series zero =
        new Chart.Series("zero & more", "zero", List.of(List.of(0.1, 0.3), List.of()));
    Chart.Panel left =
        new Chart.Panel("rain", List.of(zero), new Chart.Level("top", "separate", 0.4));
    Chart.Panel right =
        new Chart.Panel("snow", List.of(), new Chart.Level("top", "separate", null));
    String svg = new Chart("gain", List.of("60", "80"), List.of(left, right)).svg();

    // From 0 to 0.4 in steps of 0.1 over 200 pixels below 64: the mean, 0.2, lies in the middle.
    assertThat(svg).contains("<circle class=\"zero\" cx=\"108.5\" cy=\"164.0\" r=\"4.0\"/>");
    assertThat(svg).contains("cy=\"214.0\" r=\"1.6\"").contains("cy=\"114.0\" r=\"1.6\"");
    assertThat(svg).contains("<polyline class=\"zero\" points=\"108.5,164.0\"/>");
    assertThat(svg.split("class=\"level separate\"", -1))
        .as("in a panel and in the legend")
        .hasSize(3);
    assertThat(svg).contains(">+0.4<").contains("zero &amp; more").contains("prefers-color-scheme");
  }
}
