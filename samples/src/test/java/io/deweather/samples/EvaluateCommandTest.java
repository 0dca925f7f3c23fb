package io.deweather.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.deweather.OpenCv;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Scalar;

/** The bundle returns every picture as it is: restored must score as the input does. */
class EvaluateCommandTest {
  private final CapturedTerminal terminal = new CapturedTerminal();
  @TempDir Path folder;
  private Path input;
  private Path truth;
  private Path bundle;

  @BeforeEach
  void prepare() throws Exception {
    OpenCv.load();
    input = Files.createDirectory(folder.resolve("input"));
    truth = Files.createDirectory(folder.resolve("truth"));
    bundle = TestBundle.write(folder.resolve("bundle"));
  }

  @Test
  void reportsEachPictureAndTheMeans() throws Exception {
    grey(input.resolve("a.png"), 101, 32);
    grey(truth.resolve("a.bmp"), 100, 32);
    grey(input.resolve("b.png"), 110, 40);
    grey(truth.resolve("b.png"), 100, 40);
    double one = 20 * Math.log10(255);

    assertThat(evaluate("--json", "-", "--all-views")).isZero();

    JsonNode json = new JsonMapper().readTree(terminal.out());
    JsonNode first = json.get("images").get(0);
    assertThat(first.get("name").asText()).isEqualTo("a");
    assertThat(first.get("weather").asText()).isEqualTo("snow");
    assertThat(first.get("input").get("psnr").asDouble()).isCloseTo(one, within(1e-9));
    assertThat(first.get("restored")).isEqualTo(first.get("input"));
    JsonNode mean = json.get("mean").get("restored");
    assertThat(mean.get("psnr").asDouble()).isCloseTo(one - 10, within(1e-9));
    assertThat(mean.fieldNames())
        .toIterable()
        .containsExactly("psnr", "ssim", "psnr_y", "ssim_y", "psnr_detail");
    assertThat(json.get("views").fieldNames())
        .toIterable()
        .containsExactly("rain", "raindrop", "snow");
    assertThat(json.get("views").get("rain")).isEqualTo(mean);
    assertThat(terminal.err()).contains("mean over these 2 pictures of snow, by view:");
  }

  @Test
  void identicalPicturesHaveNullForTheirInfinitePsnr() throws Exception {
    grey(input.resolve("a.png"), 100, 32);
    grey(truth.resolve("a.png"), 100, 32);

    assertThat(evaluate("--json", "-")).isZero();

    JsonNode image = new JsonMapper().readTree(terminal.out()).get("images").get(0);
    assertThat(image.get("input").get("psnr").isNull()).isTrue();
    assertThat(image.get("input").get("ssim").asDouble()).isEqualTo(1);
  }

  @Test
  void aPictureWithoutPartnerIsNamed() {
    grey(input.resolve("a.png"), 100, 32);
    grey(input.resolve("b.png"), 100, 32);
    grey(truth.resolve("a.png"), 100, 32);

    assertThat(evaluate()).isEqualTo(1);

    assertThat(terminal.err())
        .isEqualToIgnoringNewLines(
            "deweather: 1 of 2 pictures of %s have no partner of the same name in %s,"
                    .formatted(input, truth)
                + " the first is b.png");
  }

  @Test
  void picturesOfTwoSizesAreNamedWithBoth() {
    grey(input.resolve("a.png"), 100, 32);
    grey(truth.resolve("a.png"), 100, 48);

    assertThat(evaluate()).isEqualTo(1);

    assertThat(terminal.err())
        .contains("is 32x32")
        .contains("is 48x48; they must be of one size")
        .contains(input.resolve("a.png").toString());
  }

  @Test
  void twoPicturesOfOneNameAreAmbiguous() {
    grey(input.resolve("a.png"), 100, 32);
    grey(input.resolve("a.bmp"), 100, 32);

    assertThat(evaluate()).isEqualTo(1);

    assertThat(terminal.err()).contains("differ only in their extension");
  }

  @Test
  void anEmptyFolderIsNoResult() {
    assertThat(evaluate()).isEqualTo(1);

    assertThat(terminal.err())
        .isEqualToIgnoringNewLines("deweather: " + input + " holds no pictures");
  }

  @Test
  void aClipIsMeasuredFrameByFrameAndForFlicker() throws Exception {
    Path drive = folder.resolve("drive.mp4");
    TestClips.drive(drive, 160, 96, 10, 7);
    input = folder.resolve("snowy/input.mp4");
    truth = folder.resolve("snowy/truth.mp4");
    assertThat(
            terminal.run(
                "synthesize",
                "--clean",
                drive,
                "--weather",
                "snow",
                "--frames",
                5,
                "--max-side",
                120,
                "--out",
                input.getParent()))
        .as(terminal.err())
        .isZero();
    assertThat(terminal.out()).contains("a clip of 5 frames of snow");

    assertThat(evaluate("--json", folder.resolve("scores.json"))).as(terminal.err()).isZero();

    JsonNode json = new JsonMapper().readTree(folder.resolve("scores.json").toFile());
    assertThat(json.get("images")).hasSize(5);
    assertThat(json.get("images").get(4).get("name").asText()).isEqualTo("4");
    JsonNode flicker = json.get("flicker");
    assertThat(flicker.get("input").asDouble()).isBetween(1.0, 40.0);
    assertThat(flicker.get("restored")).isEqualTo(flicker.get("input"));
    assertThat(terminal.out())
        .contains("flicker: %1$.3f > %1$.3f".formatted(flicker.get("input").asDouble()))
        .contains("over 5 frames");
  }

  @Test
  void aClipThatEndsBeforeItsTruthIsNamed() {
    input = folder.resolve("input.mp4");
    truth = folder.resolve("truth.mp4");
    TestClips.drive(input, 160, 96, 10, 3);
    TestClips.drive(truth, 160, 96, 10, 4);

    assertThat(evaluate()).isEqualTo(1);

    assertThat(terminal.err()).contains(input + " ends after 3 frames and " + truth + " does not");
  }

  private int evaluate(Object... more) {
    Object[] arguments = new Object[9 + more.length];
    Object[] fixed = {
      "evaluate", "--input", input, "--truth", truth, "--weather", "snow", "--bundle", bundle
    };
    System.arraycopy(fixed, 0, arguments, 0, fixed.length);
    System.arraycopy(more, 0, arguments, fixed.length, more.length);
    return terminal.run(arguments);
  }

  private static void grey(Path file, int level, int side) {
    Media.write(new Mat(side, side, CvType.CV_8UC3, Scalar.all(level)), file);
  }
}
