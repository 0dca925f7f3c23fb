package io.deweather;

import static io.deweather.SelectionReason.CHANGED;
import static io.deweather.SelectionReason.CONFIRMED;
import static io.deweather.SelectionReason.FIRST;
import static io.deweather.SelectionReason.HELD;
import static io.deweather.SelectionReason.LOOK_FAILED;
import static org.assertj.core.api.Assertions.assertThat;

import io.deweather.WeatherSelector.Selection;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.Mat;

class AutomaticSelectorTest {
  @TempDir private Path temporary;
  private SelectorNetwork network;
  private long now;
  private AutomaticSelector selector;
  private int frames;

  @BeforeEach
  void load() {
    OpenCv.load();
    BundleContents contents =
        BundleContents.read(
            SelectorBundle.writeTo(temporary.resolve("bundle")), BundleLimits.DEFAULT);
    network =
        SelectorNetwork.load(
            Engine.of(0), contents.selector(), contents.bundle().manifest().selector());
    selector = new AutomaticSelector(network, 5, () -> now);
  }

  @AfterEach
  void close() {
    network.close();
  }

  private Selection see(double rain, double raindrop, double snow) {
    Mat frame = SelectorBundle.frame(frames++, rain, raindrop, snow);
    now += TimeUnit.MILLISECONDS.toNanos(40);
    Selection selection = selector.select(frame);
    frame.release();
    return selection;
  }

  /** The number of frames, the first included, until the weathers are chosen; at most 50. */
  private int framesUntil(List<Weather> wanted, double rain, double raindrop, double snow) {
    int count = 1;
    while (!see(rain, raindrop, snow).weathers().equals(wanted)) {
      assertThat(++count).isLessThan(50);
    }
    return count;
  }

  @Test
  void theFirstFrameIsDecidedAtOnce() {
    Selection first = see(0.9, 0.05, 0.02);
    assertThat(first.weathers()).containsExactly(Weather.RAIN);
    assertThat(first.reason()).isEqualTo(FIRST);
    assertThat(first.confidence()).isGreaterThan(0.75);
    assertThat(first.observed().get(Weather.RAIN)).isBetween(0.895, 0.905);
    selector.restart();
    assertThat(see(0.02, 0.02, 0.02).weathers()).isEmpty();
    selector.restart();
    assertThat(see(0.02, 0.95, 0.9).weathers()).containsExactly(Weather.RAINDROP, Weather.SNOW);
  }

  @Test
  void looksAtEveryFifthFrameWhileNothingIsInDoubt() {
    List<SelectionReason> reasons = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      reasons.add(see(0, 0, 0).reason());
    }
    assertThat(reasons)
        .as("one look says too little to be sure, so the second frame is looked at too")
        .containsExactly(
            FIRST, CONFIRMED, HELD, HELD, HELD, HELD, CONFIRMED, HELD, HELD, HELD, HELD, CONFIRMED,
            HELD, HELD, HELD, HELD);
  }

  @Test
  void aSureChangeIsFollowedWithinFifteenFramesWhereverItFalls() {
    double[][] shows = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, 1, 0}, {0, 1, 1}};
    List<List<Weather>> weathers =
        List.of(
            List.of(),
            List.of(Weather.RAIN),
            List.of(Weather.RAINDROP),
            List.of(Weather.SNOW),
            List.of(Weather.RAINDROP, Weather.RAIN),
            List.of(Weather.RAINDROP, Weather.SNOW));
    for (int from = 0; from < shows.length; from++) {
      for (int to = 0; to < shows.length; to++) {
        for (int phase = 0; from != to && phase < 5; phase++) {
          selector.restart();
          for (int i = 0; i < 40 + phase; i++) {
            see(shows[from][0], shows[from][1], shows[from][2]);
          }
          int taken = framesUntil(weathers.get(to), shows[to][0], shows[to][1], shows[to][2]);
          assertThat(taken).as("from %d to %d, phase %d", from, to, phase).isLessThanOrEqualTo(15);
        }
      }
    }
  }

  @Test
  void oneMistakenLookChangesNothing() {
    for (int i = 0; i < 42; i++) {
      see(0, 0, 0);
    }
    List<Selection> after = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      after.add(see(i == 4 ? 1 : 0, 0, 0)); // the look falls on the last
    }
    assertThat(after.get(4).observed().get(Weather.RAIN)).isEqualTo(1.0);
    for (int i = 0; i < 30; i++) {
      after.add(see(0, 0, 0));
    }
    assertThat(after).allMatch(selection -> selection.weathers().isEmpty());
  }

  @Test
  void aChoiceLastsTheMinimumDwell() {
    for (int i = 0; i < 41; i++) {
      see(0, 0, 0);
    }
    framesUntil(List.of(Weather.RAIN), 1, 0, 0);
    int kept = framesUntil(List.of(), 0, 0, 0);
    assertThat(kept).isGreaterThanOrEqualTo(10).isLessThanOrEqualTo(15);
  }

  @Test
  void noisyProbabilitiesAroundTheTruthDoNotMakeItFlicker() {
    Random random = new Random(4);
    int changes = 0;
    List<Weather> before = see(0.9, 0.1, 0.1).weathers();
    for (int i = 0; i < 1000; i++) {
      double noise = 0.45 * random.nextDouble();
      List<Weather> chosen = see(0.9 - noise, 0.35 * random.nextDouble(), 0.1).weathers();
      changes += chosen.equals(before) ? 0 : 1;
      before = chosen;
    }
    assertThat(changes).isZero();
    assertThat(before).containsExactly(Weather.RAIN);
  }

  /** In the long run no more than two looks for five frames, however undecided the network is. */
  @Test
  void doubtCostsALookForEachRegularOne() {
    int looks = 0;
    for (int i = 0; i < 500; i++) {
      looks += see(0.5, 0.5, 0.5).reason() == HELD ? 0 : 1;
    }
    assertThat(looks).isBetween(150, 203);
  }

  @Test
  void withSignalsAChangeIsFollowedWithinFiveFrames() {
    for (int phase = 0; phase < 5; phase++) {
      selector.restart();
      selector.signals(VehicleSignals.builder().wiper(0).rainSensor(0).temperature(9).build());
      for (int i = 0; i < 60 + phase; i++) {
        see(0.02, 0.02, 0.02);
      }
      selector.signals(VehicleSignals.builder().wiper(2).rainSensor(0.6).build());
      assertThat(framesUntil(List.of(Weather.RAIN), 0.97, 0.02, 0.02)).isLessThanOrEqualTo(5);
      for (int i = 0; i < 60; i++) {
        see(0.97, 0.02, 0.02);
      }
      selector.signals(VehicleSignals.builder().wiper(0).rainSensor(0).build());
      assertThat(framesUntil(List.of(), 0.02, 0.02, 0.02)).isLessThanOrEqualTo(5);
    }
  }

  @Test
  void signalsDecideWhatTheNetworkLeavesOpenUntilTheyAreStale() {
    see(0.5, 0.02, 0.02);
    selector.restart();
    selector.signals(VehicleSignals.builder().wiper(3).rainSensor(1).build());
    assertThat(see(0.5, 0.02, 0.02).weathers()).containsExactly(Weather.RAIN);
    now += VehicleSignals.HALF_LIFE.multipliedBy(20).toNanos();
    selector.restart();
    assertThat(see(0.45, 0.02, 0.02).weathers()).isEmpty();
  }

  @Test
  void inTheWarmthItDoesNotSnow() {
    selector.signals(VehicleSignals.builder().temperature(20).build());
    for (int i = 0; i < 30; i++) {
      assertThat(see(0.02, 0.02, 0.98).weathers()).doesNotContain(Weather.SNOW);
    }
  }

  /** Where one gives way to the other there is a moment when either may be there; both never. */
  @Test
  void oneWeatherAfterAnotherIsNotTakenForBothAtOnce() {
    Random random = new Random(6);
    for (int round = 0; round < 60; round++) {
      selector.restart();
      for (int i = 0; i < 30 + round % 5; i++) {
        see(0.05, 0.95, 0.05);
      }
      for (int i = 0; i < 20; i++) {
        double rain = 0.95 - 0.3 * random.nextDouble();
        double raindrop = 0.05 + 0.3 * random.nextDouble();
        assertThat(see(rain, raindrop, 0.05).weathers()).as("round %d", round).hasSize(1);
      }
    }
  }

  @Test
  void aSignalOfAnyAgeCountsForNothing() {
    SignalEvidence evidence = new SignalEvidence(List.of("rain"), new int[] {0, 1});
    Duration ever = ChronoUnit.FOREVER.getDuration();
    assertThat(evidence.enter(VehicleSignals.builder().wiper(3, ever).build(), now)).isFalse();
    assertThat(evidence.at(now)).containsExactly(0, 0);
    assertThat(evidence.at(now + TimeUnit.DAYS.toNanos(365))).containsExactly(0, 0);
  }

  @Test
  void aFailedLookKeepsTheChoiceUntilTheNextRegularOne() {
    for (int i = 0; i < 10; i++) {
      see(1, 0, 0);
    }
    Mat breaking = SelectorBundle.breaking(1);
    List<SelectionReason> reasons = new ArrayList<>();
    for (int i = 0; i < 14; i++) {
      if (i == 12) {
        selector.signals(VehicleSignals.builder().wiper(3).rainSensor(1).build());
      }
      Selection selection = selector.select(breaking);
      assertThat(selection.weathers()).containsExactly(Weather.RAIN);
      reasons.add(selection.reason());
    }
    assertThat(reasons)
        .as("regular looks, and one after the signal")
        .containsExactly(
            LOOK_FAILED,
            HELD,
            HELD,
            HELD,
            HELD,
            LOOK_FAILED,
            HELD,
            HELD,
            HELD,
            HELD,
            LOOK_FAILED,
            HELD,
            LOOK_FAILED,
            HELD);
    reasons.clear();
    for (int i = 0; i < 4; i++) {
      reasons.add(see(1, 0, 0).reason());
    }
    assertThat(reasons).containsExactly(HELD, HELD, HELD, CONFIRMED);
    breaking.release();
  }

  @Test
  void aChangeIsSaidOnItsFrame() {
    for (int i = 0; i < 20; i++) {
      see(0, 0, 0);
    }
    List<SelectionReason> reasons = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      reasons.add(see(0, 0, 1).reason());
    }
    assertThat(reasons).containsOnlyOnce(CHANGED);
  }
}
