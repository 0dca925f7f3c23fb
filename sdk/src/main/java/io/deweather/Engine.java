package io.deweather;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ONNX Runtime as this library sets it up, and the threads that its sessions run on.
 *
 * <p>ONNX Runtime has one environment for the whole process, and the threads that sessions can
 * share belong to it. Whoever asks for the environment first decides them. If that is this library,
 * all restorers of that many threads share them. If the embedding program was first, or a restorer
 * wants another number, its sessions get threads of their own: the same speed, since one session
 * runs at a time and idle threads do not spin, for some more stacks.
 */
final class Engine {
  private static final Logger LOG = LoggerFactory.getLogger(Engine.class);
  private static final int NOT_ASKED = -1;
  private static final int NOT_OURS = 0;

  /** How many threads the environment's sessions share. */
  private static int sharedThreads = NOT_ASKED;

  private final OrtEnvironment environment;
  private final int threads;
  private final boolean shared;
  private final Provider provider;

  private Engine(OrtEnvironment environment, int threads, boolean shared, Provider provider) {
    this.environment = environment;
    this.threads = threads;
    this.shared = shared;
    this.provider = provider;
  }

  /**
   * An engine of this many threads, on the CPU.
   *
   * @param threads the calling one included; 0 leaves it to the engine: as many as the shared ones
   *     if there are any, else one for each processor
   */
  static synchronized Engine of(int threads) {
    int processors = Runtime.getRuntime().availableProcessors();
    NativeLibraries.requireJavaCpp();
    try {
      if (sharedThreads == NOT_ASKED) {
        int wanted = threads == 0 ? processors : threads;
        Telemetry.turnOff();
        sharedThreads = OnnxRuntimeLibrary.withCached(() -> claimEnvironment(wanted));
        LastingEnvironment.hold();
      }
      OrtEnvironment environment = OrtEnvironment.getEnvironment();
      if (threads == 0) {
        threads = sharedThreads == NOT_OURS ? processors : sharedThreads;
      }
      if (sharedThreads != threads && sharedThreads != NOT_OURS) {
        LOG.info(
            "{} threads asked for; {} are shared in this process: each view gets its own",
            threads,
            sharedThreads);
      }
      return new Engine(environment, threads, sharedThreads == threads, new CpuProvider());
    } catch (OrtException e) {
      throw new InferenceException("cannot start ONNX Runtime: " + e.getMessage(), e);
    } catch (LinkageError e) {
      throw new InferenceException("cannot start ONNX Runtime: " + NativeLibraries.reason(e), e);
    }
  }

  private static int claimEnvironment(int threads) throws OrtException {
    try (var threading = new OrtEnvironment.ThreadingOptions()) {
      threading.setGlobalIntraOpNumThreads(threads);
      threading.setGlobalInterOpNumThreads(1);
      threading.setGlobalSpinControl(false);
      OrtEnvironment environment =
          OrtEnvironment.getEnvironment(
              OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING, "deweather", threading);
      if (!Telemetry.isDecided()) {
        environment.setTelemetry(false); // where the variable is not heeded
      }
      return threads;
    } catch (IllegalStateException e) {
      LOG.info("this program had started ONNX Runtime already: each view gets its own threads");
      return NOT_OURS;
    }
  }

  OrtEnvironment environment() {
    return environment;
  }

  /** This engine with its sessions on a device; what stays on the CPU runs on the same threads. */
  Engine on(Provider provider) {
    return new Engine(environment, threads, shared, provider);
  }

  Provider provider() {
    return provider;
  }

  /**
   * Options for a new session; the caller closes them.
   *
   * @param graph the session's graph file
   */
  SessionOptions sessionOptions(Path graph) throws OrtException {
    SessionOptions options = new SessionOptions();
    try {
      options.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
      // Planned memory is one block for each frame size, beside what the first frame of that size
      // took: without it a frame is as fast, and takes a fifth less.
      options.setMemoryPatternOptimization(false);
      // Bytes that are both an ONNX graph and ONNX Runtime's own format would pass by GraphScan.
      options.addConfigEntry("session.load_model_format", "ONNX");
      if (shared) {
        options.disablePerSessionThreads();
      } else {
        options.setIntraOpNumThreads(threads);
        options.setInterOpNumThreads(1);
        // A waiting thread that spins takes the core from the codec.
        options.addConfigEntry("session.intra_op.allow_spinning", "0");
      }
      provider.addTo(options, graph);
      return options;
    } catch (OrtException e) {
      options.close();
      throw e;
    }
  }

  /** Returns version, provider and threads, for people. */
  @Override
  public String toString() {
    String device = provider.accelerated() ? provider.device() + " " : "";
    return "ONNX Runtime %s, %s%s, %d %s threads"
        .formatted(
            environment.getVersion(), device, provider.name(), threads, shared ? "shared" : "own");
  }
}
