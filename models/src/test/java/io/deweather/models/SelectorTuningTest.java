package io.deweather.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.deweather.OpenCv;
import io.deweather.Weather;
import io.deweather.converter.Network;
import io.deweather.converter.SelectorGraph;
import io.deweather.models.Examples.Position;
import io.deweather.models.SelectorLooks.Looks;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.imgcodecs.Imgcodecs;

class SelectorTuningTest {
  private static final List<Weather> WEATHERS = List.of(Weather.RAINDROP);

  /** The mean of a frame by day is above, of one that {@link Nightfall} made below. */
  private static final double DUSK = 90;

  @TempDir Path folder;
  private Photographs photographs;

  @BeforeEach
  void drawPictures() {
    OpenCv.load();
    torch.set_num_threads(1);
    for (int i = 0; i < 2; i++) {
      Mat picture = new Mat(270, 480, CvType.CV_8UC3);
      Core.randu(picture, 80, 120);
      Imgcodecs.imwrite(folder.resolve(i + ".png").toString(), picture);
    }
    photographs = Photographs.read(List.of(folder), 200);
  }

  @Test
  void theSameSeedGivesTheSameFramesOnAnyNumberOfThreads() {
    List<Looks> one = frames(1, 12);
    List<Looks> three = frames(3, 12);
    for (int i = 0; i < one.size(); i++) {
      assertThat(three.get(i).pixels()).isEqualTo(one.get(i).pixels());
      assertThat(three.get(i).labels()).isEqualTo(one.get(i).labels());
      assertThat(three.get(i).weights()).isEqualTo(one.get(i).weights());
    }
  }

  @Test
  void aFrameIsAllItsLooksInBytes() {
    List<Looks> frames = frames(2, 40);
    assertThat(frames)
        .allSatisfy(
            frame ->
                assertThat(frame.pixels())
                    .hasSize(SelectorGraph.LOOKS * SelectorLooks.HEIGHT * SelectorLooks.WIDTH * 3));
    long clear = frames.stream().filter(frame -> frame.labels()[0] == 0).count();
    assertThat(clear).isBetween(8L, 32L);
    List<double[]> byDay =
        frames.stream()
            .filter(frame -> frame.labels()[0] == 0 && frame.weights()[0] > 0)
            .map(SelectorTuningTest::means)
            .filter(means -> Arrays.stream(means).average().orElseThrow() > DUSK)
            .toList();
    assertThat(byDay).hasSizeGreaterThan(5);
    // Every look is one of the same even noise, whichever way it was cut.
    assertThat(byDay)
        .allSatisfy(
            means ->
                assertThat(Arrays.stream(means).max().orElseThrow())
                    .isLessThan(1.35 * Arrays.stream(means).min().orElseThrow() + 3));
  }

  @Test
  void detectorAndHeadLearnTogether() {
    Network trunk = SelectorNetworks.trunk(SelectorNetworks.detector(1, 5), 1);
    Network head = SelectorNetworks.head(1, 6);
    int features = SelectorNetworks.features(1);
    float[] means = new float[features];
    float[] deviations = new float[features];
    Arrays.fill(deviations, 1);
    SelectorTuner tuner =
        new SelectorTuner(trunk, new SelectorGraph.Scaling(means, deviations), head, 1, 7);
    List<Looks> same = frames(2, 8);
    double before = tuner.loss(same);
    for (int step = 0; step < 12; step++) {
      try (SelectorLooks again = looks(2)) {
        tuner.step(again, 1e-3);
      }
    }
    assertThat(tuner.loss(same)).isLessThan(0.8 * before);
    assertThat(changed(trunk, tuner.trunk().averaged())).isEqualTo(trunk.parameters().size());
    assertThat(changed(head, tuner.head().averaged())).isEqualTo(head.parameters().size());
  }

  private static long changed(Network before, Network after) {
    return before.parameters().values().stream()
        .filter(p -> !Arrays.equals(p.values(), after.parameters().get(p.name()).values()))
        .count();
  }

  private static double[] means(Looks frame) {
    int length = frame.pixels().length / SelectorGraph.LOOKS;
    double[] means = new double[SelectorGraph.LOOKS];
    for (int i = 0; i < frame.pixels().length; i++) {
      means[i / length] += (frame.pixels()[i] & 0xff) / (double) length;
    }
    return means;
  }

  private List<Looks> frames(int threads, int count) {
    try (SelectorLooks looks = looks(threads)) {
      return looks.next(count);
    }
  }

  private SelectorLooks looks(int threads) {
    return new SelectorLooks(
        new SelectorFrames(photographs, WEATHERS, 11, 0), Position.START, threads);
  }
}
