package io.deweather.samples;

import io.deweather.converter.SelectorFile;
import io.deweather.models.SelectorOptions;
import io.deweather.models.SelectorTraining;
import io.deweather.samples.scene.RoadScene;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.commons.cli.Options;
import org.opencv.core.Mat;

/** {@code train-selector}: the network that recognises the weather. */
final class TrainSelectorCommand implements Command {
  private static final String DRAWN_NAME = "drawn";

  /** What a selector that is tuned on has behind it. */
  private static final String[] BEFORE_TUNING = {"detector", "detector-steps", "frames"};

  /** Heads are trained before tuning, and to weigh a second opinion. */
  private static final String[] OF_HEADS = {"steps", "rate"};

  private static final int DRAWN = 24;
  private static final int DRAWN_APART = 43;

  @Override
  public String help() {
    return """
        train the network that recognises the weather, on clean photographs

        Usage: deweather train-selector --clean DIR... --out RUN [OPTIONS]
               deweather train-selector --out RUN [OPTIONS]
               deweather train-selector --after BUNDLE|ONNX --clean DIR... --out RUN [OPTIONS]

        Weather is put into the photographs, and what looks like weather and is none; a detector
        learns where there is which, a head on it what that says of a whole frame, and then both
        together. RUN gets selector.onnx, calibrated:
        deweather convert --from BUNDLE --selector RUN/selector.onnx --out BUNDLE puts it in.
        Started again on RUN, after Ctrl-C or at its end, it goes on with what is there and with the
        options it was begun with, where no other is given. One that could have no effect any more
        is refused: what the detector was trained with, then, without --opinion, --steps and --rate,
        and while head or tuning are not finished all but --threads and --clean (another folder of
        the same photographs). A finished selector that was tuned is tuned on. With --opinion, a restoration
        network is asked too where detector and head leave doubt about a frame; --after a bundle
        whose selector does so, that bundle's.

        Examples:
          deweather train-selector --clean photos/ --out runs/selector
              about an hour on 2 cores
          deweather train-selector --out runs/selector
              go on where it was stopped
          deweather train-selector --after models/zoo/edge --clean ours/ --out runs/ours --tuning-steps 500
              the shipped selector, tuned on photographs of your own cameras
          deweather train-selector --out runs/selector --tuning-steps 0 --opinion models/zoo/edge
              a finished selector learns to ask for a second opinion
        """;
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(Help.values("clean", "DIR", "folders of clean photographs"))
        .addOption(Help.value("o", "out", "RUN", "the run's folder"))
        .addOption(Help.value("seed", "N", "of every random choice; by default 1"))
        .addOption(Help.value("detector", "ONNX", "a trained detector to go on from"))
        .addOption(Help.value("after", "SELECTOR", "a selector, or a bundle's, to tune on"))
        .addOption(Help.value("detector-steps", "N", "of 12 new crops each; by default 6000"))
        .addOption(Help.value("frames", "N", "to train the head on; by default 12000"))
        .addOption(Help.value("calibration-frames", "N", "to calibrate on; by default 2000"))
        .addOption(Help.value("steps", "N", "of a head, of 256 frames; by default 1500"))
        .addOption(Help.value("rate", "R", "peak learning rate of a head; by default 0.001"))
        .addOption(
            Help.value(
                "tuning-steps",
                "N",
                "of detector and head together, of 8 new frames; by default 2000"))
        .addOption(
            Help.value("opinion", "BUNDLE", "whose raindrop view is asked where there is doubt"))
        .addOption(Help.value("opinion-frames", "N", "to learn its opinion on; by default 16000"))
        .addOption(Help.value("threads", "N", "that make frames; by default 2"));
  }

  @Override
  public int run(Arguments arguments, Terminal terminal) throws IOException {
    arguments.noWords();
    arguments.refuseBeside("after", BEFORE_TUNING);
    Path out = arguments.requiredPath("out");
    Optional<SelectorOptions> begun = SelectorTraining.options(out);
    List<Path> clean = new ArrayList<>();
    if (begun.isEmpty() || arguments.has("clean")) {
      clean.addAll(arguments.requiredPaths("clean"));
    } else {
      List<Path> before = begun.get().clean();
      clean.addAll(before.subList(0, before.size() - 1)); // the last one is that of drawn scenes
    }
    clean.add(out.resolve(DRAWN_NAME));
    SelectorOptions options =
        options(arguments, begun.orElseGet(() -> SelectorOptions.of(clean, out)), clean, out);
    if (options.opinion() == null) {
      arguments.refuseBeside("after", OF_HEADS);
      if (arguments.has("opinion-frames")) {
        throw new UsageException("--opinion-frames is for --opinion");
      }
    }
    drawScenes(out.resolve(DRAWN_NAME));
    TrainingJournal journal = new TrainingJournal(terminal);
    return journal.follow(
        "'deweather train-selector --out %s'".formatted(out),
        () -> "selector: %s%n".formatted(SelectorTraining.run(options, journal)));
  }

  private static SelectorOptions options(
      Arguments arguments, SelectorOptions defaults, List<Path> clean, Path out) {
    try {
      return new SelectorOptions(
          clean,
          out,
          defaults.weathers(),
          arguments.integer("seed", defaults.seed(), Long.MIN_VALUE, Long.MAX_VALUE),
          arguments.path("detector").orElse(defaults.detector()),
          arguments.path("after").orElse(defaults.after()),
          arguments.whole("detector-steps", defaults.detectorSteps(), 0),
          arguments.whole("frames", defaults.frames(), 0),
          arguments.whole("calibration-frames", defaults.calibrationFrames(), 0),
          arguments.whole("steps", defaults.steps(), 0),
          arguments.number("rate", defaults.rate(), 0, 1),
          arguments.whole("tuning-steps", defaults.tuningSteps(), 0),
          opinion(arguments, defaults),
          arguments.whole("opinion-frames", defaults.opinionFrames(), 0),
          arguments.whole("threads", defaults.threads(), 0));
    } catch (IllegalArgumentException e) {
      throw UsageException.of(e);
    }
  }

  /** A bundle whose selector asks for a second opinion is tuned to one that asks it. */
  private static Path opinion(Arguments arguments, SelectorOptions defaults) {
    Path own = arguments.path("opinion").orElse(defaults.opinion());
    Optional<Path> after = arguments.path("after").filter(Files::isDirectory);
    if (own == null && after.isPresent()) {
      SelectorFile selector = SelectorFile.read(after.get().resolve(SelectorFile.NAME));
      return selector.asksForOpinion() ? after.get() : null;
    }
    return own;
  }

  /** The drawn road too has to be recognised: demonstrations and tests look at it. */
  private static void drawScenes(Path folder) throws IOException {
    Files.createDirectories(folder);
    try (RoadScene scene = new RoadScene(960, 540)) {
      Mat frame = new Mat();
      for (int i = 0; i < DRAWN; i++) {
        scene.draw(i * DRAWN_APART, frame);
        Media.write(frame, folder.resolve("scene-%02d.png".formatted(i)));
      }
      frame.release();
    }
  }
}
