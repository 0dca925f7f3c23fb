package io.deweather.video;

import static org.assertj.core.api.Assertions.assertThat;

import io.deweather.OpenCv;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opencv.core.CvType;
import org.opencv.core.Mat;

class TurnTest {
  /** Where the pixel that is stored at the top left of a 3x2 frame is shown. */
  @ParameterizedTest
  @CsvSource({
    "1, 0, 0, 1, 3, 2, 0, 0",
    "0, 1, -1, 0, 2, 3, 1, 0",
    "-1, 0, 0, -1, 3, 2, 2, 1",
    "0, -1, 1, 0, 2, 3, 0, 2",
    "-1, 0, 0, 1, 3, 2, 2, 0",
    "1, 0, 0, -1, 3, 2, 0, 1",
    "0, 1, 1, 0, 2, 3, 0, 0",
    "0, -1, -1, 0, 2, 3, 1, 2"
  })
  void theFirstPixelGoesWhereTheMatrixSays(
      int a, int b, int c, int d, int width, int height, int x, int y) {
    OpenCv.load();
    Mat stored = Mat.zeros(2, 3, CvType.CV_8UC3);
    stored.put(0, 0, 9, 8, 7);
    Mat upright = new Mat();
    Turn turn = Turn.of(a << 16, b << 16, c << 16, d << 16);
    assertThat(turn.equals(Turn.NONE)).isEqualTo(a == 1 && d == 1);
    if (turn.equals(Turn.NONE)) {
      return;
    }
    turn.apply(stored, upright);
    assertThat(upright.cols()).isEqualTo(width);
    assertThat(upright.rows()).isEqualTo(height);
    assertThat(upright.get(y, x)).containsExactly(9, 8, 7);
  }
}
