package io.deweather.samples;

import static org.assertj.core.api.Assertions.assertThat;

import io.deweather.converter.GraphBuilder;
import io.deweather.converter.Network.ColourOrder;
import io.deweather.samples.scene.RoadScene;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.Mat;

@Tag("slow")
class TrainCommandTest {
  @TempDir Path folder;
  private Path clean;

  @BeforeEach
  void drawPictures() throws Exception {
    clean = Files.createDirectory(folder.resolve("clean"));
    try (RoadScene scene = new RoadScene(256, 216)) {
      Mat frame = new Mat();
      for (int i = 0; i < 18; i++) {
        scene.draw(10 * i, frame);
        Media.write(frame, clean.resolve("road%02d.png".formatted(i)));
      }
      frame.release();
    }
  }

  /** What a command says that finds Ctrl-C pressed. */
  private static CapturedTerminal interrupted(Object... arguments) {
    CapturedTerminal terminal = new CapturedTerminal();
    terminal.interruption.request();
    assertThat(terminal.run(arguments)).isEqualTo(130);
    return terminal;
  }

  @Test
  void ctrlCStopsARunWhichGoesOnInAnotherFolderOnOtherThreads() throws Exception {
    GraphBuilder graph = new GraphBuilder("tiny", 1);
    String folded = graph.spaceToDepth(graph.input(), 2);
    String inner = graph.relu(graph.conv3("first", folded, 12, 16));
    String result = graph.sum(folded, graph.conv("second", inner, 16, 12, 3, 1, 0.1));
    Path network = folder.resolve("tiny.onnx");
    graph.build(graph.depthToSpace(result, 2), 2, ColourOrder.BGR).write(network);
    Path run = folder.resolve("run");

    CapturedTerminal first =
        interrupted(
            "train",
            "--clean",
            clean,
            "--out",
            run,
            "--network",
            network,
            "--joint-steps",
            3,
            "--masked-steps",
            2,
            "--measure-batches",
            2,
            "--crops",
            1,
            "--side",
            64,
            "--threads",
            1);
    assertThat(first.err())
        .endsWith(
            "stopped in the joint stage after step 1; 'deweather train --resume --out %s' goes on%n"
                .formatted(run));
    assertThat(first.out()).isEmpty();

    Path moved = Files.move(run, folder.resolve("moved"));
    Path photographs = Files.move(clean, folder.resolve("photographs"));
    CapturedTerminal second = new CapturedTerminal();
    int done =
        second.run(
            "train", "--resume", "--out", moved, "--clean", photographs, "--loader-threads", 2);
    assertThat(done).as(second.err()).isZero();
    assertThat(second.err()).contains("resumed at JOINT step 1", "joint 3/3", "masked 2/2");
    // Masked steps are left after the joint ones, and nothing after those.
    assertThat(second.err().lines().filter(line -> line.startsWith("joint 3/3")))
        .allMatch(line -> line.endsWith("1 min left"));
    assertThat(second.err().lines().filter(line -> line.startsWith("masked 2/2")))
        .allMatch(line -> line.endsWith(" GFLOP/s"));
    assertThat(second.out().strip()).isEqualTo("bundle: " + moved.resolve("bundle"));
    assertThat(run).doesNotExist();
  }

  @Test
  void refusesWhatTheRunBeforeHasDecidedAndAFileForAFolder() {
    Path run = folder.resolve("run");
    for (String option : new String[] {"network", "joint-steps", "rate", "quantile", "masks"}) {
      CapturedTerminal terminal = new CapturedTerminal();
      int code =
          terminal.run("train", "--clean", clean, "--out", run, "--after", run, "--" + option, "1");
      assertThat(code).isEqualTo(2);
      assertThat(terminal.err())
          .isEqualToIgnoringNewLines(
              "deweather: --after and --%s exclude each other".formatted(option));
    }
    CapturedTerminal none = new CapturedTerminal();
    assertThat(none.run("train", "--clean", clean, "--out", run, "--after", clean)).isEqualTo(1);
    assertThat(none.err())
        .isEqualToIgnoringNewLines("deweather: " + clean + " holds neither a run nor a bundle");
    Path file = clean.resolve("road00.png");
    CapturedTerminal terminal = new CapturedTerminal();
    assertThat(terminal.run("train", "--clean", clean, "--out", file)).isEqualTo(1);
    assertThat(terminal.err())
        .isEqualToIgnoringNewLines("deweather: " + file + " is a file; a folder is expected");
  }

  @Test
  void aSelectorGoesOnWithTheOptionsItWasBegunWithAndRefusesOthers() {
    Path run = folder.resolve("selector");
    CapturedTerminal first =
        interrupted(
            "train-selector",
            "--clean",
            clean,
            "--out",
            run,
            "--detector-steps",
            2,
            "--threads",
            1);
    assertThat(first.err())
        .endsWith(
            "stopped in the detector stage after step 1; 'deweather train-selector --out %s'%s%n"
                .formatted(run, " goes on"));

    CapturedTerminal other = new CapturedTerminal();
    assertThat(other.run("train-selector", "--out", run, "--seed", 2)).isEqualTo(1);
    assertThat(other.err())
        .isEqualToIgnoringNewLines(
            "deweather: %s was begun with seed 1, not 2: go on with that, or choose another folder"
                .formatted(run));

    CapturedTerminal second = interrupted("train-selector", "--out", run);
    assertThat(second.err())
        .contains("detector resumed at step 1", "detector 2/2")
        .contains("stopped in the detector stage after step 2");
  }
}
