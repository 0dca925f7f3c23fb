package io.deweather.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.deweather.DeweatherException;
import io.deweather.OpenCv;
import io.deweather.Weather;
import io.deweather.converter.BundleVerifier;
import io.deweather.converter.BundleWriter;
import io.deweather.converter.GraphBuilder;
import io.deweather.converter.Network;
import io.deweather.converter.Network.ColourOrder;
import io.deweather.converter.Precision;
import io.deweather.converter.Visibility;
import io.deweather.models.TrainingOptions.Background;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
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
class TrainingTest {
  @TempDir Path folder;
  private Path clean;
  private Path start;

  @BeforeEach
  void drawPicturesAndNetwork() {
    OpenCv.load();
    clean = folder.resolve("clean");
    clean.toFile().mkdirs();
    Random random = new Random(2);
    for (int i = 0; i < 18; i++) {
      Mat picture = new Mat(120, 160, CvType.CV_8UC3, new Scalar(90 + 5 * i, 120, 200 - 6 * i));
      for (int k = 0; k < 6; k++) {
        Scalar colour = new Scalar(random.nextInt(256), random.nextInt(256), random.nextInt(256));
        Point from = new Point(random.nextInt(160), random.nextInt(120));
        Point to = new Point(random.nextInt(160), random.nextInt(120));
        Imgproc.rectangle(picture, from, to, colour, Imgproc.FILLED);
      }
      Imgcodecs.imwrite(clean.resolve("picture%02d.png".formatted(i)).toString(), picture);
    }
    GraphBuilder graph = new GraphBuilder("tiny", 1);
    String folded = graph.spaceToDepth(graph.input(), 2);
    String inner = graph.relu(graph.conv3("first", folded, 12, 16));
    inner = graph.relu(graph.conv3("hidden", inner, 16, 16));
    String result = graph.sum(folded, graph.conv("second", inner, 16, 12, 3, 1, 0.1));
    start = folder.resolve("tiny.onnx");
    graph.build(graph.depthToSpace(result, 2), 2, ColourOrder.BGR).write(start);
  }

  @Test
  void aRunLearnsAndAnInterruptedOneEndsWithTheSameNetwork() {
    Recorder whole = new Recorder(Integer.MAX_VALUE);
    Path bundle = Training.run(options("whole"), whole);
    assertThat(whole.last.psnr().get(Weather.RAIN))
        .isGreaterThan(whole.last.inputPsnr().get(Weather.RAIN));
    assertThat(whole.messages).anyMatch(m -> m.contains("overlap"));
    Visibility visibility = Visibility.read(folder.resolve("whole/visibility.safetensors"));
    for (Weather weather : visibility.weathers()) {
      assertThat(visibility.specificShare(weather))
          .as(weather.id())
          .isGreaterThan(0)
          .isLessThan(0.4);
    }
    // Eighty steps of so small a network change a frame too little for views to look different.
    assertThat(BundleVerifier.verify(bundle).checks())
        .allMatch(check -> check.passed() || check.name().equals("views differ"));

    Recorder first = new Recorder(50);
    assertThatThrownBy(() -> Training.run(options("parts"), first))
        .isInstanceOf(TrainingStoppedException.class)
        .hasMessageContaining("step 50");
    Recorder second = new Recorder(Integer.MAX_VALUE);
    Training.resume(Training.options(folder.resolve("parts")), second);

    Network expected = Network.read(folder.resolve("whole/network.onnx"));
    Network actual = Network.read(folder.resolve("parts/network.onnx"));
    expected
        .parameters()
        .forEach(
            (name, parameter) ->
                assertThat(actual.parameters().get(name).values()).isEqualTo(parameter.values()));
    assertThat(second.losses.get(0)).isEqualTo(whole.losses.get(1));
  }

  @Test
  void aRunAfterAnotherKeepsItsMasksAndBackgroundAndStartsFromItsNetwork() throws Exception {
    Training.run(options("first"), new Recorder(Integer.MAX_VALUE));
    TrainingOptionsBuilder after =
        Training.after(folder.resolve("first"), List.of(clean), folder.resolve("second"));
    TrainingOptions second = after.maskedSteps(0).side(64).threads(1).build();
    Recorder recorder = new Recorder(Integer.MAX_VALUE);
    Training.run(second, recorder);
    assertThat(second.background()).isEqualTo(Background.BASE);
    assertThat(recorder.messages).noneMatch(m -> m.contains("left out"));
    assertThat(folder.resolve("second/bundle/bundle.json"))
        .content()
        .contains("\"name\" : \"tiny\"", "\"after\" : {", "\"masked_steps\" : 0")
        .contains("\"joint_steps\" : 60", "\"quantile\" : 0.6", "\"measure_batches\" : 4");

    for (String file : List.of("visibility.safetensors", "network.onnx", "bundle/weights.bin")) {
      assertThat(folder.resolve("second").resolve(file))
          .hasSameBinaryContentAs(folder.resolve("first").resolve(file));
    }

    TrainingOptions zero =
        builder("third").after(folder.resolve("first")).background(Background.ZERO).build();
    assertThatThrownBy(() -> Training.run(zero, new Recorder(1)))
        .isInstanceOf(DeweatherException.class)
        .hasMessageContaining("background BASE, this run")
        .hasMessageContaining("ZERO");
    assertThat(folder.resolve("third")).doesNotExist();
  }

  @Test
  void aRunDoesNotGoOnWhereWhatItBeganWithHasChanged() throws Exception {
    Path first = Training.run(options("first"), new Recorder(Integer.MAX_VALUE));
    Path other =
        Training.run(
            options("first").toBuilder().seed(5).out(folder.resolve("other")).build(),
            new Recorder(Integer.MAX_VALUE));
    TrainingOptions options =
        Training.after(first, List.of(clean), folder.resolve("further"))
            .maskedSteps(6)
            .side(64)
            .threads(1)
            .build();
    assertThatThrownBy(() -> Training.run(options, new Stopping(3)))
        .isInstanceOf(TrainingStoppedException.class);
    Files.move(first, folder.resolve("first/before"));
    Files.move(other, first);
    assertThatThrownBy(() -> Training.resume(options, new Recorder(1)))
        .isInstanceOf(DeweatherException.class)
        .hasMessageContaining("further was begun from " + first + " as that was then");
  }

  @Test
  void aRunAfterABundleStartsFromWhatThatHolds() throws Exception {
    for (Background background : Background.values()) {
      String name = background.name();
      TrainingOptions first =
          builder(name).background(background).jointSteps(6).maskedSteps(6).build();
      Training.run(first, new Recorder(Integer.MAX_VALUE));
      Path bundle = folder.resolve(name).resolve("bundle");
      TrainingOptions options =
          Training.after(bundle, List.of(clean), folder.resolve("after-" + name))
              .maskedSteps(0)
              .side(64)
              .threads(1)
              .build();
      assertThat(options.background()).isEqualTo(background);
      Path same = Training.run(options, new Recorder(Integer.MAX_VALUE));
      assertThat(same.resolve("weights.bin")).hasSameBinaryContentAs(bundle.resolve("weights.bin"));
      TrainingOptions more =
          Training.after(
                  folder.resolve("after-" + name), List.of(clean), folder.resolve("x" + name))
              .maskedSteps(0)
              .side(64)
              .build();
      for (Path next : List.of(same, Training.run(more, new Recorder(Integer.MAX_VALUE)))) {
        assertThat(next.resolve("bundle.json"))
            .content()
            .contains("\"name\" : \"tiny\"", "\"masked_steps\" : 0", "\"joint_steps\" : 6")
            .containsOnlyOnce("\"quantile\"");
      }
    }

    Path half = folder.resolve("half");
    BundleWriter.from(folder.resolve("BASE/bundle")).precision(Precision.FP16).write(half);
    assertThatThrownBy(() -> Training.after(half, List.of(clean), folder.resolve("none")))
        .isInstanceOf(DeweatherException.class)
        .hasMessage(half + " is fp16; training goes on from a bundle in fp32");
    Path twice = folder.resolve("twice");
    BundleWriter.from(folder.resolve("BASE/bundle")).selfEnsemble().write(twice);
    assertThatThrownBy(() -> Training.after(twice, List.of(clean), folder.resolve("none")))
        .isInstanceOf(DeweatherException.class)
        .hasMessageStartingWith(twice + " restores each frame and its mirror image");
  }

  @Test
  void aRunThatGrowsKeepsTheMasksAndSaysWhatItCannotGrow() throws Exception {
    TrainingOptionsBuilder small = builder("small").network("edge").jointSteps(0).maskedSteps(0);
    Training.run(small.build(), new Recorder(Integer.MAX_VALUE));
    TrainingOptionsBuilder grows = builder("large").after(folder.resolve("small"));
    Training.run(grows.grow("quality").maskedSteps(1).build(), new Recorder(Integer.MAX_VALUE));

    Visibility before = Visibility.read(folder.resolve("small/visibility.safetensors"));
    Visibility after = Visibility.read(folder.resolve("large/visibility.safetensors"));
    double parameters = Networks.edge(1).parameterCount();
    double grown = Networks.quality(1).parameterCount();
    for (Weather weather : before.weathers()) {
      assertThat(after.specificShare(weather) * grown)
          .isCloseTo(before.specificShare(weather) * parameters, within(1e-3));
    }
    assertThat(folder.resolve("large/bundle/bundle.json"))
        .content()
        .contains("\"name\" : \"quality\"", "\"grown_to\" : \"quality\"");

    TrainingOptions tiny = builder("none").grow("quality").build();
    assertThatThrownBy(() -> Training.run(tiny, new Recorder(1)))
        .isInstanceOf(DeweatherException.class)
        .hasMessageContaining("cannot grow to quality: the larger network lacks first.weight");
  }

  /** Before any photograph is read, and not when the bundle is written. */
  @Test
  void refusesANetworkThatNoBundleCouldRunAndASideThatItDoesNotTake() {
    GraphBuilder graph = new GraphBuilder("halving", 1);
    String half = graph.relu(graph.conv("down", graph.input(), 3, 16, 3, 2, 1));
    String result = graph.conv3("up", graph.upsampleNearest2(half), 16, 3);
    Path silent = folder.resolve("silent.onnx");
    graph.build(graph.sum(graph.input(), result), 1, ColourOrder.RGB).write(silent);
    TrainingOptions halving = builder("none").network(silent.toString()).build();
    assertThatThrownBy(() -> Training.run(halving, new Recorder(1)))
        .isInstanceOf(DeweatherException.class)
        .hasMessageStartingWith(silent + ": the network must take an image of 19x17");
    assertThatThrownBy(() -> Training.run(builder("none").side(65).build(), new Recorder(1)))
        .isInstanceOf(DeweatherException.class)
        .hasMessage("side (65) must be a multiple of 2, as " + start + " asks for");
    assertThatThrownBy(() -> Training.run(builder("none").network("x").build(), new Recorder(1)))
        .isInstanceOf(DeweatherException.class)
        .hasMessage(
            "network (x) must be one of edge, quality, paper, or the path of an .onnx file");
    assertThat(folder.resolve("none")).doesNotExist();
  }

  @Test
  void namesPhotographsThatAreLeftOutAndLeavesNoFolderOfARunThatCannotBegin() throws Exception {
    Path damaged = Files.writeString(clean.resolve("a.png"), "no picture");
    Imgcodecs.imwrite(clean.resolve("b.png").toString(), new Mat(42, 90, CvType.CV_8UC3));
    Imgcodecs.imwrite(clean.resolve("enlarged.png").toString(), new Mat(43, 90, CvType.CV_8UC3));
    Recorder recorder = new Recorder(Integer.MAX_VALUE);
    TrainingOptions none = builder("none").jointSteps(0).maskedSteps(0).build();
    Training.run(none, recorder);
    assertThat(recorder.messages)
        .contains("left out as unreadable or below 43 pixels a side: " + damaged + " and 1 more");

    assertThatThrownBy(() -> Training.run(builder("large").side(512).build(), recorder))
        .hasMessage(clean + " holds no picture of at least 342 pixels a side");
    assertThat(folder.resolve("large")).doesNotExist();
    TrainingOptions file = none.toBuilder().out(damaged).build();
    assertThatThrownBy(() -> Training.run(file, recorder))
        .isInstanceOf(DeweatherException.class)
        .hasMessage(damaged + " is a file; a folder is expected");
  }

  @Test
  void refusesToGoOnAfterARunThatIsNotFinished() {
    assertThatThrownBy(() -> Training.run(options("parts"), new Recorder(50)))
        .isInstanceOf(TrainingStoppedException.class);
    TrainingOptions options = builder("more").after(folder.resolve("parts")).build();
    assertThatThrownBy(() -> Training.run(options, new Recorder(1)))
        .isInstanceOf(DeweatherException.class)
        .hasMessageContaining("parts is not finished");
  }

  @Test
  void aRunGoesOnInAnotherFolderButNotWithOtherOptionsOrPhotographs() throws Exception {
    Training.run(options("whole"), new Recorder(Integer.MAX_VALUE));
    assertThatThrownBy(() -> Training.run(options("parts"), new Stopping(7)))
        .isInstanceOf(TrainingStoppedException.class)
        .hasMessage("stopped in the joint stage after step 7");
    Path moved = Files.move(folder.resolve("parts"), folder.resolve("moved"));

    TrainingOptions other = Training.options(moved).toBuilder().crops(3).build();
    assertThatThrownBy(() -> Training.resume(other, new Recorder(1)))
        .isInstanceOf(DeweatherException.class)
        .hasMessageContaining("moved was begun with crops 2, not 3");
    assertThatThrownBy(() -> Training.complete(other, new Recorder(1)))
        .isInstanceOf(DeweatherException.class)
        .hasMessageContaining("moved was begun with crops 2, not 3");

    Path photographs = Files.move(clean, folder.resolve("photographs"));
    TrainingOptions here =
        Training.options(moved).toBuilder().clean(List.of(photographs)).loaderThreads(2).build();
    Path one = photographs.resolve("picture03.png");
    Files.move(one, photographs.resolve("other.png"));
    assertThatThrownBy(() -> Training.resume(here, new Recorder(1)))
        .isInstanceOf(DeweatherException.class)
        .hasMessageContaining("moved was begun with other photographs (18 of");
    Files.move(photographs.resolve("other.png"), one);

    Training.complete(here, new Recorder(Integer.MAX_VALUE));
    assertThat(moved.resolve("network.onnx"))
        .hasSameBinaryContentAs(folder.resolve("whole/network.onnx"));
  }

  @Test
  void refusesToOverwriteARun() {
    assertThatThrownBy(() -> Training.run(options("parts"), new Recorder(50)))
        .isInstanceOf(TrainingStoppedException.class);
    assertThatThrownBy(() -> Training.run(options("parts"), new Recorder(50)))
        .isInstanceOf(DeweatherException.class)
        .hasMessageContaining("already holds a run");
  }

  @Test
  void namesAFolderWithoutPicturesAndOneThatIsNotThere() {
    Path missing = folder.resolve("missing");
    for (Path other : List.of(folder, missing)) {
      TrainingOptions options =
          TrainingOptions.builder(List.of(clean, other), folder.resolve("none")).side(64).build();
      assertThatThrownBy(() -> Training.run(options, new Recorder(1)))
          .isInstanceOf(DeweatherException.class)
          .hasMessage(
              other.equals(missing)
                  ? missing + ": there is no such folder"
                  : folder + " holds no picture of at least 43 pixels a side");
    }
  }

  private TrainingOptions options(String name) {
    return builder(name).build();
  }

  private TrainingOptionsBuilder builder(String name) {
    return TrainingOptions.builder(List.of(clean), folder.resolve(name))
        .network(start.toString())
        .jointSteps(60)
        .measureBatches(4)
        .maskedSteps(20)
        .quantile(0.6)
        .crops(2)
        .side(64)
        .rate(3e-3)
        .threads(1)
        .background(Background.BASE)
        .optimiser(TrainingOptions.Optimiser.MUON);
  }

  /** Wants the run to stop when it asks so often. */
  private static final class Stopping implements TrainingListener {
    private int left;

    Stopping(int left) {
      this.left = left;
    }

    @Override
    public void progress(Progress progress) {
      throw new AssertionError("stopped before the first report");
    }

    @Override
    public void message(String line) {}

    @Override
    public boolean stopRequested() {
      return --left == 0;
    }
  }

  /** Remembers what it hears, and interrupts the run at its first report from a step on. */
  private static final class Recorder implements TrainingListener {
    private final int interruptAt;
    private final List<Double> losses = new ArrayList<>();
    private final List<String> messages = new ArrayList<>();
    private Progress last;

    Recorder(int interruptAt) {
      this.interruptAt = interruptAt;
    }

    @Override
    public void progress(Progress progress) {
      losses.add(progress.loss());
      last = progress;
      if (progress.step() >= interruptAt) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void message(String line) {
      messages.add(line);
    }
  }
}
