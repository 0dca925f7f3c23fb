package io.deweather.samples.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.deweather.DeweatherException;
import io.deweather.OpenCv;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Scalar;

class ImageQualityTest {
  private static final int HEIGHT = 37;
  private static final int WIDTH = 53;

  @BeforeAll
  static void load() {
    OpenCv.load();
  }

  /**
   * The expected numbers come from an independent program: plain NumPy in float64, the window as an
   * explicit 11x11 kernel {@code exp(-r^2 / 4.5)}, normalised, over every position inside the
   * picture.
   */
  @Test
  void agreesWithTheReferenceToSevenDigits() {
    ImageQuality quality = ImageQuality.of(degraded(), pattern());

    assertThat(quality.psnr()).isCloseTo(29.264937736, within(1e-7));
    assertThat(quality.ssim()).isCloseTo(0.983901654, within(1e-7));
    assertThat(quality.psnrY()).isCloseTo(36.584750100, within(1e-7));
    assertThat(quality.ssimY()).isCloseTo(0.994443319, within(1e-7));
  }

  @Test
  void oneGreyLevelEverywhereIs48Decibels() {
    Mat truth = new Mat(16, 20, CvType.CV_8UC3, new Scalar(100, 100, 100));
    Mat image = new Mat(16, 20, CvType.CV_8UC3, new Scalar(101, 101, 101));

    ImageQuality quality = ImageQuality.of(image, truth);

    assertThat(quality.psnr()).isCloseTo(20 * Math.log10(255), within(1e-9));
    // Luma has 219 of 255 levels.
    assertThat(quality.psnrY()).isCloseTo(20 * Math.log10(255 * 255 / 219.0), within(1e-9));
  }

  @Test
  void anErrorThatIsTheSameEverywhereIsNoneOfDetail() {
    Mat truth = new Mat(64, 96, CvType.CV_8UC3, new Scalar(100, 100, 100));
    Mat brighter = new Mat(64, 96, CvType.CV_8UC3, new Scalar(120, 110, 105));
    Mat checkered = truth.clone();
    for (int y = 0; y < truth.rows(); y++) {
      for (int x = 0; x < truth.cols(); x++) {
        double level = (x + y) % 2 == 0 ? 110 : 90;
        checkered.put(y, x, level, level, level);
      }
    }

    assertThat(ImageQuality.of(brighter, truth).psnrDetail()).isGreaterThan(90);
    ImageQuality fine = ImageQuality.of(checkered, truth);
    assertThat(fine.psnrDetail()).isCloseTo(fine.psnr(), within(0.05));
  }

  @Test
  void identicalPicturesHaveInfinitePsnrAndSsimOne() {
    ImageQuality quality = ImageQuality.of(pattern(), pattern());

    assertThat(quality.psnr()).isInfinite();
    assertThat(quality.psnrY()).isInfinite();
    assertThat(quality.ssim()).isEqualTo(1);
    assertThat(quality.ssimY()).isEqualTo(1);
  }

  @Test
  void refusesAnotherSizeNamingBoth() {
    Mat smaller = new Mat(HEIGHT, WIDTH - 1, CvType.CV_8UC3);

    assertThatThrownBy(() -> ImageQuality.of(smaller, pattern()))
        .isInstanceOf(DeweatherException.class)
        .hasMessage("pictures to compare must be of one size, are 52x37 and 53x37");
  }

  @Test
  void refusesPicturesSmallerThanTheWindow() {
    Mat low = new Mat(10, 40, CvType.CV_8UC3, Scalar.all(1));

    assertThatThrownBy(() -> ImageQuality.of(low, low))
        .isInstanceOf(DeweatherException.class)
        .hasMessage("pictures to compare must be at least 11x11, are 40x10");
  }

  @Test
  void meanLeavesIdenticalPicturesOutOfPsnrOnly() {
    ImageQuality perfect = new ImageQuality(Double.POSITIVE_INFINITY, 1, 50, 1, 60);
    ImageQuality good = new ImageQuality(30, 0.9, 32, 0.8, 40);
    ImageQuality poor = new ImageQuality(20, 0.5, 23, 0.6, 20);

    ImageQuality mean = ImageQuality.mean(List.of(perfect, good, poor));

    assertThat(mean.psnr()).isEqualTo(25);
    assertThat(mean.psnrY()).isEqualTo(35);
    assertThat(mean.psnrDetail()).isEqualTo(40);
    assertThat(mean.ssim()).isCloseTo(0.8, within(1e-12));
    assertThat(mean.ssimY()).isCloseTo(0.8, within(1e-12));
    assertThat(ImageQuality.mean(List.of(perfect)).psnr()).isInfinite();
  }

  private static Mat pattern() {
    return picture(false);
  }

  private static Mat degraded() {
    return picture(true);
  }

  /** Both by formula, so that any program can make them; channels in BGR order. */
  private static Mat picture(boolean degraded) {
    byte[] bytes = new byte[HEIGHT * WIDTH * 3];
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        for (int c = 0; c < 3; c++) {
          int value = (x * 7 + y * 13 + c * 29 + (x * y) / 3) % 256;
          int offset = degraded ? (x * 5 + y * 3 + c * 11) % 31 - 15 : 0;
          bytes[(y * WIDTH + x) * 3 + c] = (byte) Math.max(0, Math.min(255, value + offset));
        }
      }
    }
    Mat picture = new Mat(HEIGHT, WIDTH, CvType.CV_8UC3);
    picture.put(0, 0, bytes);
    return picture;
  }
}
