package io.deweather.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PresentationClockTest {
  @BeforeAll
  static void load() {
    Ffmpeg.load();
  }

  @Test
  void timesCountFromTheStartOfTheStream() {
    PresentationClock clock = new PresentationClock(1, 90_000, 126_000, 25);
    assertThat(clock.next(126_000, 3_600)).isZero();
    assertThat(clock.next(129_600, 3_600)).isEqualTo(40_000);
    assertThat(clock.next(140_400, 7_200)).isEqualTo(160_000);
    assertThat(clock.lastDuration()).isEqualTo(80_000);
  }

  @Test
  void aTimeKeepsItsTickThroughMicroseconds() {
    PresentationClock clock = new PresentationClock(1, 30_000, 0, 29.97);
    for (long tick = 0; tick < 3_000_000; tick += 1_001) {
      assertThat(Math.round(clock.next(tick, 1_001) * 30_000 / 1e6)).isEqualTo(tick);
    }
  }

  @Test
  void aStreamWithoutAStartBeginsWithItsFirstFrame() {
    PresentationClock clock = new PresentationClock(1, 1_000, AV_NOPTS_VALUE, 25);
    assertThat(clock.next(5_000, 40)).isZero();
    assertThat(clock.next(5_040, 40)).isEqualTo(40_000);
  }

  @Test
  void aMissingTimeFollowsTheFrameBeforeIt() {
    PresentationClock clock = new PresentationClock(1, 1_000, 0, 25);
    assertThat(clock.next(AV_NOPTS_VALUE, 0)).isZero();
    assertThat(clock.next(AV_NOPTS_VALUE, 0)).isEqualTo(40_000);
    assertThat(clock.next(80, 20)).isEqualTo(80_000);
    assertThat(clock.next(AV_NOPTS_VALUE, 0)).isEqualTo(100_000);
  }

  @Test
  void aTimeThatDoesNotRiseLeavesTheOthersInPlace() {
    PresentationClock clock = new PresentationClock(1, 1_000, 0, 25);
    assertThat(clock.next(0, 40)).isZero();
    assertThat(clock.next(40, 40)).isEqualTo(40_000);
    assertThat(clock.next(40, 40)).isEqualTo(60_000);
    assertThat(clock.next(80, 40)).isEqualTo(80_000);
    assertThat(clock.next(20, 40)).isEqualTo(100_000);
    assertThat(clock.next(20, 40)).isEqualTo(120_000);
    assertThat(clock.next(160, 40)).isEqualTo(160_000);
  }

  @Test
  void afterAJumpBackTheCountGoesOn() {
    PresentationClock clock = new PresentationClock(1, 1_000, 0, 25);
    assertThat(clock.next(0, 40)).isZero();
    assertThat(clock.next(10_000, 40)).isEqualTo(10_000_000);
    assertThat(clock.next(0, 40)).isEqualTo(10_040_000);
    assertThat(clock.next(40, 40)).isEqualTo(10_080_000);
  }
}
