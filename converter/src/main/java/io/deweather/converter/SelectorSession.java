package io.deweather.converter;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.deweather.InferenceException;
import io.deweather.OnnxRuntime;
import io.deweather.OpenCv;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Map;
import org.opencv.core.Mat;

/**
 * Runs a graph of {@link SelectorGraph} in ONNX Runtime, one frame after the other: what training
 * and measuring use. Thread-safe; the owner closes it when no call is running.
 */
public final class SelectorSession implements AutoCloseable {
  private final OrtEnvironment environment = OnnxRuntime.environment();
  private final OrtSession session;

  /**
   * Loads a graph.
   *
   * @param threads that one call computes on
   * @throws InferenceException if ONNX Runtime cannot load it
   */
  public SelectorSession(ModelProto model, int threads) {
    this(model, threads, OrtSession.SessionOptions.OptLevel.ALL_OPT);
  }

  private SelectorSession(
      ModelProto model, int threads, OrtSession.SessionOptions.OptLevel optimisation) {
    OpenCv.load();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setOptimizationLevel(optimisation);
      options.setIntraOpNumThreads(threads);
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      session = environment.createSession(model.toByteArray(), options);
    } catch (OrtException e) {
      throw new InferenceException("ONNX Runtime cannot load the selector: " + e.getMessage(), e);
    }
  }

  /** Loads a graph to be run as it is written: a second opinion, slowly. */
  static SelectorSession withoutOptimiser(ModelProto model) {
    return new SelectorSession(model, 1, OrtSession.SessionOptions.OptLevel.NO_OPT);
  }

  /**
   * What the graph gives for a frame.
   *
   * @param values in row-major order
   * @param shape of them
   */
  public record Output(float[] values, long[] shape) {}

  /**
   * Runs the graph on one frame.
   *
   * @param frame {@code CV_8UC3} BGR, from 16x16
   * @throws InferenceException if ONNX Runtime fails
   */
  public Output run(Mat frame) {
    long[] shape = {1, frame.rows(), frame.cols(), 3};
    byte[] pixels = new byte[frame.rows() * frame.cols() * 3];
    frame.get(0, 0, pixels);
    ByteBuffer direct = ByteBuffer.allocateDirect(pixels.length).put(pixels).flip();
    try (OnnxTensor input =
            OnnxTensor.createTensor(environment, direct, shape, OnnxJavaType.UINT8);
        OrtSession.Result result = session.run(Map.of(SelectorGraph.FRAME, input))) {
      OnnxTensor output = (OnnxTensor) result.get(0);
      FloatBuffer buffer = output.getFloatBuffer();
      float[] values = new float[buffer.remaining()];
      buffer.get(values);
      return new Output(values, output.getInfo().getShape());
    } catch (OrtException e) {
      throw new InferenceException(
          "the selector failed on a frame of %dx%d: %s"
              .formatted(frame.cols(), frame.rows(), e.getMessage()),
          e);
    }
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new InferenceException("the selector cannot be closed: " + e.getMessage(), e);
    }
  }
}
