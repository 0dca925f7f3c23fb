package io.deweather.samples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.deweather.OpenCv;
import io.deweather.video.ColourTags;
import io.deweather.video.FrameSource;
import io.deweather.video.FrameStamp;
import io.deweather.video.VideoSink;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Scalar;

class RestoreCommandTest {
  private final CapturedTerminal terminal = new CapturedTerminal();
  @TempDir Path folder;
  private Path bundle;

  @BeforeEach
  void bake() {
    OpenCv.load();
    bundle = TestBundle.write(folder.resolve("bundle"));
  }

  @Test
  void aClipBecomesAClipOfTheSameFramesSizeAndRate() throws Exception {
    Path clip = clip("drive.mp4", 12);
    Path output = folder.resolve("clear.mp4");
    Path json = folder.resolve("stats.json");

    int code = restore(clip, output, "--weather", "rain", "--json", json);

    assertThat(terminal.err()).doesNotContain("deweather:");
    assertThat(code).isZero();
    assertThat(terminal.out()).startsWith(output + ": 12 frames, 320x180, ");
    JsonNode stats = new JsonMapper().readTree(json.toFile());
    assertThat(stats.get("frames").asInt()).isEqualTo(12);
    assertThat(stats.get("width").asInt()).isEqualTo(320);
    assertThat(stats.get("height").asInt()).isEqualTo(180);
    assertThat(stats.get("fps_in").asDouble()).isEqualTo(25);
    assertThat(stats.get("fps_processed").asDouble()).isPositive();
    assertThat(stats.get("weathers")).hasToString("{\"rain\":12}");
    JsonNode latency = stats.get("latency_ms");
    assertThat(latency.get("p50").asDouble()).isPositive();
    assertThat(latency.get("max").asDouble()).isGreaterThanOrEqualTo(latency.get("p99").asDouble());
    assertThat(latency.get("p99").asDouble()).isGreaterThanOrEqualTo(latency.get("p95").asDouble());
    assertThat(latency.get("p999").asDouble())
        .isBetween(latency.get("p99").asDouble(), latency.get("max").asDouble());
    assertThat(stats.get("drops").asInt()).isZero();
    assertThat(stats.get("throughput").get("fps").asDouble())
        .isEqualTo(stats.get("fps_processed").asDouble());
    assertThat(stats.get("memory").get("heap_mb").asDouble()).isPositive();
    for (String stage : List.of("decode", "queue", "inference", "encode", "total")) {
      assertThat(stats.get("stages_ms").get(stage).get("p999").isNumber()).isTrue();
    }
    assertThat(TestClips.frames(output)).isEqualTo(12);
  }

  @Test
  void aClipOfHighDynamicRangeKeepsItsColoursAndIsNamed() {
    Path clip = folder.resolve("phone.mov");
    ColourTags hlg = new ColourTags(9, 18, 9);
    try (VideoSink sink = VideoSink.builder(clip).colours(hlg).open()) {
      sink.write(new Mat(180, 320, CvType.CV_8UC3, Scalar.all(99)), new FrameStamp(0, 0));
    }
    Path output = folder.resolve("clear.mp4");

    int code = restore(clip, output, "--weather", "rain");

    assertThat(code).isZero();
    assertThat(terminal.err()).contains(clip + " is of high dynamic range: ");
    try (FrameSource restored = FrameSource.open(output)) {
      assertThat(restored.info().colours()).isEqualTo(hlg);
    }
  }

  @Test
  void aTraceHasALineForEveryFrame() throws Exception {
    Path trace = folder.resolve("trace.jsonl");

    restore(
        clip("drive.mp4", 5), folder.resolve("clear.mp4"), "--weather", "rain", "--trace", trace);

    List<String> lines = Files.readAllLines(trace);
    assertThat(lines).hasSize(5);
    JsonNode third = new JsonMapper().readTree(lines.get(2));
    assertThat(third.get("sequence").asInt()).isEqualTo(2);
    assertThat(third.get("timestamp").asDouble()).isEqualTo(0.08);
    assertThat(third.get("weather").asText()).isEqualTo("rain");
    assertThat(third.get("confidence").asDouble()).isEqualTo(1);
    assertThat(third.get("status").asText()).isEqualTo("ok");
    assertThat(third.get("inference_ms").asDouble()).isPositive();
    assertThat(third.get("total_ms").asDouble())
        .isGreaterThan(third.get("queue_ms").asDouble() + third.get("inference_ms").asDouble());
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aTraceThatCannotBeWrittenIsNamed() throws Exception {
    Path trace = Files.createSymbolicLink(folder.resolve("t.jsonl"), Path.of("/dev/full"));

    int code =
        restore(
            clip("drive.mp4", 5),
            folder.resolve("clear.mp4"),
            "--weather",
            "rain",
            "--trace",
            trace);

    assertThat(code).isEqualTo(1);
    assertThat(terminal.err()).contains("cannot write " + trace + ": No space left on device");
  }

  @Test
  void sideBySideIsTwiceAsWide() {
    Path output = folder.resolve("both.mp4");

    restore(clip("drive.mp4", 3), output, "--weather", "snow", "--side-by-side");

    try (FrameSource source = FrameSource.open(output)) {
      assertThat(source.info().width()).isEqualTo(640);
      assertThat(source.info().height()).isEqualTo(180);
    }
  }

  @Test
  void jsonOnStandardOutputHasItToItself() throws Exception {
    Path output = folder.resolve("clear.mp4");

    restore(clip("drive.mp4", 2), output, "--weather", "rain", "--json", "-");

    assertThat(new JsonMapper().readTree(terminal.out()).get("frames").asInt()).isEqualTo(2);
    assertThat(terminal.err()).contains("2 frames");
  }

  @Test
  void aFolderOfPicturesKeepsItsFileNamesAndSizes() throws Exception {
    Path input = Files.createDirectory(folder.resolve("in"));
    picture(input.resolve("b.png"), 333, 217);
    picture(input.resolve("a.png"), 64, 48);
    Path output = folder.resolve("out");

    assertThat(restore(input, output, "--weather", "raindrop")).isZero();

    try (Stream<Path> files = Files.list(output)) {
      assertThat(files.map(f -> f.getFileName().toString()).sorted().toList())
          .isEqualTo(List.of("a.png", "b.png"));
    }
    assertThat(difference(input.resolve("b.png"), output.resolve("b.png"))).isZero();
    assertThat(terminal.out()).contains("2 frames, sizes differ");
  }

  /** The bundle of the test returns every frame as it is, so PNG in and out is lossless. */
  @Test
  void aPictureBecomesAPicture() {
    Path input = picture(folder.resolve("wet.png"), 333, 217);
    Path output = folder.resolve("dry.png");

    assertThat(restore(input, output, "--weather", "raindrop")).isZero();

    assertThat(difference(input, output)).isZero();
  }

  @Test
  void withoutAWeatherSaysWhichThereAre() {
    Path output = folder.resolve("out.mp4");

    assertThat(restore(folder.resolve("in.mp4"), output)).isEqualTo(2);

    assertThat(terminal.err())
        .startsWith("deweather: needs --weather W")
        .contains("rain, raindrop, snow, clear");
  }

  @Test
  void anUnknownWeatherListsTheKnownOnes() {
    assertThat(restore(folder, folder.resolve("out"), "--weather", "fog")).isEqualTo(2);

    assertThat(terminal.err())
        .startsWith("deweather: --weather (fog) must be one of rain, raindrop, snow, clear");
  }

  @Test
  void aMissingInputIsOneLine() {
    Path missing = folder.resolve("missing.mp4");

    assertThat(restore(missing, folder.resolve("out.mp4"), "--weather", "rain")).isEqualTo(1);

    assertThat(terminal.err().lines()).hasSize(1);
    assertThat(terminal.err()).contains(missing.toString());
    assertThat(Files.exists(folder.resolve("out.mp4"))).isFalse();
  }

  @Test
  void anOutputFolderThatDoesNotExistIsRefusedBeforeTheWork() {
    Path output = folder.resolve("missing/out.mp4");

    assertThat(restore(clip("drive.mp4", 1), output, "--weather", "rain")).isEqualTo(1);

    assertThat(terminal.err())
        .isEqualToIgnoringNewLines(
            "deweather: %s: there is no folder %s".formatted(output, output.getParent()));
  }

  @Test
  void theRootFolderIsAnOutputLikeAnyOther() {
    Path missing = folder.resolve("missing.mp4");

    assertThat(restore(missing, Path.of("/"), "--weather", "rain")).isEqualTo(1);

    assertThat(terminal.err()).startsWith("deweather: ").contains(missing.toString());
    assertThat(terminal.err()).doesNotContain("unexpected failure");
  }

  @Test
  void refusesToOverwriteItsInput() throws Exception {
    Path clip = clip("drive.mp4", 2);
    byte[] before = Files.readAllBytes(clip);

    assertThat(restore(clip, clip, "--weather", "rain")).isEqualTo(1);

    assertThat(terminal.err()).contains("is the input");
    for (String result : List.of("--trace", "--json")) {
      Path output = folder.resolve("clear.mp4");
      assertThat(restore(clip, output, "--weather", "rain", result, clip)).isEqualTo(1);
      assertThat(terminal.err()).contains("is the input");
      assertThat(output).doesNotExist();
    }
    assertThat(Files.readAllBytes(clip)).isEqualTo(before);
  }

  /** Pictures keep their names in a folder. */
  @Test
  void refusesTheFolderThatItsPicturesLieIn() throws Exception {
    Path picture = picture(folder.resolve("img_0001.png"), 64, 48);
    byte[] before = Files.readAllBytes(picture);
    Path sequence = folder.resolve("img_%04d.png");

    assertThat(restore(picture, folder, "--weather", "rain")).isEqualTo(1);
    assertThat(restore(sequence, folder, "--weather", "rain")).isEqualTo(1);

    assertThat(terminal.err()).contains(picture + " is the input", folder + " is the input");
    assertThat(Files.readAllBytes(picture)).isEqualTo(before);
    assertThat(restore(sequence, picture, "--weather", "rain", "--frames", 1)).isEqualTo(1);
    assertThat(Files.readAllBytes(picture)).isEqualTo(before);
    assertThat(restore(sequence, folder.resolve("dry.png"), "--weather", "rain")).isZero();
  }

  @Test
  void aClipThatBreaksOffKeepsWhatCameBefore() throws Exception {
    byte[] whole = Files.readAllBytes(clip("whole.mkv", 60));
    Path cut = Files.write(folder.resolve("cut.mkv"), Arrays.copyOf(whole, whole.length / 2));
    Path output = folder.resolve("out.mp4");

    assertThat(restore(cut, output, "--weather", "rain")).isEqualTo(1);

    assertThat(terminal.err().lines()).hasSize(1);
    assertThat(terminal.err()).contains("breaks off after").contains(cut.toString());
    assertThat(TestClips.frames(output)).isBetween(10, 50);
  }

  @Test
  void aFolderMayBeRestoredIntoTheOneAboveIt() throws Exception {
    Path input = Files.createDirectory(folder.resolve("in"));
    picture(input.resolve("b.png"), 64, 48);

    assertThat(restore(input, folder, "--weather", "rain")).isZero();

    assertThat(folder.resolve("b.png")).exists();
  }

  @Test
  void picturesThatCannotBeReadAreNamedAndTheOthersRestored() throws Exception {
    Path input = Files.createDirectory(folder.resolve("in"));
    picture(input.resolve("b.png"), 64, 48);
    Files.createFile(input.resolve("a.png"));
    picture(input.resolve("d.png"), 64, 48);
    Files.writeString(input.resolve("c.jpg"), "no picture");
    picture(input.resolve("e.png"), 40, 12);
    Path output = folder.resolve("out");

    assertThat(restore(input, output, "--weather", "rain")).isEqualTo(1);

    assertThat(output).isDirectoryContaining(f -> f.endsWith("b.png"));
    assertThat(output).isDirectoryContaining(f -> f.endsWith("d.png"));
    assertThat(terminal.err()).contains("left out").contains("a.png").contains("c.jpg");
    assertThat(terminal.err()).contains("e.png is 40x12, must be at least 16x16");
    assertThat(terminal.err())
        .endsWith("deweather: 3 of 5 pictures of " + input + " are left out\n");
    assertThat(terminal.out()).contains("2 frames");
  }

  @Test
  void resultsReplaceOnlyResults() throws Exception {
    Path input = Files.createDirectory(folder.resolve("in"));
    Path picture = input.resolve("a.png");
    picture(picture, 64, 48);
    byte[] before = Files.readAllBytes(picture);
    Path output = folder.resolve("out");
    for (String option : new String[] {"--json", "--trace"}) {
      assertThat(restore(input, output, "--weather", "rain", option, picture)).isEqualTo(1);
      assertThat(terminal.err()).contains(picture + " is there and holds no results");
      assertThat(picture).hasBinaryContent(before);
      Path results = folder.resolve("results" + option);
      for (int again = 0; again < 2; again++) {
        assertThat(restore(input, output, "--weather", "rain", option, results)).isZero();
        assertThat(results).content().startsWith("{");
      }
    }
    assertThat(restore(input, output, "--weather", "rain", "--trace", "-")).isEqualTo(2);
    Path manifest = bundle.resolve("bundle.json");
    assertThat(restore(input, output, "--weather", "rain", "--json", manifest)).isEqualTo(1);
    assertThat(manifest).content().contains("schema_version");
  }

  @Test
  void aPictureThatIsTooSmallOrOfAnotherSizeIsNamed() throws Exception {
    Path input = Files.createDirectory(folder.resolve("in"));
    picture(input.resolve("a.png"), 64, 48);
    picture(input.resolve("b.png"), 32, 48);
    Path small = folder.resolve("small.png");
    picture(small, 64, 8);
    Path clip = folder.resolve("clip.mp4");

    assertThat(restore(small, folder.resolve("out.png"), "--weather", "rain")).isEqualTo(1);
    assertThat(terminal.err()).endsWith(small + " is 64x8, must be at least 16x16\n");
    assertThat(restore(input, clip, "--weather", "rain")).isEqualTo(1);
    assertThat(terminal.err()).contains("after 1 frames, which are in " + clip + ": b.png: image");
    assertThat(clip).exists();
  }

  @Test
  void resultsDoNotReplaceEachOther() {
    Path clip = clip("drive.mp4", 3);
    Path output = folder.resolve("clear.mp4");
    Path json = folder.resolve("stats.json");

    assertThat(restore(clip, output, "--weather", "rain", "--json", output)).isEqualTo(1);
    assertThat(terminal.err()).contains(output + " cannot hold two results");
    assertThat(restore(clip, output, "--weather", "rain", "--json", json, "--trace", json))
        .isEqualTo(1);
    assertThat(output).doesNotExist();
  }

  @Test
  void aTrackThatIsNotCopiedIsNamed() throws Exception {
    Path texts = folder.resolve("place.srt");
    Files.writeString(texts, "1\n00:00:00,000 --> 00:00:00,100\nN51.5 W0.1\n");
    Path clip = folder.resolve("drive.mkv");
    try (VideoSink sink = VideoSink.builder(clip).tracksFrom(texts).open()) {
      Mat frame = new Mat(48, 64, CvType.CV_8UC3, new Scalar(30, 120, 200));
      for (int i = 0; i < 5; i++) {
        sink.write(frame, new FrameStamp(i, i * 40_000L));
      }
    }

    assertThat(restore(clip, folder.resolve("clear.mp4"), "--weather", "clear")).isZero();

    assertThat(terminal.err()).contains("not copied from " + clip + ": subtitle subrip");
  }

  @Test
  void aClipDoesNotBecomeOnePictureButItsFirstFrameMay() {
    becomesOnePictureOfItsFirstFrameOnly(clip("drive.mp4", 3), 3, "clear.png");
  }

  @Test
  void aFolderDoesNotBecomeOnePictureButItsFirstOneMay() throws Exception {
    Path input = Files.createDirectory(folder.resolve("in"));
    picture(input.resolve("a.png"), 64, 48);
    picture(input.resolve("b.png"), 64, 48);
    becomesOnePictureOfItsFirstFrameOnly(input, 2, "out.jpg");
  }

  private void becomesOnePictureOfItsFirstFrameOnly(Path input, int frames, String picture) {
    Path output = folder.resolve(picture);

    assertThat(restore(input, output, "--weather", "rain")).isEqualTo(2);
    assertThat(terminal.err())
        .contains(picture + " holds one picture")
        .contains("has " + frames + " frames")
        .contains("say --frames 1");
    assertThat(output).doesNotExist();

    assertThat(restore(input, output, "--weather", "rain", "--frames", "1")).isZero();
    assertThat(output).isRegularFile();
  }

  @Test
  void anOutputOfNoKindIsBadUsageThatNamesTheKinds() {
    Path output = folder.resolve("clear.xyz");

    assertThat(restore(clip("drive.mp4", 2), output, "--weather", "rain")).isEqualTo(2);

    assertThat(terminal.err())
        .isEqualTo(
            "deweather: "
                + output
                + " must end as a clip (.avi, .m4v, .mkv, .mov, .mp4, .ts) or a picture"
                + " (.bmp, .jpeg, .jpg, .png, .tif, .tiff, .webp), or be a folder that is there\n");
  }

  @Test
  void anInterruptionFinishesTheOutput() throws Exception {
    Path clip = clip("drive.mp4", 600);
    Path output = folder.resolve("out.mp4");
    Path growing = folder.resolve(".out.mp4.part");
    Thread stop =
        new Thread(
            () -> {
              while (growing.toFile().length() < 2000) { // frames, and not the header alone
                LockSupport.parkNanos(1_000_000);
              }
              terminal.interruption.request();
            });
    stop.start();

    int code = restore(clip, output, "--weather", "rain");

    assertThat(code).isEqualTo(130);
    assertThat(terminal.err()).contains("interrupted after").contains("which are in " + output);
    assertThat(TestClips.frames(output)).isBetween(1, 599);
    assertThat(growing).doesNotExist();
  }

  @Test
  void theEncoderThatIsNamedIsUsedAndNoOther() throws Exception {
    Path clip = clip("drive.mp4", 5);
    Path output = folder.resolve("out.mp4");

    assertThat(restore(clip, output, "--weather", "clear", "--encoder", "mpeg4")).isZero();
    // The sample entry of MP4: mp4v is MPEG-4 part 2, avc1 is H.264.
    String written = Files.readString(output, StandardCharsets.ISO_8859_1);
    assertThat(written).contains("mp4v").doesNotContain("avc1");

    assertThat(restore(clip, output, "--weather", "clear", "--encoder", "h265_magic")).isEqualTo(1);
    assertThat(terminal.err())
        .contains("encoder (h265_magic) must be one that this FFmpeg has for H.264 or MPEG-4")
        .contains("libopenh264");
    assertThat(TestClips.frames(output)).isEqualTo(5);
  }

  @Test
  void aBitRateOfAPictureIsRefused() {
    Path input = picture(folder.resolve("wet.png"), 64, 48);

    assertThat(restore(input, folder.resolve("dry.png"), "--weather", "rain", "--bit-rate", 900))
        .isEqualTo(2);

    assertThat(terminal.err()).contains("--bit-rate is for clips");
  }

  @Test
  void aLimitStopsAfterSoManyFrames() {
    Path output = folder.resolve("out.mp4");

    assertThat(restore(clip("drive.mp4", 9), output, "--weather", "clear", "--frames", 4)).isZero();

    assertThat(TestClips.frames(output)).isEqualTo(4);
  }

  private int restore(Path input, Path output, Object... more) {
    Object[] arguments = new Object[6 + more.length];
    arguments[0] = "restore";
    arguments[1] = input;
    arguments[2] = "-o";
    arguments[3] = output;
    arguments[4] = "--bundle";
    arguments[5] = bundle;
    System.arraycopy(more, 0, arguments, 6, more.length);
    return terminal.run(arguments);
  }

  private Path clip(String name, int frames) {
    return TestClips.drive(folder.resolve(name), 320, 180, 25, frames);
  }

  private static Path picture(Path file, int width, int height) {
    Mat picture = new Mat(height, width, CvType.CV_8UC3, new Scalar(30, 120, 200));
    picture.submat(0, height / 2, 0, width / 3).setTo(new Scalar(220, 40, 10));
    Media.write(picture, file);
    return file;
  }

  private static double difference(Path a, Path b) {
    return Core.norm(read(a), read(b), Core.NORM_INF);
  }

  private static Mat read(Path file) {
    Mat picture = new Mat();
    Media.read(file, picture);
    return picture;
  }
}
