package io.deweather.samples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.deweather.OpenCv;
import io.deweather.SelectorManifest;
import io.deweather.video.FrameSink;
import io.deweather.video.FrameStamp;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Scalar;

/** The bundle goes by colour: black is clear, blue rain, green raindrops, red snow. */
class AutomaticWeatherTest {
  private static final Scalar BLACK = new Scalar(5, 5, 5);
  private static final Scalar BLUE = new Scalar(250, 5, 5);
  private static final Scalar CYAN = new Scalar(250, 250, 5);
  private static final Scalar RED = new Scalar(5, 5, 250);
  private static final JsonMapper JSON = new JsonMapper();

  private final CapturedTerminal terminal = new CapturedTerminal();
  @TempDir Path folder;
  private Path bundle;

  @BeforeEach
  void prepare() throws Exception {
    OpenCv.load();
    bundle = SelectorTestBundle.write(folder.resolve("bundle"));
  }

  private Path picture(String name, Scalar colour) {
    Path file = folder.resolve(name);
    Media.write(new Mat(64, 64, CvType.CV_8UC3, colour), file);
    return file;
  }

  private Path clip(int frames, Scalar... colours) {
    Path file = folder.resolve("drive.mp4");
    try (FrameSink sink = Media.clip(file, 25)) {
      int number = 0;
      for (Scalar colour : colours) {
        for (int i = 0; i < frames; i++, number++) {
          sink.write(
              new Mat(64, 96, CvType.CV_8UC3, colour), new FrameStamp(number, number * 40_000L));
        }
      }
    }
    return file;
  }

  private static List<JsonNode> lines(String text) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : text.lines().toList()) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }

  @Test
  void classifiesEachPictureByItself() throws Exception {
    Files.createDirectory(folder.resolve("photos"));
    picture("photos/a.png", RED);
    picture("photos/b.png", BLACK);
    Path single = picture("c.png", CYAN);

    int code =
        terminal.run("classify", folder.resolve("photos"), single, "--json", "--bundle", bundle);

    assertThat(terminal.err()).isEmpty();
    assertThat(code).isZero();
    List<JsonNode> lines = lines(terminal.out());
    assertThat(lines).hasSize(3);
    assertThat(lines.get(0).get("file").asText())
        .isEqualTo(folder.resolve("photos").resolve("a.png").toString());
    assertThat(lines).extracting(l -> l.get("weather").asText()).startsWith("snow", "clear");
    assertThat(lines.get(0).get("frame").asInt()).isZero();
    assertThat(lines.get(0).get("probabilities").fieldNames())
        .toIterable()
        .containsExactly("clear", "rain", "raindrop", "snow");
    assertThat(lines.get(0).get("probabilities").get("snow").asDouble()).isGreaterThan(0.9);
    assertThat(lines.get(0).get("observed").get("snow").asDouble()).isBetween(0.97, 0.99);
    assertThat(lines.get(1).get("selection").asText()).isEqualTo("first");
    assertThat(lines.get(2).get("weathers")).hasToString("[\"raindrop\",\"rain\"]");
  }

  @Test
  void aClipIsDrawnThoughAPictureIsNamedFirst() throws Exception {
    Path plot = folder.resolve("plot.svg");
    Path picture = picture("a.png", RED);

    int code =
        terminal.run("classify", picture, clip(3, BLACK, BLUE), "--bundle", bundle, "--plot", plot);

    assertThat(code).isZero();
    assertThat(Files.readString(plot)).contains(".mp4</text>").doesNotContain("a.png");
  }

  @Test
  void aLineIsWrittenAsSoonAsItsFrameIsClassified() throws Exception {
    List<Integer> sizes = new ArrayList<>();
    ByteArrayOutputStream out =
        new ByteArrayOutputStream() {
          @Override
          public void flush() {
            sizes.add(size());
          }
        };
    Terminal piped = new Terminal(new PrintStream(out), System.err, false, terminal.interruption);

    int code =
        new Main(piped)
            .run(
                "classify",
                clip(2, BLACK, BLUE).toString(),
                "--json",
                "--bundle",
                bundle.toString());

    assertThat(code).isZero();
    assertThat(sizes.stream().distinct()).hasSize(4);
  }

  @Test
  void classifiesAClipOverTimeAndDrawsIt() throws Exception {
    Path clip = clip(40, BLACK, BLUE);
    Path plot = folder.resolve("plot.svg");

    assertThat(terminal.run("classify", clip, "--bundle", bundle, "--plot", plot)).isZero();

    assertThat(terminal.out().lines())
        .hasSize(3)
        .first()
        .asString()
        .startsWith(clip + ": 80 frames, 1 change: ");
    assertThat(terminal.out().lines().toList().get(2)).contains("from frame", "rain");
    var svg = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(plot.toFile());
    assertThat(svg.getElementsByTagName("polyline").getLength()).isEqualTo(3);
    assertThat(svg.getElementsByTagName("title").getLength()).isEqualTo(2);
  }

  @Test
  void restoresWithTheWeatherOfEachFrameByDefault() throws Exception {
    Path clip = clip(40, BLACK, RED);
    Path trace = folder.resolve("trace.jsonl");

    int code =
        terminal.run(
            "restore",
            clip,
            "-o",
            folder.resolve("out.mp4"),
            "--bundle",
            bundle,
            "--trace",
            trace,
            "--json",
            "-");

    assertThat(code).isZero();
    List<JsonNode> frames = lines(Files.readString(trace));
    assertThat(frames).hasSize(80);
    assertThat(frames.subList(0, 40)).allMatch(f -> f.get("weather").asText().equals("clear"));
    assertThat(frames.subList(55, 80)).allMatch(f -> f.get("weather").asText().equals("snow"));
    assertThat(frames).filteredOn(f -> f.get("selection").asText().equals("changed")).hasSize(1);
    JsonNode weathers = JSON.readTree(terminal.out()).get("weathers");
    assertThat(weathers.get("clear").asInt() + weathers.get("snow").asInt()).isEqualTo(80);
  }

  @Test
  void evaluatesEachPictureByItself() throws Exception {
    Files.createDirectories(folder.resolve("input"));
    Files.createDirectories(folder.resolve("truth"));
    Scalar[] colours = {BLUE, RED, BLACK};
    for (int i = 0; i < colours.length; i++) {
      picture("input/" + i + ".png", colours[i]);
      picture("truth/" + i + ".png", new Scalar(100, 100, 100));
    }
    Object[] pairs = {
      "evaluate",
      "--input",
      folder.resolve("input"),
      "--truth",
      folder.resolve("truth"),
      "--bundle",
      bundle,
      "--json",
      folder.resolve("e.json"),
      "--weather",
      "auto"
    };

    assertThat(terminal.run(pairs)).isZero();

    JsonNode json = JSON.readTree(folder.resolve("e.json").toFile());
    assertThat(json.get("weathers")).hasToString("{\"rain\":1,\"snow\":1,\"clear\":1}");
    assertThat(json.get("images"))
        .extracting(i -> i.get("weather").asText())
        .containsExactly("rain", "snow", "clear");
    pairs[pairs.length - 1] = "raindrop,rain";
    assertThat(terminal.run(pairs)).isZero();
    json = JSON.readTree(folder.resolve("e.json").toFile());
    assertThat(json.get("weathers")).hasToString("{\"raindrop,rain\":3}");
  }

  @Test
  void measuresTheChoiceOnAMixedClip() throws Exception {
    Path json = folder.resolve("mixed.json");

    assertThat(
            terminal.run(
                "evaluate",
                "--mixed-clip",
                "--spell",
                2,
                "--signals",
                "--bundle",
                bundle,
                "--json",
                json))
        .isZero();

    JsonNode document = JSON.readTree(json.toFile());
    assertThat(document.get("needed_changes").asInt()).isEqualTo(9);
    assertThat(document.get("spells")).hasSize(10);
    assertThat(document.get("spells")).allMatch(s -> s.get("frames").asInt() == 2);
    assertThat(terminal.out()).contains("% of the true weather's gain");
  }

  @Test
  void withoutSelectorAutoIsRefusedInOneLine() {
    Path plain = TestBundle.write(folder.resolve("plain"));
    Path clip = clip(2, BLACK);

    assertThat(
            terminal.run(
                "restore", clip, "-o", folder.resolve("o.mp4"), "--bundle", plain, "-w", "auto"))
        .isEqualTo(2);
    assertThat(terminal.err())
        .isEqualToIgnoringNewLines(
            "deweather: --weather auto needs a bundle with a selector; %s has none, say one of"
                    .formatted(plain)
                + " rain, raindrop, snow");
    CapturedTerminal other = new CapturedTerminal();
    assertThat(other.run("classify", clip, "--bundle", plain)).isEqualTo(1);
    assertThat(other.err())
        .isEqualToIgnoringNewLines(
            "deweather: bundle identity cannot choose the weather automatically: the bundle has no"
                + " selector");
  }

  @Test
  void inspectSaysWhatTheSelectorIs() {
    assertThat(terminal.run("inspect", bundle)).isZero();
    assertThat(terminal.out())
        .contains(
            "selector      selector.onnx, looks at one frame in %d for rain, raindrop, snow"
                .formatted(SelectorManifest.EVERY));
  }

  @Test
  void twoFramesAtATimeCannotSteadyEachOther() {
    assertThat(
            terminal.run(
                "restore",
                clip(2, BLACK),
                "-o",
                folder.resolve("o.mp4"),
                "--bundle",
                bundle,
                "--in-flight",
                2))
        .isEqualTo(2);
    assertThat(terminal.err()).startsWith("deweather: --in-flight must be 1 with --weather auto");
  }
}
