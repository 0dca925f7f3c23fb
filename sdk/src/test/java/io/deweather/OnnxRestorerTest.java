package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import com.sun.management.ThreadMXBean;
import io.deweather.WeatherSelector.Selection;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Rect;
import org.opencv.core.Scalar;

class OnnxRestorerTest {
  private static OnnxRestorer restorer;

  @BeforeAll
  static void open() {
    restorer = OnnxRestorer.open(GoldenBundle.path());
  }

  @AfterAll
  static void close() {
    restorer.close();
  }

  /** The verifier loads the files by path, so ONNX Runtime itself resolves the external data. */
  @ParameterizedTest
  @CsvSource({"360,640", "16,16", "333,217", "17,401", "101,18"})
  void givesWhatABareSessionGives(int rows, int cols) throws Exception {
    Mat frame = TestFrames.noise(rows, cols, rows);
    byte[] before = TestFrames.bytes(frame);
    for (Weather weather : restorer.weathers()) {
      Mat restored = new Mat();
      restorer.restore(frame, restored, weather);
      assertThat(TestFrames.bytes(restored)).isEqualTo(bareSession(frame, weather));
    }
    assertThat(TestFrames.bytes(frame)).isEqualTo(before);
  }

  private static byte[] bareSession(Mat frame, Weather weather) throws Exception {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    byte[] pixels = TestFrames.bytes(frame);
    ByteBuffer input = ByteBuffer.allocateDirect(pixels.length).put(pixels).flip();
    long[] shape = {1, frame.rows(), frame.cols(), 3};
    String file = restorer.bundle().graph(weather).toString();
    try (var session = environment.createSession(file);
        var tensor = OnnxTensor.createTensor(environment, input, shape, OnnxJavaType.UINT8);
        var result = session.run(Map.of("frame", tensor))) {
      byte[] output = new byte[pixels.length];
      ((OnnxTensor) result.get("restored").orElseThrow()).getByteBuffer().get(output);
      return output;
    }
  }

  @Test
  void opensAndRestoresOnAThreadThatIsInterrupted() {
    Mat frame = TestFrames.noise(32, 48, 8);
    Thread.currentThread().interrupt();
    try (OnnxRestorer interrupted =
        OnnxRestorer.builder(GoldenBundle.path()).weather(Weather.RAIN).open()) {
      assertThat(interrupted.restore(frame).status()).isEqualTo(FrameStatus.OK);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void everyViewDiffersFromEveryOther() {
    Mat frame = TestFrames.noise(64, 96, 5);
    List<Mat> restored =
        restorer.weathers().stream()
            .map(
                weather -> {
                  Mat image = new Mat();
                  restorer.restore(frame, image, weather);
                  return image;
                })
            .toList();
    assertThat(TestFrames.difference(restored.get(0), restored.get(1))).isGreaterThan(5);
    assertThat(TestFrames.difference(restored.get(1), restored.get(2))).isGreaterThan(5);
    assertThat(TestFrames.difference(restored.get(2), restored.get(0))).isGreaterThan(5);
  }

  @Test
  void writesIntoTheDestinationsMemory() {
    Mat frame = TestFrames.noise(48, 64, 6);
    Mat destination = new Mat(48, 64, CvType.CV_8UC3);
    long address = destination.dataAddr();
    restorer.restore(frame, destination, Weather.RAIN);
    assertThat(destination.dataAddr()).isEqualTo(address);
    Mat other = new Mat(10, 10, CvType.CV_32F);
    restorer.restore(frame, other, Weather.RAIN);
    assertThat(TestFrames.bytes(other)).isEqualTo(TestFrames.bytes(destination));
  }

  @Test
  void takesAndFillsPartsOfLargerFrames() {
    Mat large = TestFrames.noise(100, 120, 7);
    Mat part = large.submat(new Rect(13, 21, 61, 43));
    Mat expected = restored(part.clone(), Weather.SNOW);
    assertThat(TestFrames.bytes(restored(part, Weather.SNOW)))
        .isEqualTo(TestFrames.bytes(expected));

    Mat canvas = new Mat(100, 120, CvType.CV_8UC3, new Scalar(9, 9, 9));
    Mat window = canvas.submat(new Rect(13, 21, 61, 43));
    restorer.restore(part, window, Weather.SNOW);
    assertThat(TestFrames.bytes(canvas.submat(new Rect(13, 21, 61, 43))))
        .isEqualTo(TestFrames.bytes(expected));
    assertThat(canvas.get(20, 13)).containsExactly(9, 9, 9);
    assertThat(canvas.get(21, 12)).containsExactly(9, 9, 9);
    assertThat(canvas.get(63, 74)).containsExactly(9, 9, 9);
  }

  @ParameterizedTest
  @CsvSource({"1, rain", "0.5, rain", "1, clear"})
  void restoresInPlaceAndIntoOverlappingMemory(double scale, String id) {
    Weather weather = new Weather(id);
    try (OnnxRestorer scaled =
        OnnxRestorer.builder(GoldenBundle.path()).workingResolution(scale).open()) {
      for (int width : new int[] {64, 80}) { // without gaps between the rows, and with
        for (int from : new int[] {0, 10, 20}) {
          Mat frame = TestFrames.noise(64, width, 8).colRange(0, 64);
          Mat source = frame.rowRange(from, from + 40);
          Mat expected = new Mat();
          scaled.restore(source.clone(), expected, weather);
          Mat destination = frame.rowRange(10, 50); // behind, the same, before
          scaled.restore(source, destination, weather);
          assertThat(TestFrames.bytes(destination)).isEqualTo(TestFrames.bytes(expected));
        }
      }
    }
  }

  private static Mat restored(Mat frame, Weather weather) {
    Mat restored = new Mat();
    restorer.restore(frame, restored, weather);
    return restored;
  }

  @Test
  void clearIsTheFrameItselfOrACopy() {
    Mat frame = TestFrames.noise(32, 32, 10);
    Mat copy = new Mat();
    restorer.restore(frame, copy, Weather.CLEAR);
    assertThat(TestFrames.bytes(copy)).isEqualTo(TestFrames.bytes(frame));
    assertThat(copy.dataAddr()).isNotEqualTo(frame.dataAddr());
    try (OnnxRestorer clear =
        OnnxRestorer.builder(GoldenBundle.path()).weather(Weather.CLEAR).open()) {
      assertThat(clear.restore(frame).image()).isSameAs(frame);
    }
  }

  @Test
  void theSelectorChoosesTheView() {
    Mat frame = TestFrames.noise(32, 48, 11);
    List<Selection> choices =
        List.of(
            new Selection(Weather.SNOW, 0.75),
            new Selection(Weather.CLEAR, 0.5),
            new Selection(Weather.RAINDROP, 1));
    var next = choices.iterator();
    try (OnnxRestorer selecting =
        OnnxRestorer.builder(GoldenBundle.path()).selector(f -> next.next()).open()) {
      for (Selection choice : choices) {
        Restored result = selecting.restore(frame);
        assertThat(result.weather()).isEqualTo(choice.weather());
        assertThat(result.confidence()).isEqualTo(choice.confidence());
        assertThat(result.latency()).isBetween(Duration.ofNanos(1), Duration.ofSeconds(10));
        assertThat(TestFrames.bytes(result.image()))
            .isEqualTo(TestFrames.bytes(restored(frame, choice.weather())));
      }
    }
  }

  @Test
  void withoutASelectorOnlyABundleOfOneWeatherNeedsNoChoice(@TempDir Path temporary) {
    Mat frame = TestFrames.noise(32, 32, 12);
    assertThatIllegalStateException()
        .isThrownBy(() -> restorer.restore(frame))
        .withMessageStartingWith("bundle golden has views for rain, raindrop, snow and none was");

    Path folder = GoldenBundle.copyTo(temporary.resolve("bundle"));
    GoldenBundle.editManifest(
        folder, tree -> tree.withObject("weathers").remove(List.of("rain", "raindrop")));
    try (OnnxRestorer single = OnnxRestorer.open(folder)) {
      assertThat(single.restore(frame).weather()).isEqualTo(Weather.SNOW);
    }
  }

  @Test
  void aWeatherThatTheBundleDoesNotKnowIsRefusedWhereItEnters() {
    Weather haze = new Weather("haze");
    String message = "bundle golden knows rain, raindrop, snow; it has no view for haze";
    assertThatThrownBy(() -> OnnxRestorer.builder(GoldenBundle.path()).weather(haze).open())
        .isInstanceOf(BundleException.class)
        .hasMessage(message);
    Mat frame = TestFrames.noise(32, 32, 13);
    assertThatThrownBy(() -> restorer.restore(frame, new Mat(), haze))
        .isInstanceOf(BundleException.class)
        .hasMessage(message);
  }

  @Test
  void framesOutsideTheContractAreRefusedSayingWhatCame() {
    refuses(
        new Mat(32, 48, CvType.CV_8UC1),
        "frame must be CV_8UC3 (8 bits a channel, BGR), is CV_8UC1 48x32");
    refuses(
        new Mat(32, 48, CvType.CV_8UC4),
        "frame must be CV_8UC3 (8 bits a channel, BGR), is CV_8UC4 48x32");
    refuses(
        new Mat(32, 48, CvType.CV_16UC3),
        "frame must be CV_8UC3 (8 bits a channel, BGR), is CV_16UC3 48x32");
    refuses(new Mat(15, 48, CvType.CV_8UC3), "frame must be at least 16x16, is CV_8UC3 48x15");
    refuses(new Mat(48, 15, CvType.CV_8UC3), "frame must be at least 16x16, is CV_8UC3 15x48");
    refuses(new Mat(), "frame must be CV_8UC3 (8 bits a channel, BGR), is CV_8UC1 0x0");
    refuses(
        new Mat(new int[] {4, 32, 32}, CvType.CV_8UC3),
        "frame must be CV_8UC3 (8 bits a channel, BGR), is CV_8UC3 of 3 dimensions");
  }

  private static void refuses(Mat frame, String message) {
    for (Weather weather : List.of(Weather.RAIN, Weather.CLEAR)) {
      assertThatThrownBy(() -> restorer.restore(frame, new Mat(), weather))
          .isInstanceOf(FrameException.class)
          .hasMessage(message);
    }
  }

  @Test
  void runsWhatWasCheckedThoughTheFolderChanges(@TempDir Path temporary) throws Exception {
    Path folder = GoldenBundle.copyTo(temporary.resolve("bundle"));
    Mat frame = TestFrames.noise(32, 32, 14);
    try (OnnxRestorer onDemand =
        OnnxRestorer.builder(folder).warmup(Warmup.ON_DEMAND).weather(Weather.RAIN).open()) {
      try (var files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      assertThat(TestFrames.bytes(onDemand.restore(frame).image()))
          .isEqualTo(TestFrames.bytes(restored(frame, Weather.RAIN)));
    }
  }

  @Test
  void aGraphThatOnnxRuntimeRefusesIsNamed(@TempDir Path temporary) {
    Path folder = GoldenBundle.copyTo(temporary.resolve("bundle"));
    GoldenBundle.replace(
        folder,
        "snow.onnx",
        GoldenBundle.withText(folder, "snow.onnx", "DepthToSpace", "DepthToSpice"));
    assertThatThrownBy(() -> OnnxRestorer.open(folder))
        .isInstanceOf(InferenceException.class)
        .hasMessageStartingWith("cannot load " + folder.resolve("snow.onnx") + ": ")
        .hasMessageContaining("DepthToSpice");
  }

  @Test
  void aGraphWithAnotherFrameContractIsRefused(@TempDir Path temporary) {
    Path folder = GoldenBundle.copyTo(temporary.resolve("bundle"));
    GoldenBundle.replace(
        folder, "rain.onnx", GoldenBundle.withText(folder, "rain.onnx", "frame", "image"));
    assertThatThrownBy(() -> OnnxRestorer.open(folder))
        .isInstanceOf(BundleException.class)
        .hasMessageStartingWith(
            folder.resolve("rain.onnx") + ": its input must be frame, uint8 [N, H, W, 3]; it is ")
        .hasMessageContaining("image");
  }

  @Test
  void allocatesLittleForEachFrame() {
    Mat frame = TestFrames.noise(64, 96, 15);
    Mat destination = new Mat();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long self = Thread.currentThread().getId();
    for (int i = 0; i < 300; i++) {
      restorer.restore(frame, destination, Weather.RAIN);
    }
    long before = threads.getThreadAllocatedBytes(self);
    for (int i = 0; i < 100; i++) {
      restorer.restore(frame, destination, Weather.RAIN);
    }
    long perFrame = (threads.getThreadAllocatedBytes(self) - before) / 100;
    assertThat(perFrame).as("bytes of Java heap a frame").isLessThan(4096);
  }

  @Test
  void saysWhatIsLoaded() {
    assertThat(restorer.toString())
        .startsWith("OnnxRestorer[Bundle[golden: rain, raindrop, snow; fp32; ")
        .contains("ONNX Runtime 1.", "CPU");
    assertThat(restorer.bundle().manifest().provenance())
        .containsEntry("note", "random weights, for tests");
  }

  @Test
  void theBuilderRefusesWhatCannotBe() {
    var builder = OnnxRestorer.builder(GoldenBundle.path());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.threads(0))
        .withMessage("threads (0) must be at least 1");
    builder.weather(Weather.RAIN);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.selector(WeatherSelector.fixed(Weather.SNOW)))
        .withMessage("selector and weather exclude each other; weather (rain) is set");
  }

  @Test
  void sharesThreadsUnlessTheProgramStartedOnnxRuntimeItself() throws Exception {
    String bundle = GoldenBundle.path().toString();
    assertThat(FreshJvm.run(PrintsRestorer.class, bundle)).contains("CPU, 2 shared threads");
    assertThat(FreshJvm.run(PrintsRestorer.class, bundle, "environment first"))
        .contains("CPU, 2 own threads");
  }

  static final class PrintsRestorer {
    public static void main(String[] args) {
      if (args.length > 1) {
        OrtEnvironment.getEnvironment();
      }
      try (OnnxRestorer restorer = OnnxRestorer.builder(Path.of(args[0])).threads(2).open()) {
        restorer.restore(TestFrames.noise(32, 32, 1), new Mat(), Weather.RAIN);
        System.out.println(restorer);
      }
    }
  }
}
