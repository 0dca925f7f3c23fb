package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.deweather.TilePlan.Fit;
import io.deweather.TilePlan.Tile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opencv.core.Rect;

class TilePlanTest {
  private static Fit upTo(long pixels) {
    return (rows, cols) -> rows * cols <= pixels;
  }

  @ParameterizedTest
  @CsvSource({
    "2160,3840,3000000,128",
    "1080,1920,700000,96",
    "333,5017,400000,64",
    "4001,17,60000,160",
    "720,1280,100000,32"
  })
  void tilesCoverTheFrameOnceOnTheNetworksGridWithinTheLimit(
      int rows, int cols, long pixels, int halo) {
    TilePlan plan = TilePlan.of(rows, cols, upTo(pixels), halo, 32);
    long kept = 0;
    for (Tile tile : plan.tiles()) {
      Rect read = tile.read();
      Rect inner = tile.kept();
      kept += (long) inner.width * inner.height;
      assertThat((long) read.width * read.height).isLessThanOrEqualTo(pixels);
      assertThat(read.x % 32).isZero();
      assertThat(read.y % 32).isZero();
      assertThat(read.x).isIn(0, inner.x - halo);
      assertThat(read.y).isIn(0, inner.y - halo);
      assertThat(read.x + read.width).isIn(cols, inner.x + inner.width + halo);
      assertThat(read.y + read.height).isIn(rows, inner.y + inner.height + halo);
    }
    assertThat(kept).isEqualTo((long) rows * cols);
    for (Tile a : plan.tiles()) {
      for (Tile b : plan.tiles()) {
        assertThat(a == b || disjoint(a.kept(), b.kept())).isTrue();
      }
    }
  }

  private static boolean disjoint(Rect a, Rect b) {
    return a.x >= b.x + b.width
        || b.x >= a.x + a.width
        || a.y >= b.y + b.height
        || b.y >= a.y + a.height;
  }

  @Test
  void aFrameThatFitsIsOneTile() {
    assertThat(TilePlan.of(360, 640, upTo(360 * 640), 128, 32).tiles())
        .containsExactly(new Tile(new Rect(0, 0, 640, 360), new Rect(0, 0, 640, 360)));
  }

  @Test
  void theCheapestGridIsTaken() {
    // Three columns read 13 % more than the frame; three rows would read 24 % more.
    assertThat(TilePlan.of(2160, 3840, upTo(3_400_000), 128, 32).tiles())
        .extracting(tile -> tile.read().width)
        .containsExactly(1472, 1472, 1408);
  }

  @Test
  void tilesAtTheEdgesKeepMoreSoThatNoneReadsMuchMoreThanTheOthers() {
    // Equal shares of 1280 would need tiles of 1728 in the middle.
    assertThat(TilePlan.of(2160, 3840, upTo(1600 * 2160), 224, 32).tiles())
        .extracting(tile -> tile.read().width, tile -> tile.kept().width)
        .containsExactly(tuple(1600, 1376), tuple(1600, 1152), tuple(1536, 1312));
  }

  @Test
  void aSizeThatTakesMoreMemoryThanALargerOneIsPassedOver() {
    // As ONNX Runtime takes it: too much for what is up to a third above a power of two.
    Fit fit = (rows, cols) -> rows * cols <= 6_000_000 && rows * cols * 3 > 4 * (4L << 20);
    assertThat(TilePlan.of(2160, 3840, fit, 256, 32).tiles())
        .extracting(tile -> tile.read().width, tile -> tile.kept().width)
        .containsExactly(tuple(2592, 2336), tuple(1760, 1504));
    // Equal columns read no more in all.
    assertThat(TilePlan.of(2160, 3840, upTo(6_000_000), 256, 32).tiles())
        .extracting(tile -> tile.read().width)
        .containsExactly(2176, 2176);
  }

  @Test
  void thereIsNoPlanIfTheHaloAloneIsTooMuch() {
    assertThat(TilePlan.of(2160, 3840, upTo(40_000), 128, 32)).isNull();
  }
}
