package io.deweather.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.deweather.OpenCv;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Scalar;

class NightfallTest {
  @BeforeAll
  static void load() {
    OpenCv.load();
  }

  @Test
  void aFifthOfThePicturesIsDarkAndTheOthersAreAsTheyWere() {
    int dark = 0;
    for (Scalar mean : means(1, 400)) {
      if (mean.val[1] != 120) {
        dark++;
        // Lamps and what shines around them come on top of 0.16 of white at most.
        assertThat(mean.val[1]).isBetween(1.0, 90.0);
      }
    }
    assertThat(dark).isBetween(55, 105);
  }

  @Test
  void theSameSeedMakesTheSameNight() {
    List<Scalar> first = means(2, 40);
    assertThat(means(2, 40)).isEqualTo(first);
    assertThat(means(3, 40)).isNotEqualTo(first);
  }

  private static List<Scalar> means(long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Scalar> means = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Mat picture = new Mat(90, 160, CvType.CV_8UC3, Scalar.all(120));
      Nightfall.perhaps(picture, random);
      means.add(Core.mean(picture));
      picture.release();
    }
    return means;
  }
}
