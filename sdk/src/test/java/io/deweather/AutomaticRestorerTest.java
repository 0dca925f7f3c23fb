package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deweather.WeatherSelector.Selection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.Core;
import org.opencv.core.Mat;

/** The bundle's selector in a restorer, with real sessions for selector and views. */
@Timeout(120)
class AutomaticRestorerTest {
  @TempDir private Path temporary;

  private OnnxRestorer.Builder builder() {
    return OnnxRestorer.builder(SelectorBundle.writeTo(temporary.resolve("bundle")));
  }

  private static Mat restored(OnnxRestorer restorer, Mat frame, Weather... weathers) {
    Mat result = frame;
    for (Weather weather : weathers) {
      Mat next = new Mat();
      restorer.restore(result, next, weather);
      result = next;
    }
    return result;
  }

  @Test
  void choosesByDefaultWhereTheBundleHasASelector() {
    try (OnnxRestorer restorer = builder().open()) {
      Mat snow = SelectorBundle.frame(1, 0, 0, 1);
      Restored restored = restorer.restore(snow);
      assertThat(restored.weather()).isEqualTo(Weather.SNOW);
      assertThat(restored.selection().reason()).isEqualTo(SelectionReason.FIRST);
      assertThat(restored.selection().probabilities())
          .containsOnlyKeys(Weather.CLEAR, Weather.RAIN, Weather.RAINDROP, Weather.SNOW);
      assertThat(restored.confidence()).isGreaterThan(0.9);
      assertThat(TestFrames.difference(restored.image(), restored(restorer, snow, Weather.SNOW)))
          .isZero();
      Mat clear = SelectorBundle.frame(2, 0, 0, 0);
      assertThat(restorer.stream("other").restore(clear).image()).isSameAs(clear);
      Health.Selector selector = restorer.health().selector();
      assertThat(selector.ready()).isTrue();
      assertThat(selector.detail()).isEqualTo("looks at one frame in 5");
      assertThat(selector.looks()).isEqualTo(2);
      assertThat(selector.look()).isPositive();
    }
  }

  @Test
  void everyStreamHasABeliefOfItsOwn() {
    try (OnnxRestorer restorer = builder().open()) {
      for (int i = 0; i < 20; i++) {
        Mat rain = SelectorBundle.frame(i, 1, 0, 0);
        Mat snow = SelectorBundle.frame(i, 0, 0, 1);
        assertThat(restorer.stream("front").restore(rain).weather()).isEqualTo(Weather.RAIN);
        assertThat(restorer.stream("rear").restore(snow).weather()).isEqualTo(Weather.SNOW);
      }
    }
  }

  @Test
  void twoWeathersAreRemovedOneAfterTheOtherDropsFirst() {
    try (OnnxRestorer restorer = builder().open()) {
      Mat frame = SelectorBundle.frame(3, 1, 1, 0);
      Restored restored = restorer.restore(frame);
      assertThat(restored.selection().weathers()).containsExactly(Weather.RAINDROP, Weather.RAIN);
      assertThat(restored.status()).isEqualTo(FrameStatus.OK);
      Mat both = restored(restorer, frame, Weather.RAINDROP, Weather.RAIN);
      Mat otherOrder = restored(restorer, frame, Weather.RAIN, Weather.RAINDROP);
      assertThat(TestFrames.difference(restored.image(), both)).isZero();
      assertThat(TestFrames.difference(restored.image(), otherOrder)).isPositive();
    }
  }

  @Test
  void aChangeFadesOverSixFramesQuicklyAtFirst() {
    try (OnnxRestorer restorer = builder().selectorEvery(1).open()) {
      for (int i = 0; i < 12; i++) {
        restorer.restore(SelectorBundle.frame(i, 0, 0, 0));
      }
      Mat rain = SelectorBundle.frame(100, 1, 0, 0);
      Mat corrected = restored(restorer, rain, Weather.RAIN);
      double full = TestFrames.difference(rain, corrected);
      List<Double> shares = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        Restored restored = restorer.restore(rain);
        if (restored.weather().equals(Weather.RAIN)) {
          shares.add(TestFrames.difference(rain, restored.image()) / full);
        }
      }
      for (int i = 0; i < shares.size(); i++) {
        double expected = i >= 6 ? 1 : 1 - Math.pow(1 - (i + 1) / 7.0, 2);
        assertThat(shares.get(i)).isBetween(expected - 0.03, expected + 0.03);
      }
      assertThat(shares).hasSizeGreaterThanOrEqualTo(7);
    }
  }

  @Test
  void fadesFromOneViewToAnotherAndOutToTheFrameItself() {
    List<Weather> order = new ArrayList<>();
    try (OnnxRestorer restorer =
        OnnxRestorer.builder(GoldenBundle.path())
            .selector(frame -> new Selection(order.get(0), 1))
            .fade(3)
            .open()) {
      Mat frame = TestFrames.noise(48, 64, 5);
      Mat rain = restored(restorer, frame, Weather.RAIN);
      Mat snow = restored(restorer, frame, Weather.SNOW);
      order.add(Weather.RAIN);
      assertThat(TestFrames.difference(restorer.restore(frame).image(), rain)).isZero();
      order.set(0, Weather.SNOW);
      for (double share : new double[] {0.4375, 0.75, 0.9375, 1}) {
        Mat expected = new Mat();
        Core.addWeighted(rain, 1 - share, snow, share, 0, expected);
        assertThat(TestFrames.difference(restorer.restore(frame).image(), expected)).isZero();
      }
      order.set(0, Weather.CLEAR);
      for (double share : new double[] {0.4375, 0.75, 0.9375}) {
        Mat expected = new Mat();
        Core.addWeighted(frame, share, snow, 1 - share, 0, expected);
        Restored faded = restorer.restore(frame);
        assertThat(faded.weather()).isEqualTo(Weather.CLEAR);
        assertThat(TestFrames.difference(faded.image(), expected)).isZero();
      }
      assertThat(restorer.restore(frame).image()).isSameAs(frame);
    }
  }

  @Test
  void fadingIntoTheFrameItselfReadsItBeforeItIsWritten() {
    List<Weather> order = new ArrayList<>(List.of(Weather.CLEAR));
    try (OnnxRestorer restorer =
        OnnxRestorer.builder(GoldenBundle.path())
            .selector(frame -> new Selection(order.get(0), 1))
            .fade(1)
            .open()) {
      Mat frame = TestFrames.noise(48, 64, 6);
      restorer.restore(frame);
      order.set(0, Weather.SNOW);
      Mat snow = restored(restorer, frame, Weather.SNOW);
      Mat expected = new Mat();
      Core.addWeighted(frame, 0.25, snow, 0.75, 0, expected);
      assertThat(restorer.restore(frame, frame).image()).isSameAs(frame);
      assertThat(TestFrames.difference(frame, expected)).isZero();
    }
  }

  @Test
  void underADeadlineWithTimeForOneViewTheLikelierIsRemoved() {
    Selection both =
        new Selection(
            List.of(Weather.RAINDROP, Weather.RAIN),
            0.9,
            Map.of(Weather.RAINDROP, 0.91, Weather.RAIN, 0.95),
            Map.of(),
            SelectionReason.GIVEN);
    RemovalPlan plan = new RemovalPlan(0);
    Removal one = Removal.of(List.of(Weather.RAIN));
    Removal two = Removal.of(List.of(Weather.RAINDROP, Weather.RAIN));
    assertThat(plan.next(both, Deadline.none())).isEqualTo(two);
    Deadline ample = Deadline.in(Duration.ofSeconds(10));
    assertThat(plan.next(both, ample)).as("nothing is known yet").isEqualTo(one);
    plan = new RemovalPlan(0);
    plan.learn(one, FrameReason.NONE, Duration.ofSeconds(1).toNanos());
    assertThat(plan.next(both, ample)).isEqualTo(two);
    assertThat(plan.next(both, Deadline.in(Duration.ofSeconds(2)))).isEqualTo(one);
    for (int i = 0; i < 49; i++) {
      assertThat(plan.next(both, ample)).as("steadily").isEqualTo(one);
    }
    assertThat(plan.next(both, ample)).isEqualTo(two);
  }

  @Test
  void aChoiceThatFlipsBackRunsItsViewOnce() {
    Selection rain = new Selection(Weather.RAIN, 0.9);
    RemovalPlan plan = new RemovalPlan(60);
    assertThat(plan.next(rain, Deadline.none()).runs()).isEqualTo(1);
    for (int i = 0; i < 10; i++) {
      Removal fade = plan.next(new Selection(Weather.SNOW, 0.9), Deadline.none());
      assertThat(fade.runs()).as("frame %d of the fade", i).isEqualTo(2);
    }
    assertThat(plan.next(rain, Deadline.none())).isEqualTo(Removal.of(List.of(Weather.RAIN)));
  }

  @Test
  void whatADeadlineLeavesOutIsSaid() {
    try (OnnxRestorer restorer = builder().open()) {
      Restored first = restorer.restore(SelectorBundle.frame(3, 1, 1, 0), Duration.ofSeconds(30));
      assertThat(first.status()).isEqualTo(FrameStatus.DEGRADED);
      assertThat(first.reason()).isEqualTo(FrameReason.LIKELIER_ONLY);
      assertThat(first.selection().weathers()).hasSize(2);
    }
  }

  @Test
  void aBundleWithoutSelectorRefusesToChooseInOneLine() {
    assertThatThrownBy(() -> OnnxRestorer.builder(GoldenBundle.path()).automatic().open())
        .isInstanceOf(BundleException.class)
        .hasMessage(
            "bundle golden cannot choose the weather automatically: the bundle has no selector");
    try (OnnxRestorer restorer =
        OnnxRestorer.builder(GoldenBundle.path()).weather(Weather.RAIN).open()) {
      assertThat(restorer.health().selector())
          .isEqualTo(new Health.Selector(false, "the bundle has no selector", 0, Duration.ZERO));
      assertThat(restorer.toString()).endsWith("no selector: the bundle has no selector]");
    }
  }

  @Test
  void aSelectorOfTheWrongShapeLeavesAFixedWeatherAndSaysSo() {
    Path bundle = SelectorBundle.writeTo(temporary.resolve("bundle"), 5, 2);
    refusesToChoose(
        bundle,
        bundle.resolve("selector.onnx") + ": its output must be probabilities, float32 [1, 3]; ");
  }

  @Test
  void aSelectorOfAnotherNameOrNoGraphAtAllLeavesAFixedWeather() throws IOException {
    Path bundle = SelectorBundle.writeTo(temporary.resolve("bundle"));
    GoldenBundle.replace(bundle, SelectorBundle.FILE, SelectorBundle.model("odds", 3));
    refusesToChoose(bundle, bundle.resolve("selector.onnx") + ": its output must be probabilities");
    GoldenBundle.replace(
        bundle, SelectorBundle.FILE, Files.readAllBytes(bundle.resolve("rain.onnx")));
    refusesToChoose(
        bundle,
        bundle.resolve("selector.onnx") + ": a selector must hold all its weights itself; ");
  }

  private static void refusesToChoose(Path bundle, String why) {
    assertThatThrownBy(() -> OnnxRestorer.builder(bundle).automatic().open())
        .isInstanceOf(BundleException.class)
        .hasMessageStartingWith("bundle golden cannot choose the weather automatically: " + why);
    Mat frame = TestFrames.noise(48, 64, 1);
    try (OnnxRestorer restorer = OnnxRestorer.builder(bundle).weather(Weather.RAIN).open()) {
      assertThat(restorer.restore(frame).status()).isEqualTo(FrameStatus.OK);
      assertThat(restorer.health().selector().ready()).isFalse();
      assertThat(restorer.health().selector().detail()).startsWith(why);
    }
    try (OnnxRestorer restorer = OnnxRestorer.open(bundle)) {
      assertThatThrownBy(() -> restorer.restore(frame))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining(why);
    }
  }

  @Test
  void aDamagedSelectorIsRefusedLikeAnyFile() throws IOException {
    Path bundle = SelectorBundle.writeTo(temporary.resolve("bundle"));
    byte[] contents = Files.readAllBytes(bundle.resolve(SelectorBundle.FILE));
    contents[contents.length / 2] ^= 1;
    Files.write(bundle.resolve(SelectorBundle.FILE), contents);
    assertThatThrownBy(() -> OnnxRestorer.builder(bundle).weather(Weather.RAIN).open())
        .isInstanceOf(BundleException.class)
        .hasMessageStartingWith(bundle.resolve("selector.onnx") + " is damaged: its SHA-256 is ");
  }

  @Test
  void aSelectorThatFailsOnTheFirstFrameCostsThatFrameOnly() {
    try (OnnxRestorer restorer = builder().open()) {
      Restored failed = restorer.restore(SelectorBundle.breaking(1));
      assertThat(failed.reason()).isEqualTo(FrameReason.SELECTOR_FAILED);
      assertThat(restorer.restore(SelectorBundle.frame(2, 1, 0, 0)).weather())
          .isEqualTo(Weather.RAIN);
    }
  }

  @Test
  void classifyingSaysWhatRestoringWouldRemove() {
    try (OnnxRestorer restorer = builder().warmup(Warmup.ON_DEMAND).open()) {
      RestorationStream stream = restorer.stream("pictures");
      assertThat(stream.classify(SelectorBundle.frame(1, 0, 0, 1)).weather())
          .isEqualTo(Weather.SNOW);
      stream.restart();
      assertThat(stream.classify(SelectorBundle.frame(1, 1, 0, 0)).weather())
          .isEqualTo(Weather.RAIN);
      assertThat(restorer.health().views()).containsValue(Health.ViewState.NOT_LOADED);
    }
  }

  @Test
  void settingsThatExcludeEachOtherAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder().automatic().weather(Weather.RAIN))
        .withMessage("weather (rain) and automatic exclude each other");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> OnnxRestorer.builder(GoldenBundle.path()).weather(Weather.RAIN).automatic());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OnnxRestorer.builder(GoldenBundle.path()).fade(-1))
        .withMessage("fade (-1) must be at least 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OnnxRestorer.builder(GoldenBundle.path()).selectorEvery(0))
        .withMessage("selectorEvery (0) must be at least 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> VehicleSignals.builder().rainSensor(2).build())
        .withMessage("rainSensor (2.0) must be in [0, 1]");
  }
}
