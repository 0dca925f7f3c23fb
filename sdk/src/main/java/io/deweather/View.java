package io.deweather;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.RunOptions;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One session: the network as one weather sees it. Not thread-safe: the owner runs one frame at a
 * time and closes it while none runs.
 */
final class View implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(View.class);
  private static final int SMALLEST = BundleManifest.FrameContract.BGR_UINT8.minimumSize();

  /** What the converter calls it, and what holds for every network of up to five halvings. */
  private static final String MULTIPLE_KEY = "deweather.multiple";

  private static final int DEFAULT_MULTIPLE = 32;

  /** How ONNX Runtime says that a result does not fit the buffer that was given for it. */
  private static final String ANOTHER_SHAPE = "but the computed output shape";

  private static final String INPUT = BundleManifest.FrameContract.BGR_UINT8.input();
  private static final String OUTPUT = BundleManifest.FrameContract.BGR_UINT8.output();

  private final Path file;
  private final Engine engine;
  // ONNX Runtime reads the initializers where they lie, so they live until the session is closed.
  private final Map<String, OnnxTensorLike> initializers;
  private final OrtSession session;
  private int multiple = DEFAULT_MULTIPLE;
  private boolean batches;
  private NodePlacement placement;
  private long largestFrame;
  private boolean closed;

  private View(
      Path file, Engine engine, Map<String, OnnxTensorLike> initializers, OrtSession session) {
    this.file = file;
    this.engine = engine;
    this.initializers = initializers;
    this.session = session;
  }

  /** Bundles of earlier versions have graphs of one frame. */
  private static boolean takesBatches(OrtSession session) throws OrtException {
    NodeInfo frame = session.getInputInfo().get(INPUT);
    return frame != null
        && frame.getInfo() instanceof TensorInfo info
        && info.getShape().length > 0
        && info.getShape()[0] < 0;
  }

  private static int multipleOf(OrtSession session) throws OrtException {
    String text = session.getMetadata().getCustomMetadata().get(MULTIPLE_KEY);
    return text != null && text.matches("[1-9][0-9]{0,3}")
        ? Integer.parseInt(text)
        : DEFAULT_MULTIPLE;
  }

  /**
   * Loads a view from the bytes that were checked; no file is opened.
   *
   * @throws InferenceException if ONNX Runtime refuses the graph, or the device fails on its first
   *     frame
   * @throws BundleException if the graph does not have the frame contract
   */
  static View load(Engine engine, BundleContents.Graph graph, Map<String, ByteBuffer> data) {
    Map<String, OnnxTensorLike> initializers = new LinkedHashMap<>();
    try (SessionOptions options = engine.sessionOptions(graph.file());
        Trial trial = Trial.of(engine.provider(), options)) {
      for (ExternalTensor tensor : graph.externalTensors()) {
        initializers.put(tensor.name(), tensor(engine, tensor, data.get(tensor.file())));
      }
      if (!initializers.isEmpty()) {
        options.addExternalInitializers(initializers);
      }
      OrtSession session = engine.environment().createSession(graph.model(), options);
      View view = new View(graph.file(), engine, initializers, session);
      return view.checked(trial);
    } catch (OrtException | IllegalArgumentException e) {
      initializers.values().forEach(OnnxTensorLike::close);
      throw new InferenceException("cannot load " + graph.file() + ": " + e.getMessage(), e);
    }
  }

  private View checked(Trial trial) {
    try {
      checkContract();
      placement = trial.run(this, session, file);
      return this;
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** What ran where when the view was tried; null on the CPU. */
  NodePlacement placement() {
    return placement;
  }

  private static OnnxTensor tensor(Engine engine, ExternalTensor tensor, ByteBuffer data)
      throws OrtException {
    ByteBuffer elements = data.slice((int) tensor.offset(), (int) tensor.bytes());
    long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
    return OnnxTensor.createTensor(
        engine.environment(), elements, shape, ElementType.of(tensor.elementType()).javaType);
  }

  private void checkContract() {
    try {
      checkFrameTensor("input", INPUT, session.getInputInfo());
      checkFrameTensor("output", OUTPUT, session.getOutputInfo());
      multiple = multipleOf(session);
      batches = takesBatches(session);
    } catch (OrtException e) {
      throw new InferenceException("cannot ask what " + file + " takes: " + e.getMessage(), e);
    }
  }

  private void checkFrameTensor(String role, String name, Map<String, NodeInfo> found) {
    boolean fits =
        found.size() == 1
            && found.containsKey(name)
            && found.get(name).getInfo() instanceof TensorInfo info
            && info.type == OnnxJavaType.UINT8
            && info.getShape().length == 4
            && info.getShape()[3] == 3;
    if (!fits) {
      throw new BundleException(
          "%s: its %s must be %s, uint8 [N, H, W, 3]; it is %s"
              .formatted(file, role, name, found.values()));
    }
  }

  /** Runs one frame; see {@link #run(int, ByteBuffer, ByteBuffer, int, int, RunOptions)}. */
  void run(ByteBuffer frame, ByteBuffer restored, int rows, int cols, RunOptions options) {
    run(1, frame, restored, rows, cols, options);
  }

  /**
   * Runs frames that lie one after the other.
   *
   * @param frames how many, at most {@link #mostFrames()}
   * @param frame {@code frames x rows x cols x 3} bytes, direct
   * @param restored as many, direct; {@code frame} itself, or not overlapping it. Undefined after a
   *     failure
   * @param options what stops the run
   * @throws FrameException if the device is not prepared for frames of this size
   * @throws InvalidOutputException if the graph gives another shape
   * @throws InferenceException if ONNX Runtime fails or was stopped
   */
  void run(
      int frames, ByteBuffer frame, ByteBuffer restored, int rows, int cols, RunOptions options) {
    engine.provider().checkSize(rows, cols);
    long[] shape = {frames, rows, cols, 3};
    largestFrame = Math.max(largestFrame, (long) frames * rows * cols);
    try (OnnxTensor in =
            OnnxTensor.createTensor(engine.environment(), frame, shape, OnnxJavaType.UINT8);
        OnnxTensor out =
            OnnxTensor.createTensor(engine.environment(), restored, shape, OnnxJavaType.UINT8)) {
      session.run(Map.of(INPUT, in), Set.of(), Map.of(OUTPUT, out), options).close();
    } catch (OrtException e) {
      String what = frames == 1 ? "a frame" : frames + " frames";
      String message =
          "%s failed on %s of %dx%d: %s".formatted(file, what, cols, rows, e.getMessage());
      throw e.getMessage().contains(ANOTHER_SHAPE)
          ? new InvalidOutputException(message, e)
          : new InferenceException(message, e);
    }
  }

  /**
   * Gives the memory of earlier frames back. ONNX Runtime does that after a run that asks for it,
   * so the smallest frame there is is run.
   */
  void releaseMemory() {
    int pixels = SMALLEST * SMALLEST * 3;
    try (RunOptions options = new RunOptions()) {
      options.addRunConfigEntry("memory.enable_memory_arena_shrinkage", "cpu:0");
      options.setLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      ByteBuffer in = ByteBuffer.allocateDirect(pixels);
      run(in, ByteBuffer.allocateDirect(pixels), SMALLEST, SMALLEST, options);
      largestFrame = 0;
    } catch (OrtException | InferenceException e) {
      // A graph may refuse a frame of one grey, a device have no arena: the memory is only kept.
      LOG.debug("{} keeps its memory", file, e);
    }
    // Freed blocks would be left between others and new ones taken: the heap would grow.
    Pointer.trimMemory();
  }

  /** Whether activations lie in the process's memory, which tiles are there to save. */
  boolean onCpu() {
    return !engine.provider().accelerated();
  }

  /** What its sessions compute on. */
  Provider provider() {
    return engine.provider();
  }

  /** How many frames of one size a run may have. */
  int mostFrames() {
    return batches ? engine.provider().mostFrames() : 1;
  }

  /** What to do where {@link #mostFrames()} is 1. */
  String whyOneByOne() {
    return batches
        ? engine.provider().device() + " is prepared for one frame: TensorRtOptions.withBatch"
        : file + " takes one frame: deweather convert --from BUNDLE brings it up to date";
  }

  /** For how many pixels it holds memory. */
  long largestFrame() {
    return largestFrame;
  }

  /** What sizes and positions of tiles must be multiples of, so that a part is computed alike. */
  int multiple() {
    return multiple;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      session.close();
    } catch (OrtException e) {
      throw new InferenceException("cannot close " + file + ": " + e.getMessage(), e);
    } finally {
      initializers.values().forEach(OnnxTensorLike::close);
    }
  }
}
