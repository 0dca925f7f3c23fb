package io.deweather;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.opencv.core.Mat;

/**
 * The session that says which weathers a frame shows: one for all streams of a restorer, on the
 * CPU's shared threads whatever the views run on, since a frame comes from there. Safe for use by
 * several threads, each on a frame of its own.
 */
final class SelectorNetwork implements AutoCloseable {
  private static final String INPUT = BundleManifest.FrameContract.BGR_UINT8.input();
  private static final String OUTPUT = "probabilities";
  private static final int SMALLEST = BundleManifest.FrameContract.BGR_UINT8.minimumSize();

  private final Path file;
  private final Engine engine;
  private final OrtSession session;
  private final SelectorManifest manifest;
  private final RunControl control = new RunControl();
  // Looks share it; closing takes it alone, as closing a session that runs ends the process.
  private final ReadWriteLock use = new ReentrantReadWriteLock();
  private final LongAdder looks = new LongAdder();
  private final LongAdder lookNanos = new LongAdder();
  private boolean closed;

  private SelectorNetwork(Path file, Engine engine, SelectorManifest manifest, OrtSession session) {
    this.file = file;
    this.engine = engine;
    this.manifest = manifest;
    this.session = session;
  }

  /**
   * Loads the network from the bytes that were checked, and lets it look at one small frame.
   *
   * @throws BundleException if the graph is not what {@link SelectorManifest} says
   * @throws InferenceException if ONNX Runtime refuses the graph or fails
   */
  static SelectorNetwork load(
      Engine engine, BundleContents.Graph graph, SelectorManifest manifest) {
    if (!graph.externalTensors().isEmpty()) {
      throw new BundleException(
          "%s: a selector must hold all its weights itself; %s lies in %s"
              .formatted(
                  graph.file(),
                  graph.externalTensors().get(0).name(),
                  graph.externalTensors().get(0).file()));
    }
    try (SessionOptions session = engine.sessionOptions(graph.file())) {
      OrtSession loaded = engine.environment().createSession(graph.model(), session);
      SelectorNetwork network = new SelectorNetwork(graph.file(), engine, manifest, loaded);
      return network.checked();
    } catch (OrtException e) {
      throw new InferenceException("cannot load " + graph.file() + ": " + e.getMessage(), e);
    }
  }

  private SelectorNetwork checked() {
    try {
      check("input", INPUT, OnnxJavaType.UINT8, 4, 3, session.getInputInfo());
      check("output", OUTPUT, OnnxJavaType.FLOAT, 2, count(), session.getOutputInfo());
      look(ByteBuffer.allocateDirect(SMALLEST * SMALLEST * 3), SMALLEST, SMALLEST);
      return this;
    } catch (OrtException e) {
      close();
      throw new InferenceException("cannot ask what " + file + " takes: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private int count() {
    return manifest.weathers().size();
  }

  private void check(
      String role,
      String name,
      OnnxJavaType type,
      int dimensions,
      long last,
      Map<String, NodeInfo> found) {
    boolean fits =
        found.size() == 1
            && found.containsKey(name)
            && found.get(name).getInfo() instanceof TensorInfo info
            && info.type == type
            && info.getShape().length == dimensions
            && (info.getShape()[dimensions - 1] == last || info.getShape()[dimensions - 1] < 0);
    if (!fits) {
      throw new BundleException(
          "%s: its %s must be %s, %s; it is %s"
              .formatted(
                  file,
                  role,
                  name,
                  dimensions == 4 ? "uint8 [1, H, W, 3]" : "float32 [1, " + count() + "]",
                  found.values()));
    }
  }

  SelectorManifest manifest() {
    return manifest;
  }

  /**
   * Looks at a frame.
   *
   * @param frame {@code CV_8UC3} BGR
   * @return of each weather of the manifest, the probability that it is present, in [0, 1]
   * @throws InferenceException if ONNX Runtime fails or a result is no probability
   * @throws IllegalStateException if this is closed
   */
  float[] look(Mat frame) {
    long start = System.nanoTime();
    Mat packed = frame.isContinuous() ? frame : frame.clone();
    try {
      return look(MatMemory.of(packed), packed.rows(), packed.cols());
    } finally {
      looks.increment();
      lookNanos.add(System.nanoTime() - start);
      Reference.reachabilityFence(packed);
      if (packed != frame) {
        packed.release();
      }
    }
  }

  private float[] look(ByteBuffer pixels, int rows, int cols) {
    use.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("this restorer is closed");
      }
      long[] shape = {1, rows, cols, 3};
      try (OnnxTensor in =
              OnnxTensor.createTensor(engine.environment(), pixels, shape, OnnxJavaType.UINT8);
          OrtSession.Result result = session.run(Map.of(INPUT, in), control.options())) {
        return probabilities((OnnxTensor) result.get(0));
      } catch (OrtException e) {
        throw new InferenceException(
            "%s failed on a frame of %dx%d: %s".formatted(file, cols, rows, e.getMessage()), e);
      }
    } finally {
      use.readLock().unlock();
    }
  }

  private float[] probabilities(OnnxTensor output) {
    long[] shape = output.getInfo().getShape();
    if (!Arrays.equals(shape, new long[] {1, count()})) {
      throw new BundleException(
          "%s: its output must be %s, float32 [1, %d]; it is %s"
              .formatted(file, OUTPUT, count(), Arrays.toString(shape)));
    }
    FloatBuffer values = output.getFloatBuffer();
    float[] probabilities = new float[count()];
    values.get(probabilities);
    for (int i = 0; i < probabilities.length; i++) {
      if (!(probabilities[i] >= 0 && probabilities[i] <= 1)) {
        throw new InferenceException(
            "%s: the probability of %s must be in [0, 1], is %s"
                .formatted(file, manifest.weathers().get(i), probabilities[i]));
      }
    }
    return probabilities;
  }

  /** How many frames it looked at. */
  long looks() {
    return looks.sum();
  }

  /** How long a look takes on average; zero before the first. */
  Duration meanLook() {
    return Duration.ofNanos(lookNanos.sum() / Math.max(1, looks.sum()));
  }

  /** Frees the session after the looks that are going on. May be repeated. */
  @Override
  public void close() {
    use.writeLock().lock();
    if (closed) {
      use.writeLock().unlock();
      return;
    }
    closed = true;
    try (control) {
      session.close();
    } catch (OrtException e) {
      throw new InferenceException("cannot close " + file + ": " + e.getMessage(), e);
    } finally {
      use.writeLock().unlock();
    }
  }
}
