package io.deweather;

import static io.deweather.OperatingMode.BYPASS;
import static io.deweather.OperatingMode.FULL;
import static io.deweather.OperatingMode.REDUCED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;

class ModeLadderTest {
  private static final long SECOND = 1_000_000_000L;

  /** Down after 3 of 10; a probe each second, each 4 s at the most; up after 2. */
  private final ModeLadder ladder =
      new ModeLadder(
          new DegradationPolicy(10, 3, 0.5, Duration.ofSeconds(1), Duration.ofSeconds(4), 2));

  private long now = 17;

  private OperatingMode tryFrame(boolean restored) {
    OperatingMode mode = ladder.next(now);
    ladder.learn(mode, restored, now);
    return mode;
  }

  private void descend(int steps) {
    for (int i = 0; i < 3 * steps; i++) {
      tryFrame(false);
    }
  }

  @Test
  void aProbeMayBeAsRareAsOneLikes() {
    Duration ever = ChronoUnit.FOREVER.getDuration();
    for (Duration first : new Duration[] {Duration.ofDays(60_000), ever}) {
      ModeLadder patient = new ModeLadder(new DegradationPolicy(1, 1, 0.5, first, ever, 1));
      patient.learn(FULL, false, now);
      patient.learn(FULL, false, now);
      assertThat(patient.next(now + Duration.ofDays(50_000).toNanos())).isEqualTo(REDUCED);
    }
  }

  @Test
  void occasionalTroubleChangesNothing() {
    for (int i = 0; i < 1000; i++) {
      assertThat(tryFrame(i % 5 != 0)).isEqualTo(FULL);
    }
    assertThat(ladder.mode()).isEqualTo(FULL);
  }

  @Test
  void repeatedTroubleLowersTheModeStepByStep() {
    descend(1);
    assertThat(ladder.mode()).isEqualTo(REDUCED);
    descend(1);
    assertThat(ladder.mode()).isEqualTo(BYPASS);
    assertThat(tryFrame(false)).isEqualTo(BYPASS);
  }

  @Test
  void successfulProbesRaiseItAgain() {
    descend(2);
    for (OperatingMode above : new OperatingMode[] {REDUCED, FULL}) {
      for (int probe = 0; probe < 2; probe++) {
        assertThat(tryFrame(true)).isNotEqualTo(above);
        now += SECOND;
        assertThat(tryFrame(true)).isEqualTo(above);
      }
      assertThat(ladder.mode()).isEqualTo(above);
    }
  }

  @Test
  void failedProbesBecomeRarer() {
    descend(1);
    int probes = 0;
    for (int tenth = 0; tenth < 150; tenth++) {
      now += SECOND / 10;
      OperatingMode mode = ladder.next(now);
      ladder.learn(mode, mode == REDUCED, now);
      probes += mode == FULL ? 1 : 0;
    }
    // At 1, 3, 7, 11 and 15 s.
    assertThat(probes).isEqualTo(5);
    assertThat(ladder.mode()).isEqualTo(REDUCED);
  }

  @Test
  void framesThatWereTriedBeforeTheModeChangedDoNotCount() {
    descend(2);
    ladder.learn(FULL, true, now);
    ladder.learn(FULL, true, now);
    assertThat(ladder.mode()).isEqualTo(BYPASS);
  }

  @Test
  void thePolicyRefusesWhatCannotBe() {
    Duration second = Duration.ofSeconds(1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new DegradationPolicy(30, 31, 0.5, second, second, 1))
        .withMessage("troubles (31) must be in 1 to window");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new DegradationPolicy(30, 5, 1, second, second, 1))
        .withMessage("reducedScale (1.0) must be in (0, 1)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new DegradationPolicy(30, 5, 0.5, second, Duration.ZERO, 1))
        .withMessage("longestProbeInterval (PT0S) must be at least probeInterval");
    assertThat(DegradationPolicy.DEFAULT)
        .isEqualTo(new DegradationPolicy(30, 5, 0.5, second, Duration.ofSeconds(30), 3));
  }
}
