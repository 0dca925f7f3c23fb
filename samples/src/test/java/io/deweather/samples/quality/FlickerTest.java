package io.deweather.samples.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.deweather.DeweatherException;
import io.deweather.OpenCv;
import java.util.OptionalDouble;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Scalar;

class FlickerTest {
  @BeforeEach
  void load() {
    OpenCv.load();
  }

  @Test
  void anErrorThatStaysWhileTheSceneMovesIsNoFlicker() {
    try (Flicker flicker = new Flicker()) {
      for (int level : new int[] {20, 60, 50, 90}) {
        flicker.add(grey(level + 7), grey(level));
      }
      assertThat(flicker.mean()).hasValue(0);
    }
  }

  @Test
  void isTheMeanOverNeighboursOfHowMuchTheErrorChanges() {
    try (Flicker flicker = new Flicker()) {
      flicker.add(grey(103), grey(100));
      assertThat(flicker.mean()).isEqualTo(OptionalDouble.empty());
      flicker.add(grey(98), grey(100)); // from +3 to -2
      assertThat(flicker.mean().orElseThrow()).isCloseTo(5, within(1e-12));
      flicker.add(grey(9), grey(10)); // to -1
      assertThat(flicker.mean().orElseThrow()).isCloseTo(3, within(1e-12));
    }
  }

  @Test
  void isTheRootMeanSquareOverPixelsAndChannels() {
    Mat spot = grey(100);
    spot.put(3, 5, 100, 180, 100);
    try (Flicker flicker = new Flicker()) {
      flicker.add(grey(100), grey(100));
      flicker.add(spot, grey(100));
      assertThat(flicker.mean().orElseThrow())
          .isCloseTo(Math.sqrt(80 * 80 / (16 * 16 * 3.0)), within(1e-12));
    }
  }

  @Test
  void framesOfAnotherSizeAreRefused() {
    try (Flicker flicker = new Flicker()) {
      Mat wide = new Mat(16, 32, CvType.CV_8UC3, Scalar.all(0));
      assertThatThrownBy(() -> flicker.add(grey(1), wide))
          .isInstanceOf(DeweatherException.class)
          .hasMessageContaining("are CV_8UC3 of 16x16 and CV_8UC3 of 32x16");
      flicker.add(grey(1), grey(1));
      assertThatThrownBy(() -> flicker.add(wide, wide)).isInstanceOf(DeweatherException.class);
    }
  }

  private static Mat grey(int level) {
    return new Mat(16, 16, CvType.CV_8UC3, Scalar.all(level));
  }
}
