package io.deweather.models.weather;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deweather.FrameException;
import io.deweather.Weather;
import io.deweather.models.weather.WeatherSynthesis.Pair;
import io.deweather.models.weather.WeatherSynthesis.Severity;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;

class WeatherSynthesisTest {

  static Stream<Weather> weathers() {
    return Stream.of(Weather.RAIN, Weather.RAINDROP, Weather.SNOW);
  }

  @ParameterizedTest
  @MethodSource("weathers")
  void givesTheSamePairForTheSameSeedAndAnotherForTheNext(Weather weather) {
    Mat road = Drawing.road(160, 128, 1);
    WeatherSynthesis synthesis = WeatherSynthesis.of(weather);
    for (long seed = 0; seed < 30; seed++) {
      try (Pair once = synthesis.degrade(road, seed);
          Pair again = synthesis.degrade(road, seed);
          Pair next = synthesis.degrade(road, seed + 1)) {
        assertThat(Drawing.same(once.degraded(), again.degraded())).isTrue();
        assertThat(Drawing.same(once.clean(), again.clean())).isTrue();
        assertThat(Drawing.same(once.degraded(), next.degraded())).isFalse();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("weathers")
  void leavesThePhotographAsItWasAndHalfOfTheTruthsWithIt(Weather weather) {
    Mat road = Drawing.road(128, 128, 2);
    byte[] before = Drawing.bytes(road);
    int untouched = 0;
    for (long seed = 0; seed < 60; seed++) {
      try (Pair pair = WeatherSynthesis.of(weather).degrade(road, seed)) {
        untouched += Drawing.same(pair.clean(), road) ? 1 : 0;
      }
    }
    assertThat(Drawing.bytes(road)).isEqualTo(before);
    assertThat(untouched).isBetween(10, 40); // exposure, night or noise change the others
  }

  @ParameterizedTest
  @MethodSource("weathers")
  void keepsSizeAndTypeDownTo64PixelsAndUpToFullHd(Weather weather) {
    int[][] sizes = {{64, 64}, {65, 211}, {333, 217}, {96, 700}, {1920, 1080}};
    for (int[] size : sizes) {
      Mat road = Drawing.road(size[0], size[1], 3);
      try (Pair pair = WeatherSynthesis.of(weather).degrade(road, 5, Severity.HEAVY)) {
        for (Mat picture : List.of(pair.degraded(), pair.clean())) {
          assertThat(picture.size()).isEqualTo(road.size());
          assertThat(picture.type()).isEqualTo(CvType.CV_8UC3);
        }
      }
      road.release();
    }
  }

  @ParameterizedTest
  @MethodSource("weathers")
  void worksOnBlackWhiteAndFlatPictures(Weather weather) {
    for (int grey : new int[] {0, 128, 255}) {
      Mat flat = new Mat(80, 100, CvType.CV_8UC3, org.opencv.core.Scalar.all(grey));
      for (long seed = 0; seed < 20; seed++) {
        try (Pair pair = WeatherSynthesis.of(weather).degrade(flat, seed)) {
          assertThat(Core.checkRange(pair.degraded())).isTrue();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("weathers")
  void heavierWeatherIsFurtherFromTheTruth(Weather weather) {
    List<Double> light = psnr(weather, Severity.LIGHT, 120);
    List<Double> medium = psnr(weather, Severity.MEDIUM, 120);
    List<Double> heavy = psnr(weather, Severity.HEAVY, 120);

    assertThat(median(light)).isBetween(23.0, 31.0).isGreaterThan(median(medium) + 1);
    assertThat(median(medium)).isBetween(19.0, 27.0).isGreaterThan(median(heavy) + 1);
    assertThat(median(heavy)).isBetween(15.0, 25.0);
  }

  @ParameterizedTest
  @MethodSource("weathers")
  void seldomHidesEverythingOrNothing(Weather weather) {
    List<Double> psnr = psnr(weather, Severity.ANY, 200);

    assertThat(psnr.get(4)).isGreaterThan(9);
    assertThat(psnr.get(195)).isLessThan(38);
  }

  @ParameterizedTest
  @MethodSource("weathers")
  void givesEveryThreadWhatItGivesOne(Weather weather) throws Exception {
    Mat road = Drawing.road(192, 160, 4);
    WeatherSynthesis synthesis = WeatherSynthesis.of(weather);
    List<byte[]> expected = new ArrayList<>();
    for (long seed = 0; seed < 12; seed++) {
      expected.add(degraded(synthesis, road, seed));
    }
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      List<Future<byte[]>> results = new ArrayList<>();
      for (int i = 0; i < 48; i++) {
        long seed = i % 12;
        Callable<byte[]> job = () -> degraded(synthesis, road, seed);
        results.add(pool.submit(job));
      }
      for (int i = 0; i < results.size(); i++) {
        assertThat(results.get(i).get()).isEqualTo(expected.get(i % 12));
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void refusesWeatherItCannotMake() {
    assertThatThrownBy(() -> WeatherSynthesis.of(Weather.CLEAR))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("weather (clear) must be one of [rain, raindrop, snow]");
  }

  @Test
  void refusesPicturesOfAnotherTypeOrTooSmall() {
    WeatherSynthesis rain = WeatherSynthesis.of(Weather.RAIN);
    assertThatThrownBy(() -> rain.degrade(new Mat(100, 100, CvType.CV_8UC1), 1))
        .isInstanceOf(FrameException.class)
        .hasMessage("clean picture (CV_8UC1) must be CV_8UC3");
    assertThatThrownBy(() -> rain.degrade(new Mat(63, 100, CvType.CV_8UC3), 1))
        .isInstanceOf(FrameException.class)
        .hasMessage("clean picture (100x63) must be at least 64 pixels on each side");
  }

  private static byte[] degraded(WeatherSynthesis synthesis, Mat picture, long seed) {
    try (Pair pair = synthesis.degrade(picture, seed)) {
      return Drawing.bytes(pair.degraded());
    }
  }

  /** Sorted PSNR of the degraded pictures against their truths. */
  private static List<Double> psnr(Weather weather, Severity severity, int count) {
    List<Double> psnr = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Mat road = Drawing.road(160, 160, i % 8);
      try (Pair pair = WeatherSynthesis.of(weather).degrade(road, 100 + i, severity)) {
        psnr.add(Core.PSNR(pair.degraded(), pair.clean()));
      }
      road.release();
    }
    Collections.sort(psnr);
    return psnr;
  }

  private static double median(List<Double> sorted) {
    return sorted.get(sorted.size() / 2);
  }
}
