package io.deweather.converter;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.deweather.InferenceException;
import io.deweather.OnnxRuntime;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** A graph of a bundle in ONNX Runtime, with its default optimisation: as a vehicle runs it. */
final class BakedView implements AutoCloseable {
  private final String graph;
  private final OrtSession session;

  private BakedView(String graph, OrtSession session) {
    this.graph = graph;
    this.session = session;
  }

  static BakedView open(Path graph) {
    return open(graph, OrtSession.SessionOptions.OptLevel.ALL_OPT);
  }

  /** Opens a graph of a bundle so that every node runs as it stands there. */
  static BakedView openUnoptimised(Path graph) {
    return open(graph, OrtSession.SessionOptions.OptLevel.NO_OPT);
  }

  private static BakedView open(Path graph, OrtSession.SessionOptions.OptLevel level) {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setOptimizationLevel(level);
      OrtEnvironment environment = OnnxRuntime.environment();
      return new BakedView(graph.toString(), environment.createSession(graph.toString(), options));
    } catch (OrtException e) {
      throw new InferenceException("cannot load " + graph + ": " + e.getMessage(), e);
    }
  }

  /**
   * Opens a graph that is not written yet.
   *
   * @param name for messages
   * @param model with all data inside
   */
  static BakedView of(String name, ModelProto model) {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      OrtEnvironment environment = OnnxRuntime.environment();
      return new BakedView(name, environment.createSession(model.toByteArray(), options));
    } catch (OrtException e) {
      throw new InferenceException("cannot load " + name + ": " + e.getMessage(), e);
    }
  }

  /** Whether it takes any number of frames at once. */
  boolean takesBatches() {
    try {
      NodeInfo frames = session.getInputInfo().get(ViewBaker.FRAME);
      return ((TensorInfo) frames.getInfo()).getShape()[0] < 0;
    } catch (OrtException e) {
      throw new InferenceException("cannot ask what " + graph + " takes: " + e.getMessage(), e);
    }
  }

  /** Restores frames of one size in one run; the results one after the other. */
  byte[] restore(ProbeFrame... frames) {
    return run(
        frames,
        result -> {
          ByteBuffer restored = ((OnnxTensor) result.get(0)).getByteBuffer();
          byte[] bytes = new byte[restored.remaining()];
          restored.get(bytes);
          return bytes;
        });
  }

  /**
   * Lets every output that is a float tensor be looked at.
   *
   * @param look takes its name and its numbers, which are gone when it returns
   */
  void watch(ProbeFrame frame, BiConsumer<String, FloatBuffer> look) {
    run(
        new ProbeFrame[] {frame},
        result -> {
          for (Map.Entry<String, OnnxValue> output : result) {
            OnnxTensor tensor = (OnnxTensor) output.getValue();
            if (tensor.getInfo().type == OnnxJavaType.FLOAT) {
              look.accept(output.getKey(), tensor.getFloatBuffer());
            }
          }
          return null;
        });
  }

  private <T> T run(ProbeFrame[] frames, Function<OrtSession.Result, T> take) {
    ProbeFrame first = frames[0];
    ByteBuffer pixels = ByteBuffer.allocateDirect(frames.length * first.pixels().length);
    for (ProbeFrame frame : frames) {
      pixels.put(frame.pixels());
    }
    pixels.flip();
    long[] shape = {frames.length, first.height(), first.width(), 3};
    try (OnnxTensor input =
            OnnxTensor.createTensor(OnnxRuntime.environment(), pixels, shape, OnnxJavaType.UINT8);
        OrtSession.Result result = session.run(Map.of(ViewBaker.FRAME, input))) {
      return take.apply(result);
    } catch (OrtException e) {
      throw new InferenceException("cannot run " + graph + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new InferenceException("cannot close " + graph + ": " + e.getMessage(), e);
    }
  }
}
