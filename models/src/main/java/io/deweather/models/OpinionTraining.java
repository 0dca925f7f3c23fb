package io.deweather.models;

import io.deweather.DeweatherException;
import io.deweather.Weather;
import io.deweather.converter.BundleContents;
import io.deweather.converter.Network;
import io.deweather.converter.SecondOpinion;
import io.deweather.converter.SecondOpinion.Doubt;
import io.deweather.converter.SelectorGraph;
import io.deweather.converter.SelectorGraph.Judgement;
import io.deweather.models.SelectorFrames.Sample;
import io.deweather.models.SelectorRun.Lesson;
import io.deweather.models.SelectorRun.Stage;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Trains what weighs the second opinion: a head on what a restoration network finds in frames of
 * which detector and head leave doubt, and on what these say of them. The restoration network stays
 * as it is. The head learns from more frames than it will be asked about, and is calibrated on
 * those.
 */
final class OpinionTraining {
  private static final int STREAM = 6;
  private static final int REPORT_EVERY = 500;

  private final SelectorOptions options;
  private final SelectorRun run;
  private final TrainingListener listener;
  private final int known;
  private final Network sight;

  /**
   * Reads the network that is asked.
   *
   * @throws DeweatherException if there is none that can be
   */
  OpinionTraining(SelectorOptions options, SelectorRun run, TrainingListener listener) {
    this.options = options;
    this.run = run;
    this.listener = listener;
    known = options.weathers().size();
    sight = SelectorNetworks.sight(restorer());
  }

  /**
   * Trains, and calibrates.
   *
   * @param first what is said before it is asked
   * @param photographs to train on
   * @param others to calibrate on
   */
  SecondOpinion run(Judgement first, Photographs photographs, Photographs others) {
    SelectorExamples examples =
        new SelectorExamples(
            options,
            listener,
            "opinion.safetensors",
            photographs.identity(),
            SelectorGraph.opinionFeatures(first, sight));
    List<Sample> heldOut = examples.toCalibrateOn(others, options.calibrationFrames());
    List<Sample> training = examples.toTrainOn(photographs, STREAM, options.opinionFrames());
    List<Sample> doubtful = leaving(SecondOpinion.LEARNED_FROM, training);
    List<Sample> unseen = leaving(SecondOpinion.ASKED, heldOut);
    listener.message(
        "in doubt: %d of %d frames to train on, %d of %d to calibrate on"
            .formatted(doubtful.size(), training.size(), unseen.size(), heldOut.size()));
    int features = doubtful.get(0).features().length;
    SelectorTrainer trainer =
        new SelectorTrainer(
            SelectorNetworks.head(features, known, options.seed()), doubtful, options.seed());
    run.train(
        Stage.OPINION,
        options.steps(),
        options.rate(),
        REPORT_EVERY,
        new Lesson(
            Map.of("opinion", trainer.learner()),
            trainer::step,
            () -> scores(trainer, unseen).accuracy(),
            trainer::skip,
            Map::of));
    SelectorScores answered = new SelectorScores(options.weathers(), heldOut, answers(heldOut));
    int alarms = answered.alarms(SecondOpinion.ASKED.below());
    return new SecondOpinion(
        new Judgement(
            sight,
            trainer.scaling(),
            trainer.learner().averaged(),
            scores(trainer, unseen)
                .calibration(answered.evened(), Math.max(0, answered.bearable() - alarms))));
  }

  private Network restorer() {
    BundleContents bundle = BundleContents.read(options.opinion());
    StartingPoint.requireSingle(bundle, options.opinion());
    List<Weather> views = bundle.visibility().weathers();
    Weather view = views.contains(Weather.RAINDROP) ? Weather.RAINDROP : views.get(0);
    Network restorer = bundle.seenBy(view);
    if (SecondOpinion.MULTIPLE % restorer.multiple() != 0) {
      throw new DeweatherException(
          "%s cannot give a second opinion: its network takes multiples of %d pixels, which must divide %d"
              .formatted(options.opinion(), restorer.multiple(), SecondOpinion.MULTIPLE));
    }
    return restorer;
  }

  private List<Sample> leaving(Doubt doubt, List<Sample> frames) {
    List<Sample> doubtful = frames.stream().filter(f -> doubt.isLeftBy(answer(f))).toList();
    if (doubtful.isEmpty()) {
      throw new DeweatherException(
          "none of %d frames leaves doubt: a second opinion needs more".formatted(frames.size()));
    }
    return doubtful;
  }

  private float[][] answers(List<Sample> frames) {
    return frames.stream().map(this::answer).toArray(float[][]::new);
  }

  /** The log-odds of the first answer. */
  private float[] answer(Sample frame) {
    return Arrays.copyOf(frame.features(), known);
  }

  private SelectorScores scores(SelectorTrainer trainer, List<Sample> frames) {
    return new SelectorScores(options.weathers(), frames, trainer.evaluate(frames));
  }
}
