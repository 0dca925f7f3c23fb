package io.deweather;

import io.deweather.WeatherSelector.Selection;
import java.util.List;

/**
 * Decides for one stream what is done to each frame, so that it looks steady and is there in time:
 * the picture fades over when the choice changes, and where the deadline leaves time for one view
 * only, the likelier of two weathers is removed and nothing fades. Thread-safe.
 */
final class RemovalPlan {
  /** The share of the time left that the views may be expected to take. */
  private static final double PRUDENCE = 0.8;

  /** For how many frames time that was short is taken to stay short, lest the picture flickers. */
  private static final int SHORT_FOR = 50;

  private static final double LEARNING_RATE = 0.2;

  private final int fadeFrames;
  private List<Weather> target;
  private List<Weather> leaving = List.of();
  private int faded;
  private int shortFor;
  private double nanosPerRun;

  /**
   * Creates a plan.
   *
   * @param fadeFrames how many frames a fade takes; 0 for none
   */
  RemovalPlan(int fadeFrames) {
    this.fadeFrames = fadeFrames;
    this.faded = fadeFrames;
  }

  /** The next frame has nothing to do with those before. */
  synchronized void restart() {
    target = null;
    faded = fadeFrames;
  }

  /** What is done to the next frame. */
  synchronized Removal next(Selection selection, Deadline until) {
    shortFor = Math.max(0, shortFor - 1);
    List<Weather> wanted = selection.weathers();
    if (wanted.size() > 1 && !allows(wanted.size(), until)) {
      shortFor = shortFor > 0 ? shortFor : SHORT_FOR;
      wanted = List.of(selection.weather());
    }
    if (target != null && !wanted.equals(target)) {
      // A fade that is cut short goes on from what there was more of.
      leaving = share() >= 0.5 ? target : leaving;
      faded = wanted.equals(leaving) ? fadeFrames : 0;
    }
    target = wanted;
    if (faded >= fadeFrames) {
      return Removal.of(wanted);
    }
    faded++;
    Removal fade = new Removal(wanted, leaving, share());
    if (fade.runs() > 1 && !allows(fade.runs(), until)) {
      faded = fadeFrames;
      return Removal.of(wanted);
    }
    return fade;
  }

  /** Quick at first: half of what a change is to bring is there after a third of the fade. */
  private double share() {
    double left = 1 - faded / (fadeFrames + 1.0);
    return 1 - left * left;
  }

  private boolean allows(int runs, Deadline until) {
    return !until.exists()
        || shortFor == 0 && nanosPerRun > 0 && runs * nanosPerRun <= PRUDENCE * until.remaining();
  }

  /** Learns how long views take, or that they took too long. */
  synchronized void learn(Removal done, FrameReason reason, long nanos) {
    if (reason == FrameReason.DEADLINE && done.runs() > 1) {
      shortFor = SHORT_FOR;
    }
    if (reason == FrameReason.NONE && done.runs() > 0) {
      double each = (double) nanos / done.runs();
      nanosPerRun += (nanosPerRun == 0 ? 1 : LEARNING_RATE) * (each - nanosPerRun);
    }
  }
}
