package io.deweather.models;

import io.deweather.DeweatherException;
import io.deweather.FileFailure;
import io.deweather.converter.BundleContents;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A training run with gradient-guided masks (Guo et al., arXiv 2411.16739), from clean photographs
 * to a bundle, in the three stages of {@link TrainingListener.Stage}. A run lives in a folder:
 *
 * <pre>
 *   checkpoint.safetensors    everything that {@link #resume} needs
 *   joint.onnx                the network after joint training
 *   intensities.safetensors   how strongly each weather moves each parameter, if measured here
 *   network.onnx              the network after masked fine-tuning
 *   visibility.safetensors    which weather sees which parameter
 *   bundle/                   the two, baked
 * </pre>
 *
 * <p>The same options give the same run, also when it is interrupted and resumed: crops, weather
 * and schedule depend on the seed and the step alone.
 */
public final class Training {
  /** The options that another machine may need otherwise. */
  private static final Set<String> OF_THE_MACHINE =
      Set.of("clean", "out", "threads", "loader_threads", "device");

  private Training() {}

  /**
   * Runs from the beginning, or from where the run {@link TrainingOptions#after} ended.
   *
   * @return the folder of the bundle
   * @throws TrainingStoppedException if the run was asked to stop; it can be resumed
   * @throws DeweatherException if the folder already holds a run, or something cannot be read or
   *     written
   */
  public static Path run(TrainingOptions options, TrainingListener listener) {
    if (Checkpoint.exists(options.out())) {
      throw new DeweatherException(
          options.out() + " already holds a run: resume it, or choose another folder");
    }
    try (TrainingRun run = new TrainingRun(options, listener)) {
      Files.createDirectories(options.out());
      return run.begin();
    } catch (FileAlreadyExistsException e) {
      throw new DeweatherException(options.out() + " is a file; a folder is expected", e);
    } catch (IOException e) {
      throw new DeweatherException(
          "cannot create " + options.out() + ": " + FileFailure.reason(e), e);
    }
  }

  /**
   * Options of a run that goes on from a finished one, or from a bundle: its network, weathers,
   * masks and background are kept; the rest has its defaults.
   *
   * @param finished the folder of that run, or of a bundle in fp32
   * @param clean folders of clean photographs
   * @param out the new run's folder
   * @throws DeweatherException if there is no checkpoint and no such bundle
   */
  public static TrainingOptionsBuilder after(Path finished, List<Path> clean, Path out) {
    Optional<BundleContents> bundle = StartingPoint.bundle(finished);
    if (bundle.isPresent()) {
      return TrainingOptions.builder(clean, out)
          .after(finished)
          .network(bundle.get().manifest().name())
          .weathers(bundle.get().visibility().weathers())
          .background(StartingPoint.background(bundle.get()));
    }
    if (!Checkpoint.exists(finished)) {
      throw new DeweatherException(finished + " holds neither a run nor a bundle");
    }
    TrainingOptions before = options(finished);
    return TrainingOptions.builder(clean, out)
        .after(finished)
        .network(before.grow() == null ? before.network() : before.grow())
        .weathers(before.weathers())
        .background(before.background());
  }

  /**
   * What a run was begun with, its folder being the given one, also where it has been moved to.
   *
   * @param out the run's folder
   * @throws DeweatherException if there is no checkpoint
   */
  public static TrainingOptions options(Path out) {
    TrainingOptions begun = Checkpoint.read(out, TrainingOptions.class).options();
    return begun.toBuilder().out(out).build();
  }

  /**
   * Goes on with an interrupted run, exactly where its last checkpoint is.
   *
   * @param options those that the run was begun with, see {@link #options}, but for the folder of
   *     the same photographs, threads and device: with another number of threads or another device
   *     sums are rounded otherwise
   * @return the folder of the bundle
   * @throws TrainingStoppedException if the run was asked to stop; it can be resumed
   * @throws DeweatherException if there is no checkpoint, it is of other options or photographs, or
   *     something cannot be read or written
   */
  public static Path resume(TrainingOptions options, TrainingListener listener) {
    Checkpoint<TrainingOptions> checkpoint = Checkpoint.read(options.out(), TrainingOptions.class);
    checkpoint.requireOptions(options.out(), options, OF_THE_MACHINE);
    try (TrainingRun run = new TrainingRun(options, listener)) {
      return run.resume(checkpoint);
    }
  }

  /**
   * Brings a run to its end: begins it, goes on with what its folder holds, or does nothing if it
   * is finished. For programs that are restarted until their work is done.
   *
   * @param options of the run; where its folder holds one, see {@link #resume}
   * @return the folder of the bundle
   * @throws TrainingStoppedException if the run was asked to stop
   * @throws DeweatherException if the folder holds a run with other options, or something cannot be
   *     read or written
   */
  public static Path complete(TrainingOptions options, TrainingListener listener) {
    boolean begun = Checkpoint.exists(options.out());
    Path bundle = options.out().resolve(RunExport.BUNDLE);
    if (!Files.isDirectory(bundle)) {
      return begun ? resume(options, listener) : run(options, listener);
    }
    if (begun) {
      Checkpoint.read(options.out(), TrainingOptions.class)
          .requireOptions(options.out(), options, OF_THE_MACHINE);
    }
    return bundle;
  }
}
