package io.deweather.models;

import io.deweather.models.Examples.Position;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * How far a selector's run has come, and what it was begun with: its checkpoint. Each stage goes on
 * where it was stopped, and sees what it would have seen.
 */
final class SelectorRun {
  /** What is done, one after another. */
  enum Stage {
    /** The detector learns. */
    DETECTOR,
    /** Frames are made for the head. */
    FRAMES,
    /** The head learns. */
    HEAD,
    /** Both learn together. */
    TUNING,
    /** What weighs the second opinion learns. */
    OPINION,
    /** {@code selector.onnx} is there. */
    DONE
  }

  /**
   * What a stage trains.
   *
   * @param learners by name
   * @param step takes a learning rate, gives the loss before it
   * @param heldOut what is to be said of what is held out
   * @param resume makes the examples come as after so many steps
   * @param facts to be found in the checkpoint then
   */
  record Lesson(
      Map<String, Learner> learners,
      DoubleUnaryOperator step,
      Supplier<String> heldOut,
      IntConsumer resume,
      Supplier<Map<String, String>> facts) {}

  private static final int WARM_UP = 100;
  private static final String OLDEST = "oldest";
  private static final Set<String> OF_THE_MACHINE = Set.of("clean", "out", "threads");
  private static final Set<String> OF_FRAMES =
      Set.of("frames", "calibration_frames", "tuning_steps", "opinion", "opinion_frames");
  private static final Set<String> OF_THE_HEAD = Set.of("steps", "rate");

  private final SelectorOptions options;
  private final TrainingListener listener;
  private Optional<Checkpoint<SelectorOptions>> last = Optional.empty();
  private String photographs;

  /**
   * Looks at what the folder holds.
   *
   * @throws io.deweather.DeweatherException if that was begun with other options
   */
  SelectorRun(SelectorOptions options, TrainingListener listener) {
    this.options = options;
    this.listener = listener;
    if (Checkpoint.exists(options.out())) {
      last = Optional.of(Checkpoint.read(options.out(), SelectorOptions.class));
      last.get().requireOptions(options.out(), options, free());
    }
  }

  /** The options that can still have an effect, and those that do not change what comes of it. */
  private Set<String> free() {
    Set<String> free = new HashSet<>(OF_THE_MACHINE);
    if (!isIn(Stage.HEAD) && !isIn(Stage.TUNING) && !isIn(Stage.OPINION)) {
      free.addAll(OF_FRAMES);
      boolean tuned = Files.exists(options.out().resolve(SelectorTuning.TRUNK_NAME));
      if (tuned) { // by what was found in them, which stays
        free.remove("frames");
      }
      if (!tuned || options.opinion() != null) { // whose head is trained by them too
        free.addAll(OF_THE_HEAD);
      }
    }
    return free;
  }

  /**
   * Says what it trains on.
   *
   * @throws io.deweather.DeweatherException if a stage that was stopped was begun with others
   */
  void trainsOn(Photographs all) {
    photographs = all.identity();
    if (last.isPresent() && !isIn(Stage.FRAMES) && !isIn(Stage.DONE)) {
      last.get().requirePhotographs(options.out(), all);
    }
  }

  /** Whether it was stopped in this stage. */
  boolean isIn(Stage stage) {
    return last.isPresent() && last.get().stage().equals(stage.name());
  }

  /** What a stage that was stopped kept of this name. */
  Optional<String> fact(Stage stage, String name) {
    return isIn(stage) ? Optional.ofNullable(last.get().facts().get(name)) : Optional.empty();
  }

  /** The example that a stage begins with: the first, or the oldest that it was stopped with. */
  Position first(Stage stage) {
    return fact(stage, OLDEST).map(Position::parse).orElse(Position.START);
  }

  /** The fact that {@link #first} finds. */
  static Map<String, String> oldest(Replay<?> replay) {
    return Map.of(OLDEST, replay.oldest().toString());
  }

  /** Keeps what the run goes on with, if no stage is under way: a stop may come at any time. */
  void begin() {
    if (last.isEmpty() || isIn(Stage.DONE) || isIn(Stage.FRAMES)) {
      enter(Stage.FRAMES);
    }
  }

  /** Begins a stage. */
  void enter(Stage stage) {
    keep(stage, 0, Map.of(), Map.of());
  }

  /** Trains a stage to its end, from its beginning or where it was stopped. */
  void train(Stage stage, int steps, double rate, int reportEvery, Lesson lesson) {
    int first = 0;
    if (isIn(stage)) {
      Checkpoint<SelectorOptions> stopped = last.get();
      first = stopped.step();
      for (Map.Entry<String, Learner> learner : lesson.learners.entrySet()) {
        learner.getValue().resume(learner.getKey() + "/", stopped.vectors(), first);
      }
      boolean replays = stopped.facts().containsKey(OLDEST) && first < steps;
      listener.message(
          "%s resumed at step %d%s"
              .formatted(
                  label(stage), first, replays ? ", once what it saw last is made again" : ""));
      if (first < steps) {
        lesson.resume.accept(first);
      }
    }
    Steps work = new Steps(stage, steps, first, lesson);
    new StepLoop(stage.name(), steps, rate, WARM_UP, reportEvery, reportEvery)
        .run(first, work, listener);
    work.keep(steps);
  }

  private void keep(
      Stage stage, int step, Map<String, String> facts, Map<String, float[]> vectors) {
    Checkpoint<SelectorOptions> now =
        new Checkpoint<>(options, stage.name(), step, photographs, facts, vectors, new byte[0]);
    now.write(options.out());
    last = Optional.of(now);
  }

  private static String label(Stage stage) {
    return stage.name().toLowerCase(Locale.ROOT);
  }

  private final class Steps implements StepLoop.Work {
    private final Stage stage;
    private final int steps;
    private final int first;
    private final Lesson lesson;
    private final long begin = System.nanoTime();

    Steps(Stage stage, int steps, int first, Lesson lesson) {
      this.stage = stage;
      this.steps = steps;
      this.first = first;
      this.lesson = lesson;
    }

    @Override
    public double step(double rate) {
      return lesson.step.applyAsDouble(rate);
    }

    @Override
    public void report(int done, double loss) {
      double each = (System.nanoTime() - begin) / 1e9 / (done - first);
      listener.message(
          "%s %d/%d  loss %.4f  held out %s  %.0f min left"
              .formatted(
                  label(stage),
                  done,
                  steps,
                  loss,
                  lesson.heldOut.get(),
                  each / 60 * (steps - done)));
    }

    @Override
    public void keep(int done) {
      Map<String, float[]> vectors = new LinkedHashMap<>();
      lesson.learners.forEach((name, learner) -> vectors.putAll(learner.state(name + "/")));
      SelectorRun.this.keep(stage, done, lesson.facts.get(), vectors);
    }
  }
}
