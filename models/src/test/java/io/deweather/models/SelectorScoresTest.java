package io.deweather.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.deweather.Weather;
import io.deweather.converter.SelectorGraph.Calibration;
import io.deweather.models.SelectorFrames.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SelectorScoresTest {
  private static final int FRAMES = 4000;

  /** Scores of every weather are as telling, but one is there in half of the frames. */
  @Test
  void aWeatherThatIsRareAmongTheFramesOfCalibrationIsNamedAsReadilyAsAFrequentOne() {
    Random random = new Random(1);
    List<Sample> frames = new ArrayList<>();
    float[][] scores = new float[FRAMES][2];
    for (int i = 0; i < FRAMES; i++) {
      float[] labels = {random.nextDouble() < 0.5 ? 1 : 0, random.nextDouble() < 0.1 ? 1 : 0};
      frames.add(new Sample(new float[0], labels, new float[] {1, 1}));
      for (int w = 0; w < 2; w++) {
        scores[i][w] = (float) (4 * labels[w] - 2 + random.nextGaussian());
      }
    }
    Calibration calibration =
        new SelectorScores(List.of(Weather.RAINDROP, Weather.SNOW), frames, scores).calibration();
    // By themselves the offsets would lie log(9) = 2.2 apart.
    assertThat(calibration.offsets()[1]).isCloseTo(calibration.offsets()[0], within(0.5f));
    assertThat(calibration.logOdds()[0]).isCloseTo(0, within(0.1));
    assertThat(calibration.logOdds()[1]).isCloseTo(calibration.logOdds()[0], within(1e-9));
  }
}
