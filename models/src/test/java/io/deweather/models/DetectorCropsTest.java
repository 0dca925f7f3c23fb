package io.deweather.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.deweather.OpenCv;
import io.deweather.Weather;
import io.deweather.models.DetectorCrops.Crop;
import io.deweather.models.Examples.Position;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.imgcodecs.Imgcodecs;

class DetectorCropsTest {
  private static final List<Weather> WEATHERS = List.of(Weather.RAIN, Weather.RAINDROP);
  private static final int CELLS = DetectorCrops.CELLS * DetectorCrops.CELLS;

  @TempDir Path folder;
  private Photographs photographs;

  @BeforeEach
  void drawPictures() {
    OpenCv.load();
    for (int i = 0; i < 2; i++) {
      Mat picture = new Mat(240, 320, CvType.CV_8UC3);
      Core.randu(picture, 60, 90);
      Imgcodecs.imwrite(folder.resolve(i + ".png").toString(), picture);
    }
    photographs = Photographs.read(List.of(folder), 200);
  }

  @Test
  void theSameSeedGivesTheSameCropsOnAnyNumberOfThreads() {
    List<Crop> one = crops(1, 12);
    List<Crop> three = crops(3, 12);
    for (int i = 0; i < one.size(); i++) {
      assertThat(three.get(i).pixels()).isEqualTo(one.get(i).pixels());
      assertThat(three.get(i).labels()).isEqualTo(one.get(i).labels());
      assertThat(three.get(i).weights()).isEqualTo(one.get(i).weights());
    }
  }

  @Test
  void someCropsAreClearSomeShowOneWeatherAndSomeBoth() {
    int clear = 0;
    int both = 0;
    int[] shown = new int[2];
    int unknown = 0;
    List<Crop> crops = crops(2, 120);
    for (Crop crop : crops) {
      boolean[] present = new boolean[2];
      for (int w = 0; w < 2; w++) {
        for (int i = w * CELLS; i < (w + 1) * CELLS; i++) {
          present[w] |= crop.labels()[i] > 0 && crop.weights()[i] > 0;
          unknown += crop.weights()[i] == 0 ? 1 : 0;
        }
        shown[w] += present[w] ? 1 : 0;
      }
      clear += present[0] || present[1] ? 0 : 1;
      both += present[0] && present[1] ? 1 : 0;
    }
    assertThat(clear).isBetween(20, 60);
    assertThat(both).isBetween(4, 40);
    assertThat(shown[0]).isGreaterThan(20);
    assertThat(shown[1]).isGreaterThan(20);
    assertThat(unknown).isBetween(1, crops.size() * 2 * CELLS / 3);
  }

  @Test
  void dropsOnTheLensAreFoundInSomeCellsOnly() {
    int partly = 0;
    for (Crop crop : crops(2, 60)) {
      float[] drops = Arrays.copyOfRange(crop.labels(), CELLS, 2 * CELLS);
      double share = 0;
      for (float label : drops) {
        share += label / CELLS;
      }
      partly += share > 0.02 && share < 0.9 ? 1 : 0;
    }
    assertThat(partly).isGreaterThan(10);
  }

  private List<Crop> crops(int threads, int count) {
    List<Crop> all = new ArrayList<>();
    try (DetectorCrops crops =
        new DetectorCrops(photographs, WEATHERS, 7, Position.START, threads)) {
      for (int i = 0; i < count; i++) {
        all.add(crops.next());
      }
    }
    return all;
  }
}
