package io.deweather.models.weather;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deweather.OpenCv;
import io.deweather.Weather;
import io.deweather.models.weather.Sighting.Recording;
import io.deweather.models.weather.WeatherSynthesis.Severity;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Scalar;

class SightingTest {
  private static Mat photograph;

  @BeforeAll
  static void paint() {
    OpenCv.load();
    photograph = new Mat(180, 320, CvType.CV_8UC3);
    Core.setRNGSeed(4);
    Core.randu(photograph, 40, 160);
    org.opencv.imgproc.Imgproc.blur(photograph, photograph, new org.opencv.core.Size(9, 9));
  }

  @Test
  void theSameSeedGivesTheSameFrame() {
    List<Weather> both = List.of(Weather.SNOW, Weather.RAINDROP);
    for (Recording recording : Recording.values()) {
      try (Sighting one = Sighting.make(photograph, both, 5, Severity.ANY, recording);
          Sighting two = Sighting.make(photograph, both, 5, Severity.ANY, recording)) {
        assertThat(Core.norm(one.frame(), two.frame(), Core.NORM_INF)).isZero();
        assertThat(one.visibility()).isEqualTo(two.visibility());
      }
    }
  }

  @Test
  void heavyWeatherIsVisibleAndEachIsToldApart() {
    for (Weather weather : List.of(Weather.RAIN, Weather.RAINDROP, Weather.SNOW)) {
      for (int seed = 0; seed < 5; seed++) {
        try (Sighting frame =
            Sighting.make(photograph, List.of(weather), seed, Severity.HEAVY, Recording.PLAIN)) {
          assertThat(frame.frame().size()).isEqualTo(photograph.size());
          assertThat(frame.visibility()).containsOnlyKeys(weather);
          assertThat(frame.visibility().get(weather)).isLessThan(Sighting.VISIBLE);
        }
      }
    }
  }

  @Test
  void decoysAndRecordingChangeAFrameWithoutWeatherToo() {
    Scalar before = Core.mean(photograph);
    int changed = 0;
    for (int seed = 0; seed < 12; seed++) {
      try (Sighting frame =
          Sighting.make(photograph, List.of(), seed, Severity.ANY, Recording.VARIED)) {
        assertThat(frame.visibility()).isEmpty();
        changed += Core.PSNR(frame.frame(), photograph) < 40 ? 1 : 0;
      }
    }
    assertThat(changed).isGreaterThanOrEqualTo(8);
    assertThat(Core.mean(photograph)).isEqualTo(before);
  }

  @Test
  void refusesAWeatherThatIsNotSynthesised() {
    assertThatThrownBy(
            () ->
                Sighting.make(
                    photograph, List.of(new Weather("haze")), 1, Severity.ANY, Recording.PLAIN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("weather (haze) must be rain, raindrop or snow");
  }
}
