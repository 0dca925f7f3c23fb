package io.deweather.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.deweather.BundleManifest;
import io.deweather.OnnxRestorer;
import io.deweather.OpenCv;
import io.deweather.Weather;
import io.deweather.models.weather.WeatherSequence;
import io.deweather.models.weather.WeatherSynthesis.Pair;
import io.deweather.samples.scene.RoadScene;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opencv.core.Core;
import org.opencv.core.Mat;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/** What the bundles of this repository do to the demo's scene. */
@Tag("slow")
class ShippedBundleTest {
  private static final Path ZOO = Path.of("..", "models", "zoo");
  private static final Path BUNDLE = ZOO.resolve("edge");

  /** More than this process can have come to hold, whichever tests ran in it before. */
  private static final long AMPLE = 16L << 30;

  private final CapturedTerminal terminal = new CapturedTerminal();
  @TempDir Path folder;

  @BeforeAll
  static void requireBundle() {
    assumeTrue(Files.exists(BUNDLE.resolve(BundleManifest.FILE_NAME)), "no bundle is shipped yet");
    OpenCv.load();
  }

  @ParameterizedTest
  @ValueSource(strings = {"edge", "quality"})
  void passesItsVerification(String name) {
    assertThat(terminal.run("verify", ZOO.resolve(name))).as(terminal.err()).isZero();
  }

  @Test
  void inHalfPrecisionItTakesAtMostSixTenthsWithItsSelector() throws Exception {
    Path half = folder.resolve("half");
    assertThat(terminal.run("convert", "--from", BUNDLE, "--precision", "fp16", "--out", half))
        .as(terminal.err())
        .isZero();

    assertThat((double) bytes(half) / bytes(BUNDLE)).isLessThanOrEqualTo(0.6);
  }

  private static long bytes(Path bundle) throws Exception {
    CapturedTerminal inspecting = new CapturedTerminal();
    assertThat(inspecting.run("inspect", bundle, "--json", "-")).isZero();
    return new JsonMapper().readTree(inspecting.out()).get("bytes").asLong();
  }

  @ParameterizedTest
  @CsvSource({"edge, 0.7", "quality, 2.5"})
  void isHardlyLargerThanOneCopyOfItsWeights(String name, double most) throws Exception {
    assertThat(terminal.run("inspect", ZOO.resolve(name), "--json", "-")).isZero();

    JsonNode summary = new JsonMapper().readTree(terminal.out());
    assertThat(summary.get("weights_ratio").asDouble()).isLessThanOrEqualTo(1.15);
    assertThat(summary.get("macs_per_256").asLong()).isLessThanOrEqualTo((long) (most * 1e9));
  }

  /** The drawn road's rain is mostly veil, of which a single frame does not tell how much it is. */
  @ParameterizedTest
  @CsvSource({"rain, 0.5, 2", "raindrop, 3, 2.5", "snow, 3, 2"})
  void eachViewGainsOnItsOwnWeatherAndIsTheBestForIt(
      String weather, double leastGain, double leastGainOfDetail) throws Exception {
    Path input = Files.createDirectory(folder.resolve("input"));
    Path truth = Files.createDirectory(folder.resolve("truth"));
    try (RoadScene scene = new RoadScene(640, 360)) {
      Mat frame = new Mat();
      scene.draw(0, frame);
      WeatherSequence spell = SceneWeather.spell(new Weather(weather), frame, RoadScene.FRAME_RATE);
      for (int i = 0; i < 3; i++) {
        scene.draw(20 * i, frame);
        try (Pair pair = spell.degrade(frame, 20 * i)) {
          Media.write(pair.degraded(), input.resolve(i + ".png"));
          Media.write(pair.clean(), truth.resolve(i + ".png"));
        }
      }
    }

    int code =
        terminal.run(
            "evaluate",
            "--input",
            input,
            "--truth",
            truth,
            "--weather",
            weather,
            "--bundle",
            BUNDLE,
            "--all-views",
            "--json",
            "-");

    assertThat(code).as(terminal.err()).isZero();
    JsonNode result = new JsonMapper().readTree(terminal.out());
    JsonNode before = result.get("mean").get("input");
    JsonNode after = result.get("mean").get("restored");
    assertThat(gain(before, after, "psnr")).isGreaterThan(leastGain);
    assertThat(gain(before, after, "psnr_detail")).isGreaterThan(leastGainOfDetail);
    // By SSIM: by PSNR a view that leaves more of an even veil can come out ahead.
    double similarity = after.get("ssim").asDouble();
    for (JsonNode view : result.get("views")) {
      assertThat(similarity).isGreaterThanOrEqualTo(view.get("ssim").asDouble());
    }
  }

  private static double gain(JsonNode before, JsonNode after, String measure) {
    return after.get(measure).asDouble() - before.get(measure).asDouble();
  }

  /** Leaves fewer bytes a pixel than the network takes: 65 to 100, and twice as many. */
  @ParameterizedTest
  @CsvSource({
    "edge, rain, 60, 128",
    "edge, raindrop, 60, 128",
    "edge, snow, 60, 128",
    "quality, rain, 110, 255",
    "quality, raindrop, 110, 255"
  })
  void aFrameInTilesIsThatOfTheWholeFrameToOneGreyLevel(
      String name, String weather, int left, long most) {
    Path bundle = ZOO.resolve(name);
    Mat frame = new Mat();
    try (RoadScene scene = new RoadScene(1920, 1080)) {
      scene.draw(0, frame);
      WeatherSequence spell = SceneWeather.spell(new Weather(weather), frame, RoadScene.FRAME_RATE);
      try (Pair pair = spell.degrade(frame, 0)) {
        pair.degraded().copyTo(frame);
      }
    }
    Mat whole = new Mat();
    try (OnnxRestorer restorer = OnnxRestorer.builder(bundle).memoryLimit(AMPLE).open()) {
      restorer.restore(frame, whole, new Weather(weather));
      assertThat(restorer.health().memory().perPixel()).isZero();
    }
    Mat tiled = new Mat();
    try (OnnxRestorer restorer =
        OnnxRestorer.builder(bundle).memoryLimit(limit(bundle, frame, left)).open()) {
      restorer.restore(frame, tiled, new Weather(weather));
      assertThat(restorer.health().memory().perPixel()).isBetween(48L, most);
    }
    assertThat(Core.norm(whole, tiled, Core.NORM_INF)).isLessThanOrEqualTo(1);
    assertThat(Core.norm(whole, frame, Core.NORM_INF)).isGreaterThan(16);
  }

  @Test
  void theProcessStaysWithinTheLimitWhileSizesChange() {
    List<Mat> frames = new ArrayList<>();
    Mat drawn = new Mat();
    try (RoadScene scene = new RoadScene(640, 360)) {
      scene.draw(0, drawn);
    }
    for (int times : new int[] {2, 3, 6}) {
      Mat frame = new Mat();
      Imgproc.resize(drawn, frame, new Size(), times, times, Imgproc.INTER_LINEAR);
      frames.add(frame);
    }
    long limit;
    try (OnnxRestorer restorer = OnnxRestorer.open(BUNDLE)) {
      limit = settled(restorer) + (380L << 20);
    }
    Mat restored = new Mat();
    try (OnnxRestorer restorer = OnnxRestorer.builder(BUNDLE).memoryLimit(limit).open()) {
      for (int i = 0; i < 4; i++) {
        for (Mat frame : frames) {
          restorer.restore(frame, restored, Weather.RAIN);
          assertThat(restorer.health().memory().resident())
              .as("round %d, %s", i, frame.size())
              .isLessThanOrEqualTo(limit);
          restored.release();
        }
      }
      // What came to be resident between two measurements is not the network's.
      assertThat(restorer.health().memory().perPixel()).isBetween(48L, 128L);
    }
  }

  /** Leaves so many bytes a pixel. */
  private static long limit(Path bundle, Mat frame, int left) {
    try (OnnxRestorer restorer = OnnxRestorer.open(bundle)) {
      return settled(restorer) + (3 + left) * frame.total() + (16L << 20);
    }
  }

  /** Resident memory, once the frames drawn before are freed: else there would be room for more. */
  private static long settled(OnnxRestorer restorer) {
    long before;
    long now = Long.MAX_VALUE;
    do {
      before = now;
      System.gc();
      LockSupport.parkNanos(50_000_000);
      Pointer.trimMemory();
      now = restorer.health().memory().resident();
    } while (now < before - (1 << 20));
    return now;
  }
}
