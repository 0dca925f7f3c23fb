package io.deweather.models.weather;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deweather.FrameException;
import io.deweather.Weather;
import io.deweather.models.weather.WeatherSynthesis.Pair;
import io.deweather.models.weather.WeatherSynthesis.Severity;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Rect;
import org.opencv.core.Scalar;

class WeatherSequenceTest {
  private static final double RATE = 25;

  @ParameterizedTest
  @ValueSource(strings = {"rain", "raindrop", "snow"})
  void frameZeroIsTheSinglePicture(String weather) {
    Mat road = Drawing.road(160, 128, 1);
    WeatherSynthesis synthesis = WeatherSynthesis.of(new Weather(weather));
    for (long seed = 0; seed < 12; seed++) {
      WeatherSequence sequence = synthesis.sequence(road, seed, Severity.ANY, RATE);
      try (Pair single = synthesis.degrade(road, seed);
          Pair first = sequence.degrade(road, 0)) {
        assertThat(Drawing.same(single.degraded(), first.degraded())).isTrue();
        assertThat(Drawing.same(single.clean(), first.clean())).isTrue();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"rain", "snow"})
  void whatFallsMovesAndItsAmountStays(String weather) {
    Mat road = Drawing.road(200, 160, 2);
    WeatherSynthesis synthesis = WeatherSynthesis.of(new Weather(weather));
    for (long seed = 0; seed < 10; seed++) {
      WeatherSequence sequence = synthesis.sequence(road, seed, Severity.MEDIUM, RATE);
      double first = 0;
      for (int frame = 0; frame < 4; frame++) {
        try (Pair now = sequence.degrade(road, frame);
            Pair next = sequence.degrade(road, frame + 1)) {
          double amount = Core.PSNR(now.degraded(), now.clean(), 255);
          first = frame == 0 ? amount : first;
          assertThat(amount).as("dB of weather").isBetween(first - 2.5, first + 2.5);
          assertThat(Core.norm(now.degraded(), next.degraded(), Core.NORM_L1)).isPositive();
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"raindrop"})
  void dropsStayOnTheGlass(String weather) {
    Mat grey = new Mat(160, 200, CvType.CV_8UC3, Scalar.all(120));
    WeatherSynthesis synthesis = WeatherSynthesis.of(new Weather(weather));
    int same = 0;
    for (long seed = 0; seed < 20; seed++) {
      WeatherSequence sequence = synthesis.sequence(grey, seed, Severity.MEDIUM, RATE);
      try (Pair now = sequence.degrade(grey, 0);
          Pair later = sequence.degrade(grey, 40)) {
        same += Core.PSNR(now.degraded(), later.degraded(), 255) > 34 ? 1 : 0;
      }
    }
    // Noise is new in every frame, and in one of eight it rains besides.
    assertThat(same).isGreaterThanOrEqualTo(15);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.7, 3})
  void aCanvasFallsByItsTimeAndKeepsWhatIsOnIt(double time) {
    Framing framing = new Framing(100, 100, 100, 0, time);
    try (Scratch scratch = new Scratch()) {
      MotionCanvas canvas = new MotionCanvas(scratch, framing, 0, 1, 10);
      Mat drawn = scratch.keep(Mat.zeros(canvas.size(), CvType.CV_32F));
      int column = drawn.cols() / 2;
      int row = drawn.rows() / 2 - 30;
      drawn.submat(new Rect(column, row, 3, 3)).setTo(Scalar.all(1));
      Mat seen = canvas.project(drawn, 0);
      // 10 pixels in 0.4 ticks are 25 a tick.
      double expected = row + 1 + 50 - drawn.rows() / 2.0 + 25 * time;
      assertThat(Core.minMaxLoc(seen).maxVal).isGreaterThan(0.5);
      assertThat(Core.minMaxLoc(seen).maxLoc.y)
          .isBetween(expected % 120 - 2.5, expected % 120 + 2.5);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN})
  void refusesARateThatIsNone(double rate) {
    Mat road = Drawing.road(80, 64, 1);
    WeatherSynthesis synthesis = WeatherSynthesis.of(Weather.RAIN);
    assertThatThrownBy(() -> synthesis.sequence(road, 1, Severity.ANY, rate))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("frameRate (" + rate + ")");
    WeatherSequence sequence = synthesis.sequence(road, 1, Severity.ANY, RATE);
    assertThatThrownBy(() -> sequence.degrade(Drawing.road(96, 64, 1), 1))
        .isInstanceOf(FrameException.class)
        .hasMessageContaining("96x64")
        .hasMessageContaining("80x64");
  }
}
