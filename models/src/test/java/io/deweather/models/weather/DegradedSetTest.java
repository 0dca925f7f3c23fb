package io.deweather.models.weather;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deweather.DeweatherException;
import io.deweather.Weather;
import io.deweather.models.weather.WeatherSynthesis.Severity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.Mat;
import org.opencv.imgcodecs.Imgcodecs;

class DegradedSetTest {
  private static final DegradedSet RAIN =
      new DegradedSet(Weather.RAIN, Severity.MEDIUM, 7, DegradedSet.DEFAULT_MAX_SIDE);

  @TempDir Path folder;

  @Test
  void writesPairsOfTheSameNameAndTellsOfEach() throws IOException {
    Path clean = photographs("b.jpg", "a.png");
    Files.writeString(clean.resolve("notes.txt"), "no picture");
    Path out = folder.resolve("deep/out");
    List<String> told = new ArrayList<>();

    int written =
        RAIN.write(clean, out, (done, total, file) -> told.add(done + "/" + total + " " + file));

    assertThat(written).isEqualTo(2);
    assertThat(names(out.resolve("input"))).containsExactly("a.png", "b.png");
    assertThat(names(out.resolve("truth"))).containsExactly("a.png", "b.png");
    assertThat(told)
        .containsExactly("1/2 " + out.resolve("input/a.png"), "2/2 " + out.resolve("input/b.png"));
  }

  @Test
  void makesOnePairWhateverElseIsInTheFolder() throws IOException {
    Path clean = photographs("a.png", "b.png");
    RAIN.write(clean, folder.resolve("both"), (done, total, file) -> {});
    Files.delete(clean.resolve("a.png"));
    RAIN.write(clean, folder.resolve("one"), (done, total, file) -> {});

    for (String part : List.of("input/b.png", "truth/b.png")) {
      assertThat(folder.resolve("one").resolve(part))
          .hasSameBinaryContentAs(folder.resolve("both").resolve(part));
    }
  }

  @Test
  void givesFilesOfOneFolderDifferentWeather() {
    Mat road = Drawing.road(128, 96, 1);
    assertThat(Drawing.same(RAIN.degrade(road, "a").degraded(), RAIN.degrade(road, "b").degraded()))
        .isFalse();
  }

  @Test
  void reducesLargePicturesToTheLongerSideAskedFor() throws IOException {
    Path clean = photographs("a.png");
    Path out = folder.resolve("out");
    new DegradedSet(Weather.SNOW, Severity.ANY, 1, 100).write(clean, out, (d, t, f) -> {});

    Mat truth = Imgcodecs.imread(out.resolve("truth/a.png").toString());
    assertThat(truth.size().toString()).isEqualTo("100x75");
  }

  @Test
  void refusesWhatItCannotWriteOnePairEachFor() throws IOException {
    Path clean = photographs("a.png", "a.jpg");
    Path out = folder.resolve("out");

    assertThatThrownBy(() -> RAIN.write(clean, out, (d, t, f) -> {}))
        .isInstanceOf(DeweatherException.class)
        .hasMessageContaining("must differ in more than the extension")
        .hasMessageContaining("a.jpg")
        .hasMessageContaining("a.png");
    assertThatThrownBy(() -> RAIN.write(folder.resolve("none"), out, (d, t, f) -> {}))
        .isInstanceOf(DeweatherException.class)
        .hasMessageContaining(folder.resolve("none").toString());
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertThatThrownBy(() -> RAIN.write(empty, out, (d, t, f) -> {}))
        .isInstanceOf(DeweatherException.class)
        .hasMessageStartingWith("no picture (");
    Files.writeString(empty.resolve("broken.png"), "not a picture");
    assertThatThrownBy(() -> RAIN.write(empty, out, (d, t, f) -> {}))
        .isInstanceOf(DeweatherException.class)
        .hasMessage(
            "cannot read picture %s; 1 of 1 pictures are left out", empty.resolve("broken.png"));
  }

  @Test
  void whatCannotBeReadOrIsTooSmallDoesNotKeepTheOthersFromBeingWritten() throws IOException {
    Path clean = photographs("b.png", "d.png");
    Files.writeString(clean.resolve("a.png"), "not a picture");
    Imgcodecs.imwrite(clean.resolve("c.png").toString(), Drawing.road(1000, 2, 1));
    Path out = folder.resolve("out");

    assertThatThrownBy(() -> RAIN.write(clean, out, (d, t, f) -> {}))
        .isInstanceOf(DeweatherException.class)
        .hasMessage("cannot read picture %s; 2 of 4 pictures are left out", clean.resolve("a.png"));
    for (String kind : new String[] {"input", "truth"}) {
      assertThat(out.resolve(kind).toFile().list()).containsExactlyInAnyOrder("b.png", "d.png");
    }
  }

  private Path photographs(String... names) throws IOException {
    Path clean = Files.createDirectories(folder.resolve("clean"));
    for (int i = 0; i < names.length; i++) {
      Imgcodecs.imwrite(clean.resolve(names[i]).toString(), Drawing.road(160, 120, i));
    }
    return clean;
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
