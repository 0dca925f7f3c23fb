package io.deweather.models;

import io.deweather.BundleException;
import io.deweather.DeweatherException;
import io.deweather.converter.BundleWriter;
import io.deweather.converter.Network;
import io.deweather.models.TrainingListener.Stage;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a run begins with: a network by name or from a file, or what a finished run left; and either
 * put into a larger one, if the options say so.
 */
final class StartingPoint {
  private final TrainingOptions options;
  private final Growth growth;
  private final Network network;

  StartingPoint(TrainingOptions options) {
    this.options = options;
    Network start = start(options);
    growth = options.grow() == null ? null : growth(options, start);
    network = growth == null ? start : growth.grown();
    if (options.side() % network.multiple() != 0) {
      throw new DeweatherException(
          "side (%d) must be a multiple of %d, as %s asks for"
              .formatted(options.side(), network.multiple(), this));
    }
  }

  private static Network start(TrainingOptions options) {
    if (options.after() != null) {
      Path finished = options.after().resolve(RunExport.NETWORK);
      if (!Files.exists(finished)) {
        throw notFinished(options);
      }
      return Network.read(finished);
    }
    if (!options.network().endsWith(".onnx")) {
      return named(options.network(), options);
    }
    Network brought = Network.read(Path.of(options.network()));
    try {
      BundleWriter.requireBakeable(brought);
    } catch (BundleException e) {
      throw new DeweatherException(options.network() + ": " + e.getMessage(), e);
    }
    return brought;
  }

  private static Network named(String name, TrainingOptions options) {
    try {
      return Networks.byName(name, options.seed());
    } catch (IllegalArgumentException e) {
      throw new DeweatherException(e.getMessage() + ", or the path of an .onnx file", e);
    }
  }

  private static Growth growth(TrainingOptions options, Network start) {
    try {
      return new Growth(start, named(options.grow(), options));
    } catch (DeweatherException e) {
      throw new DeweatherException("cannot grow to " + options.grow() + ": " + e.getMessage(), e);
    }
  }

  private static DeweatherException notFinished(TrainingOptions options) {
    return new DeweatherException(options.after() + " is not finished: resume it first");
  }

  Network network() {
    return network;
  }

  /** Where the network is from, for a person. */
  @Override
  public String toString() {
    Object from = options.after() != null ? options.after() : options.network();
    return growth == null ? from.toString() : from + " grown to " + options.grow();
  }

  /**
   * The masks of a finished run and what its views are shown against.
   *
   * @param base the parameters after its joint training
   * @param visibility of every parameter
   */
  record Masked(float[] base, byte[] visibility) {}

  /** Those of the run that this one comes after. */
  Masked masked() {
    Checkpoint<TrainingOptions> finished = Checkpoint.read(options.after(), TrainingOptions.class);
    TrainingOptions before = finished.options();
    if (!finished.stage().equals(Stage.MASKED.name()) || finished.step() < before.maskedSteps()) {
      throw notFinished(options);
    }
    if (!before.weathers().equals(options.weathers())
        || before.background() != options.background()) {
      throw new DeweatherException(
          "%s has weathers %s and background %s, this run %s and %s: they must be the same"
              .formatted(
                  options.after(),
                  before.weathers(),
                  before.background(),
                  options.weathers(),
                  options.background()));
    }
    float[] base = finished.vectors().getOrDefault(TrainingRun.BASE, new float[0]);
    return growth == null
        ? new Masked(base, finished.visibility())
        : new Masked(
            growth.parameters(base),
            growth.visibility(finished.visibility(), options.weathers().size()));
  }
}
