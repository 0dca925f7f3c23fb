package io.deweather.samples;

import io.deweather.DeweatherException;
import io.deweather.models.SelectorOptions;
import io.deweather.models.SelectorTraining;
import io.deweather.samples.scene.RoadScene;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.cli.Options;
import org.opencv.core.Mat;
import org.opencv.imgcodecs.Imgcodecs;

/** {@code train-selector}: the network that recognises the weather. */
final class TrainSelectorCommand implements Command {
  private static final int DRAWN = 24;
  private static final int DRAWN_APART = 43;

  @Override
  public String name() {
    return "train-selector";
  }

  @Override
  public String summary() {
    return "train the network that recognises the weather, on clean photographs";
  }

  @Override
  public String synopsis() {
    return "--clean DIR... --out RUN [OPTIONS]";
  }

  @Override
  public List<String> notes() {
    return List.of(
        "Weather is put into the photographs, and what looks like weather and is none; a detector",
        "learns where there is which, a head on it what that says of a whole frame, and then both",
        "together. RUN gets selector.onnx, calibrated:",
        "deweather convert --from BUNDLE --selector RUN/selector.onnx --out BUNDLE puts it in.",
        "The detector and the frames are kept in RUN: with these, another head takes a minute.");
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example(
            "train-selector --clean photos/ --out runs/selector", "about an hour on 2 cores"));
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(Help.values("clean", "DIR", "folders of clean photographs"))
        .addOption(Help.value("o", "out", "RUN", "the run's folder"))
        .addOption(Help.value(null, "seed", "N", "of every random choice; by default 1"))
        .addOption(Help.value(null, "detector", "ONNX", "a trained detector to go on from"))
        .addOption(Help.value(null, "detector-steps", "N", "of 12 new crops each; by default 6000"))
        .addOption(Help.value(null, "frames", "N", "to train the head on; by default 12000"))
        .addOption(Help.value(null, "calibration-frames", "N", "to calibrate on; by default 2000"))
        .addOption(Help.value(null, "steps", "N", "of the head, of 256 frames; by default 1000"))
        .addOption(
            Help.value(null, "rate", "R", "peak learning rate of the head; by default 0.001"))
        .addOption(
            Help.value(
                null,
                "tuning-steps",
                "N",
                "of detector and head together, of 8 new frames; by default 2000"))
        .addOption(Help.value(null, "threads", "N", "that make frames; by default 2"));
  }

  @Override
  public int run(Arguments arguments, Terminal terminal) throws IOException {
    arguments.noWords();
    Path out = arguments.requiredPath("out");
    List<Path> clean = new ArrayList<>(arguments.requiredPaths("clean"));
    clean.add(drawnScenes(out.resolve("drawn")));
    Path selector =
        SelectorTraining.run(options(arguments, clean, out), new TrainingJournal(terminal));
    terminal.out().println("selector: " + selector);
    return DONE;
  }

  private static SelectorOptions options(Arguments arguments, List<Path> clean, Path out) {
    SelectorOptions defaults = SelectorOptions.of(clean, out);
    try {
      return new SelectorOptions(
          clean,
          out,
          defaults.weathers(),
          arguments.integer("seed", defaults.seed(), Long.MIN_VALUE, Long.MAX_VALUE),
          arguments.path("detector").orElse(null),
          arguments.whole("detector-steps", defaults.detectorSteps(), 0),
          arguments.whole("frames", defaults.frames(), 0),
          arguments.whole("calibration-frames", defaults.calibrationFrames(), 0),
          arguments.whole("steps", defaults.steps(), 0),
          arguments.number("rate", defaults.rate(), 0, 1),
          arguments.whole("tuning-steps", defaults.tuningSteps(), 0),
          arguments.whole("threads", defaults.threads(), 0));
    } catch (IllegalArgumentException e) {
      throw UsageException.of(e);
    }
  }

  /** The drawn road too has to be recognised: demonstrations and tests look at it. */
  private static Path drawnScenes(Path folder) throws IOException {
    Files.createDirectories(folder);
    try (RoadScene scene = new RoadScene(960, 540)) {
      Mat frame = new Mat();
      for (int i = 0; i < DRAWN; i++) {
        scene.draw(i * DRAWN_APART, frame);
        Path file = folder.resolve("scene-%02d.png".formatted(i));
        if (!Imgcodecs.imwrite(file.toString(), frame)) {
          throw new DeweatherException("cannot write " + file);
        }
      }
      frame.release();
    }
    return folder;
  }
}
