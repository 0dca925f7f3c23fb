package io.deweather.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.deweather.DeweatherException;
import io.deweather.OpenCv;
import io.deweather.Weather;
import io.deweather.converter.BundleWriter;
import io.deweather.converter.Network;
import io.deweather.converter.SecondOpinion;
import io.deweather.converter.SelectorFile;
import io.deweather.converter.SelectorSession;
import io.deweather.converter.Visibility;
import io.deweather.models.weather.Sighting;
import io.deweather.models.weather.Sighting.Recording;
import io.deweather.models.weather.WeatherSynthesis.Severity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Point;
import org.opencv.core.Scalar;
import org.opencv.imgcodecs.Imgcodecs;
import org.opencv.imgproc.Imgproc;

@Tag("slow")
class SelectorTrainingTest {
  private static final List<Weather> WEATHERS = List.of(Weather.RAIN, Weather.SNOW);

  @TempDir Path folder;
  private Path clean;

  @BeforeEach
  void drawPictures() {
    OpenCv.load();
    clean = folder.resolve("clean");
    clean.toFile().mkdirs();
    for (int i = 0; i < 26; i++) {
      Imgcodecs.imwrite(clean.resolve("picture%02d.png".formatted(i)).toString(), picture(i));
    }
  }

  @Test
  void learnsToTellWeatherFromNoneAndGoesOnWithTheFramesThatAreThere() {
    List<String> lines = new ArrayList<>();
    Path run = folder.resolve("run");
    train(run, 60, 5, 0, lines);
    double before = loss(lines);
    lines.clear();
    Path file = train(run, 240, 400, 2, lines);
    assertThat(lines).anyMatch(line -> line.startsWith("the detector is there"));
    assertThat(lines).anyMatch(line -> line.contains("60 frames are there"));
    assertThat(loss(lines)).isLessThan(0.5 * before);
    assertThat(lines).anyMatch(line -> line.startsWith("tuning 2/2"));

    SelectorFile selector = SelectorFile.read(file);
    assertThat(selector.weathers()).containsExactly("rain", "snow");
    double[] sums = new double[2];
    int pairs = 0;
    int right = 0;
    try (SelectorSession session = new SelectorSession(selector.model(), 1)) {
      for (int i = 0; i < 24; i++) {
        float[] without = heavy(session, i, List.of());
        for (int w = 0; w < 2; w++) {
          float[] with = heavy(session, i, List.of(WEATHERS.get(w)));
          right += with[w] > without[w] ? 1 : 0;
          sums[w] += with[w] - with[1 - w];
          pairs++;
        }
      }
    }
    // By chance every second one would be right.
    assertThat((double) right / pairs).isGreaterThan(0.6);
    assertThat(sums[0] + sums[1]).isPositive();

    lines.clear();
    train(run, 240, 400, 1, lines);
    assertThat(lines).anyMatch(line -> line.startsWith("a tuned selector is there"));
    assertThat(lines).noneMatch(line -> line.startsWith("head"));
    assertThat(lines).anyMatch(line -> line.startsWith("tuning 1/1"));
  }

  @Test
  void aRunThatIsStoppedInEveryStageEndsWithTheSameSelector() throws Exception {
    List<String> lines = new ArrayList<>();
    Path whole = SelectorTraining.run(few("whole", 4, 20), new Messages(lines));
    assertThat(lines).anyMatch(line -> line.startsWith("tuning 4/4"));

    List<String> stops = new ArrayList<>();
    List<String> resumed = new ArrayList<>();
    Path parts = null;
    while (parts == null) {
      try {
        parts = SelectorTraining.run(few("parts", 4, 20), new Messages(resumed, 3));
      } catch (TrainingStoppedException e) {
        stops.add(e.getMessage());
      }
      if (stops.size() == 3) {
        refuses(few("parts", 4, 30), "frames 20, not 30");
      }
    }
    assertThat(stops)
        .containsExactly(
            "stopped in the detector stage after step 3",
            "stopped after 20 of 20 frames to train on",
            "stopped in the head stage after step 3",
            "stopped in the tuning stage after step 2",
            "stopped after 10 of 10 frames to calibrate on");
    for (String file : List.of("detector.onnx", "trunk.onnx", "head.onnx", "selector.onnx")) {
      assertThat(parts.resolveSibling(file)).hasSameBinaryContentAs(whole.resolveSibling(file));
    }
    for (String stage : List.of("detector", "head", "tuning")) {
      assertThat(heldOut(resumed, stage)).isEqualTo(heldOut(lines, stage));
    }
    goesOnFrom(whole);
    refuses(few("parts", 5, 20), "detector_steps 4, not 5");
    assertThat(SelectorTraining.options(parts.getParent()))
        .hasValueSatisfying(options -> assertThat(options.detectorSteps()).isEqualTo(4));
    assertThat(SelectorTraining.options(folder.resolve("none"))).isEmpty();
  }

  /** The network of the bundle is untrained: what counts here is where it is asked. */
  @Test
  void aSecondOpinionIsLearnedAfterTheFirstAnswerAlsoInPartsAndChangesNoOther() throws Exception {
    Network edge = Networks.edge(5);
    Path bundle = folder.resolve("bundle");
    BundleWriter.builder(edge, Visibility.common(WEATHERS, edge)).write(bundle);
    List<String> lines = new ArrayList<>();
    Path without = SelectorTraining.run(few("without", 4, 20), new Messages(lines));
    Path whole =
        SelectorTraining.run(asking(bundle, copied(without, "whole")), new Messages(lines));
    assertThat(lines).anyMatch(line -> line.startsWith("in doubt: "));

    SelectorOptions inParts = asking(bundle, copied(without, "parts"));
    assertThatThrownBy(() -> SelectorTraining.run(inParts, new Messages(lines, 1)))
        .isInstanceOf(TrainingStoppedException.class)
        .hasMessageContaining("frames to calibrate on");
    SelectorOptions begun = SelectorTraining.options(inParts.out()).orElseThrow();
    assertThat(begun).isEqualTo(inParts);
    List<String> stops = new ArrayList<>();
    Path parts = null;
    while (parts == null) {
      try {
        parts = SelectorTraining.run(begun, new Messages(lines, 3));
      } catch (TrainingStoppedException e) {
        stops.add(e.getMessage());
      }
    }
    assertThat(stops).containsExactly("stopped in the opinion stage after step 2");
    assertThat(parts).hasSameBinaryContentAs(whole);

    SelectorFile selector = SelectorFile.read(whole);
    int asked = 0;
    int unasked = 0;
    try (SelectorSession first = new SelectorSession(SelectorFile.read(without).model(), 1);
        SelectorSession both = new SelectorSession(selector.model(), 1)) {
      for (int i = 0; i < 26; i++) {
        Mat frame = picture(i);
        float[] before = first.run(frame).values();
        float[] after = both.run(frame).values();
        if (SecondOpinion.ASKED.isLeftBy(logOdds(before))) {
          asked += Arrays.equals(before, after) ? 0 : 1;
        } else {
          assertThat(after).containsExactly(before);
          unasked++;
        }
        frame.release();
      }
    }
    assertThat(asked).isPositive();
    assertThat(asked + unasked).isEqualTo(26);
    assertThat(selector.asksForOpinion()).isTrue();

    lines.clear();
    SelectorOptions noBundle = asking(clean, copied(without, "none-to-ask"));
    assertThatThrownBy(() -> SelectorTraining.run(noBundle, new Messages(lines)))
        .isInstanceOf(DeweatherException.class)
        .hasMessageContaining(clean.toString());
    assertThat(lines).isEmpty();

    lines.clear();
    Path tuned = SelectorTraining.run(after(whole, 0), new Messages(lines));
    assertThat(lines).anyMatch(line -> line.startsWith(whole + " asks for a second opinion"));
    assertThat(SelectorFile.read(tuned).asksForOpinion()).isFalse();
  }

  private static float[] logOdds(float... probabilities) {
    float[] odds = new float[probabilities.length];
    for (int i = 0; i < odds.length; i++) {
      odds[i] = (float) (Math.log(probabilities[i]) - Math.log1p(-probabilities[i]));
    }
    return odds;
  }

  /** Another folder with the same run. */
  private Path copied(Path selector, String name) throws IOException {
    Path copy = Files.createDirectory(folder.resolve(name));
    try (Stream<Path> files = Files.list(selector.getParent())) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    return copy;
  }

  /** What a run that is finished is to do further. */
  private SelectorOptions asking(Path bundle, Path run) {
    return new SelectorOptions(
        List.of(clean), run, WEATHERS, 1, null, null, 4, 20, 10, 4, 1e-3, 0, bundle, 40, 1);
  }

  private void goesOnFrom(Path selector) throws Exception {
    SelectorFile before = SelectorFile.read(selector);
    List<String> lines = new ArrayList<>();
    Path same = SelectorTraining.run(after(selector, 0), new Messages(lines));
    SelectorFile written = SelectorFile.read(same);
    assertThat(written.values().keySet()).isEqualTo(before.values().keySet());
    written
        .values()
        .forEach((name, values) -> assertThat(values).isEqualTo(before.values().get(name)));
    assertThat(written.scaling().means()).containsExactly(before.scaling().means(), within(1e-4f));
    assertThat(lines)
        .noneMatch(line -> line.startsWith("detector") || line.contains("frames to train on"));

    Files.delete(selector); // the run has its own copy
    lines.clear();
    SelectorTraining.run(after(selector, 2), new Messages(lines));
    assertThat(lines).anyMatch(line -> line.startsWith("tuning 2/2"));
    assertThat(SelectorFile.read(same).values().get("cells.weight"))
        .isNotEqualTo(before.values().get("cells.weight"));

    Path compact = folder.resolve("head.onnx");
    Files.copy(same.resolveSibling("head.onnx"), compact);
    SelectorOptions none = after(compact, 1).in(folder.resolve("none-after"));
    assertThatThrownBy(() -> SelectorTraining.run(none, new Messages(new ArrayList<>())))
        .isInstanceOf(DeweatherException.class)
        .hasMessageContaining("head.onnx is no selector");
  }

  private SelectorOptions after(Path selector, int tuningSteps) {
    return new SelectorOptions(
        List.of(clean),
        folder.resolve("after"),
        WEATHERS,
        1,
        null,
        selector,
        4,
        20,
        10,
        4,
        1e-3,
        tuningSteps,
        null,
        2,
        1);
  }

  private void refuses(SelectorOptions other, String message) {
    assertThatThrownBy(() -> SelectorTraining.run(other, new Messages(new ArrayList<>())))
        .isInstanceOf(DeweatherException.class)
        .hasMessageContaining("parts was begun with " + message);
  }

  private static String heldOut(List<String> lines, String stage) {
    String last = lines.stream().filter(l -> l.startsWith(stage + " 4/4")).findFirst().get();
    return last.replaceAll(".*held out (.*)  .*", "$1");
  }

  /** As little as there can be of everything. */
  private SelectorOptions few(String name, int detectorSteps, int frames) {
    return new SelectorOptions(
        List.of(clean),
        folder.resolve(name),
        WEATHERS,
        1,
        null,
        null,
        detectorSteps,
        frames,
        10,
        4,
        1e-3,
        4,
        null,
        2,
        1);
  }

  private static float[] heavy(SelectorSession session, int seed, List<Weather> present) {
    Mat picture = picture(100 + seed);
    try (Sighting frame = Sighting.make(picture, present, seed, Severity.HEAVY, Recording.PLAIN)) {
      return session.run(frame.frame()).values();
    } finally {
      picture.release();
    }
  }

  private Path train(Path run, int frames, int steps, int tuning, List<String> lines) {
    SelectorOptions options =
        new SelectorOptions(
            List.of(clean),
            run,
            WEATHERS,
            1,
            null,
            null,
            60,
            frames,
            40,
            steps,
            1e-3,
            tuning,
            null,
            2,
            1);
    return SelectorTraining.run(options, new Messages(lines));
  }

  /** The last one reported. */
  private static double loss(List<String> lines) {
    String last = lines.stream().filter(line -> line.startsWith("head")).reduce((a, b) -> b).get();
    return Double.parseDouble(last.replaceAll(".*loss ([0-9.]+) .*", "$1"));
  }

  /** Keeps what it hears, and wants the run to stop when it has asked so often. */
  private static final class Messages implements TrainingListener {
    private final List<String> lines;
    private int left;

    Messages(List<String> lines) {
      this(lines, 0);
    }

    Messages(List<String> lines, int left) {
      this.lines = lines;
      this.left = left;
    }

    @Override
    public void progress(Progress progress) {
      throw new AssertionError("a selector's training has no such stages");
    }

    @Override
    public void message(String line) {
      lines.add(line);
    }

    @Override
    public boolean stopRequested() {
      return --left == 0;
    }
  }

  private static Mat picture(long seed) {
    Random random = new Random(seed);
    Mat picture = new Mat(216, 384, CvType.CV_8UC3, colour(random));
    for (int k = 0; k < 12; k++) {
      Point from = new Point(random.nextInt(384), random.nextInt(216));
      Point to = new Point(random.nextInt(384), random.nextInt(216));
      Imgproc.rectangle(picture, from, to, colour(random), Imgproc.FILLED);
    }
    return picture;
  }

  private static Scalar colour(Random random) {
    return new Scalar(random.nextInt(200), random.nextInt(200), random.nextInt(200));
  }
}
