package io.deweather;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.RunOptions;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.deweather.TensorRtOptions.Size;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first frames of a view on an accelerator, run while it opens and profiled: only they show
 * whether the device works at all, and which nodes fell back on the CPU. A session on the CPU needs
 * none of this.
 */
final class Trial implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Trial.class);
  private static final double NOTEWORTHY = 0.05;

  private final Provider provider;
  private final Path folder;

  private Trial(Provider provider, Path folder) {
    this.provider = provider;
    this.folder = folder;
  }

  /** Prepares the options of a session that will be tried; does nothing for one on the CPU. */
  static Trial of(Provider provider, SessionOptions options) throws OrtException {
    if (!provider.accelerated()) {
      return new Trial(provider, null);
    }
    try {
      // A folder each: the profiler names its files by the second, and views load side by side.
      Trial trial = new Trial(provider, Files.createTempDirectory("deweather"));
      options.enableProfiling(trial.folder.resolve("trial").toString());
      return trial;
    } catch (IOException e) {
      throw new InferenceException("cannot write a profile of the first frame: " + e, e);
    }
  }

  /**
   * Runs the frames.
   *
   * @return what ran where; null on the CPU
   * @throws InferenceException if a frame fails
   */
  NodePlacement run(View view, OrtSession session, Path graph) {
    if (folder == null) {
      return null;
    }
    Size size = provider.trialSize();
    ByteBuffer frame = ByteBuffer.allocateDirect(size.width() * size.height() * 3);
    ByteBuffer restored = ByteBuffer.allocateDirect(frame.capacity());
    try (RunOptions options = new RunOptions()) {
      view.run(frame, restored, size.height(), size.width(), options);
      frame.clear();
      restored.clear();
      view.run(frame, restored, size.height(), size.width(), options);
      NodePlacement placement = NodePlacement.read(Path.of(session.endProfiling()));
      if (placement.cpuShare() > NOTEWORTHY) {
        LOG.warn("{} on {} leaves work to the CPU: {}", graph, provider.device(), placement);
      } else {
        LOG.info("{} on {}: {}", graph, provider.device(), placement);
      }
      return placement;
    } catch (OrtException | IOException e) {
      throw new InferenceException("cannot read the profile of the first frame: " + e, e);
    }
  }

  @Override
  public void close() {
    if (folder == null) {
      return;
    }
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException e) {
      LOG.debug("a temporary folder stays behind", e);
    }
  }
}
