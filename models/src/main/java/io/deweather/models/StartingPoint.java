package io.deweather.models;

import io.deweather.BundleException;
import io.deweather.BundleManifest;
import io.deweather.DeweatherException;
import io.deweather.Weather;
import io.deweather.converter.BundleContents;
import io.deweather.converter.BundleWriter;
import io.deweather.converter.Network;
import io.deweather.converter.Precision;
import io.deweather.models.TrainingListener.Stage;
import io.deweather.models.TrainingOptions.Background;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a run begins with: a network by name or from a file, what a finished run left, or a bundle;
 * and either put into a larger one, if the options say so.
 */
final class StartingPoint {
  private final TrainingOptions options;
  private final Optional<Path> bundle;
  private final Growth growth;
  private final Network network;
  private final Masked masked;
  private final int hash;

  StartingPoint(TrainingOptions options) {
    this.options = options;
    Optional<BundleContents> contents =
        options.after() == null ? Optional.empty() : bundle(options.after());
    Network start = contents.map(BundleContents::network).orElseGet(() -> start(options));
    growth = options.grow() == null ? null : growth(options, start);
    network = growth == null ? start : growth.grown();
    if (options.side() % network.multiple() != 0) {
      throw new DeweatherException(
          "side (%d) must be a multiple of %d, as %s asks for"
              .formatted(options.side(), network.multiple(), this));
    }
    masked = options.after() == null ? null : masked(contents);
    hash = network.model().toByteString().hashCode();
    bundle =
        Optional.ofNullable(options.after())
            .map(after -> contents.isPresent() ? after : after.resolve(RunExport.BUNDLE))
            .filter(StartingPoint::isBundle);
  }

  /**
   * What a folder holds, if it is a bundle's.
   *
   * @throws DeweatherException if that is not in single precision, or a self-ensemble
   */
  static Optional<BundleContents> bundle(Path folder) {
    if (!isBundle(folder)) {
      return Optional.empty();
    }
    BundleContents contents = BundleContents.read(folder);
    String precision = contents.manifest().precision();
    if (!precision.equals(Precision.FP32.id())) {
      throw new DeweatherException(
          "%s is %s; training goes on from a bundle in fp32".formatted(folder, precision));
    }
    requireSingle(contents, folder);
    return Optional.of(contents);
  }

  /**
   * Checks that a bundle's network restores a picture once.
   *
   * @throws DeweatherException if it does not
   */
  static void requireSingle(BundleContents contents, Path folder) {
    if (contents.selfEnsemble()) {
      throw new DeweatherException(
          "%s restores each frame and its mirror image (a self-ensemble); take the bundle that it was converted from"
              .formatted(folder));
    }
  }

  /** Whether a folder is a bundle's. */
  static boolean isBundle(Path folder) {
    return Files.exists(folder.resolve(BundleManifest.FILE_NAME));
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

  /** The bundle that this run comes after, or that of the run that it comes after. */
  Optional<Path> bundle() {
    return bundle;
  }

  /**
   * What is added to the seed of crops: what comes after a run shall not see the same ones again.
   */
  long stream() {
    return options.after() == null ? 0 : hash;
  }

  /** What this run's network was, to tell whether it still is. */
  String identity() {
    return Integer.toHexString(hash);
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
   * @param base the parameters after its joint training; any where views have zeros
   * @param visibility of every parameter
   */
  record Masked(float[] base, byte[] visibility) {}

  /** Those of the run or the bundle that this run comes after; null if it comes after none. */
  Masked masked() {
    return masked;
  }

  private Masked masked(Optional<BundleContents> contents) {
    Masked before = contents.map(this::masked).orElseGet(this::finished);
    return growth == null
        ? before
        : new Masked(
            growth.parameters(before.base),
            growth.visibility(before.visibility, options.weathers().size()));
  }

  private Masked masked(BundleContents contents) {
    requireSame(contents.visibility().weathers(), background(contents));
    ByteArrayOutputStream visibility = new ByteArrayOutputStream();
    for (String tensor : contents.network().parameters().keySet()) {
      visibility.writeBytes(contents.visibility().bits(tensor));
    }
    Network base = contents.background().orElse(contents.network());
    return new Masked(FlatParameters.endToEnd(base), visibility.toByteArray());
  }

  /** What the views of a bundle have where they see nothing. */
  static Background background(BundleContents contents) {
    return contents.background().isPresent() ? Background.BASE : Background.ZERO;
  }

  private Masked finished() {
    Checkpoint<TrainingOptions> finished = Checkpoint.read(options.after(), TrainingOptions.class);
    TrainingOptions before = finished.options();
    if (!finished.stage().equals(Stage.MASKED.name()) || finished.step() < before.maskedSteps()) {
      throw notFinished(options);
    }
    requireSame(before.weathers(), before.background());
    float[] base = finished.vectors().getOrDefault(TrainingRun.BASE, new float[0]);
    return new Masked(base, finished.visibility());
  }

  private void requireSame(List<Weather> weathers, Background background) {
    if (!weathers.equals(options.weathers()) || background != options.background()) {
      throw new DeweatherException(
          "%s has weathers %s and background %s, this run %s and %s: they must be the same"
              .formatted(
                  options.after(), weathers, background, options.weathers(), options.background()));
    }
  }
}
