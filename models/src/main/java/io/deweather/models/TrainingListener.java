package io.deweather.models;

import io.deweather.Weather;
import java.time.Duration;
import java.util.Map;

/** Hears how a training run gets on. Called from the training thread. */
public interface TrainingListener {
  /** The stages of the method, in order. */
  enum Stage {
    /** One parameter set, the sum of the weathers' losses. */
    JOINT,
    /** How much each weather's gradient moves each parameter. */
    MEASURE,
    /** Each weather trains what its view shows. */
    MASKED
  }

  /**
   * Where the run stands.
   *
   * @param stage that is running
   * @param step of the stage, from 1
   * @param steps that the stage has
   * @param loss mean over the steps since the last report
   * @param psnr on held-out crops through each weather's own view, in dB; empty while measuring
   * @param inputPsnr of the same crops before restoration, in dB
   * @param imagesPerSecond since the last report
   * @param gflops billions of floating-point operations a second since the last report: 2 a
   *     multiply-accumulate, three passes (forward, and two of the same size backward)
   * @param remaining of the whole run, at this rate
   */
  record Progress(
      Stage stage,
      int step,
      int steps,
      double loss,
      Map<Weather, Double> psnr,
      Map<Weather, Double> inputPsnr,
      double imagesPerSecond,
      double gflops,
      Duration remaining) {}

  /** The run got this far. */
  void progress(Progress progress);

  /** Something a person should know, in one line. */
  void message(String line);

  /**
   * Whether the run shall stop: asked after every step, then it is kept so that it can go on, and
   * ends with a {@link TrainingStoppedException}. As interrupting the thread does; by default no.
   */
  default boolean stopRequested() {
    return false;
  }
}
