package io.deweather.samples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.deweather.OpenCv;
import io.deweather.samples.scene.RoadScene;
import io.deweather.video.FrameSource;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.Mat;

class DemoAndSynthesizeTest {
  private final CapturedTerminal terminal = new CapturedTerminal();
  @TempDir Path folder;

  @BeforeAll
  static void load() {
    OpenCv.load();
  }

  @Test
  void theDemoWritesClipsPictureAndScores() throws Exception {
    Path bundle = TestBundle.write(folder.resolve("bundle"));
    Path output = folder.resolve("demo");
    Path sheet = output.resolve("sheet.jpg");

    int code =
        terminal.run(
            "demo", "-o", output, "--seconds", "0.2", "--sheet", sheet, "--bundle", bundle);

    assertThat(terminal.err()).doesNotContain("deweather:");
    assertThat(code).isZero();
    JsonNode scores = new JsonMapper().readTree(output.resolve("scores.json").toFile());
    assertThat(scores.get("frames").asInt()).isEqualTo(15);
    assertThat(scores.get("weathers").fieldNames())
        .toIterable()
        .containsExactly("rain", "raindrop", "snow");
    for (JsonNode weather : scores.get("weathers")) {
      // The bundle of the test takes nothing off: what was put on shows in both.
      assertThat(weather.get("input").get("psnr").asDouble()).isBetween(15.0, 25.0);
      assertThat(weather.get("restored")).isEqualTo(weather.get("input"));
    }
    assertSize(output.resolve("side-by-side.png"), 1280, 1080);
    assertSize(sheet, 3 * 430, 3 * 266);
    assertThat(Files.size(sheet)).isLessThan(300_000);
    assertSize(output.resolve("side-by-side.mp4"), 1280, 360);
    assertSize(output.resolve("restored.mp4"), 640, 360);
    assertThat(terminal.out()).contains(output.resolve("restored.mp4").toString());
  }

  @Test
  void pairsOfTheSameSeedAreTheSame() throws Exception {
    Path clean = cleanRoad();
    for (String out : new String[] {"first", "second"}) {
      int code =
          terminal.run(
              "synthesize",
              "--clean",
              clean,
              "--weather",
              "snow",
              "--seed",
              5,
              "--out",
              folder.resolve(out));
      assertThat(terminal.err()).doesNotContain("deweather:");
      assertThat(code).isZero();
    }

    assertThat(folder.resolve("first/input/road.png"))
        .hasSameBinaryContentAs(folder.resolve("second/input/road.png"));
    assertThat(folder.resolve("first/truth/road.png")).exists();
  }

  @Test
  void aClipBecomesTwoInStep() throws Exception {
    Path clip = TestClips.drive(folder.resolve("drive.mp4"), 160, 96, 10, 7);
    Path out = folder.resolve("snowy");

    int code = terminal.run("synthesize", "--clean", clip, "--weather", "snow", "--out", out);

    assertThat(code).as(terminal.err()).isZero();
    assertThat(terminal.out()).contains("7 frames of snow");
    for (String name : new String[] {"input.mp4", "truth.mp4"}) {
      assertSize(out.resolve(name), 160, 96);
      assertThat(TestClips.frames(out.resolve(name))).isEqualTo(7);
    }
  }

  @Test
  void foldersOnTheWayToPairsAreMade() throws Exception {
    Path clean = cleanRoad();
    Path out = folder.resolve("bench/deep/rain");
    assertThat(synthesizeRain(clean, out)).isZero();
    assertThat(out.resolve("input/road.png")).isRegularFile();

    Path file = out.resolve("truth/road.png");
    assertThat(synthesizeRain(clean, file.resolve("below"))).isEqualTo(1);
    assertThat(terminal.err()).contains("deweather: " + file + " is a file; a folder is expected");
  }

  /** A folder with one clean picture. */
  private Path cleanRoad() throws Exception {
    Path clean = Files.createDirectory(folder.resolve("clean"));
    try (RoadScene scene = new RoadScene(160, 96)) {
      Mat frame = new Mat();
      scene.draw(0, frame);
      Media.write(frame, clean.resolve("road.png"));
    }
    return clean;
  }

  private int synthesizeRain(Path clean, Path out) throws Exception {
    return terminal.run("synthesize", "--clean", clean, "--weather", "rain", "--out", out);
  }

  @Test
  void unknownWeatherAndSeverityNameTheirOption() {
    assertThat(terminal.run("synthesize", "--clean", folder, "--out", folder, "--weather", "fog"))
        .isEqualTo(2);
    assertThat(terminal.err()).startsWith("deweather: --weather (fog) must be one of");

    CapturedTerminal second = new CapturedTerminal();
    int code =
        second.run(
            "synthesize",
            "--clean",
            folder,
            "--out",
            folder,
            "--weather",
            "rain",
            "--severity",
            "mild");
    assertThat(code).isEqualTo(2);
    assertThat(second.err())
        .isEqualToIgnoringNewLines(
            "deweather: --severity (mild) must be one of light, medium, heavy, any");
  }

  private static void assertSize(Path file, int width, int height) {
    try (FrameSource source = FrameSource.open(file)) {
      Mat frame = new Mat();
      source.read(frame).orElseThrow();
      assertThat(frame.cols()).isEqualTo(width);
      assertThat(frame.rows()).isEqualTo(height);
    }
  }
}
