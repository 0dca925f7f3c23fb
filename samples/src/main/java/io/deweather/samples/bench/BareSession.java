package io.deweather.samples.bench;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.deweather.InferenceException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * {@code OrtSession.run} on a view's graph and nothing else: tensors made once over direct buffers,
 * the output pinned. The yardstick of every ratio.
 */
final class BareSession {
  private BareSession() {}

  /** On the threads that the process's restorers share. */
  static Contender shared(Path graph, int width, int height) {
    return open(graph, width, height, SessionOptions::disablePerSessionThreads);
  }

  /** As ONNX Runtime does it by itself: threads of its own, which spin while they wait. */
  static Contender byDefault(Path graph, int width, int height, int threads) {
    return open(graph, width, height, options -> options.setIntraOpNumThreads(threads));
  }

  private interface Setting {
    void on(SessionOptions options) throws OrtException;
  }

  private static Contender open(Path graph, int width, int height, Setting setting) {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    long[] shape = {1, height, width, 3};
    int bytes = 3 * width * height;
    try (SessionOptions options = new SessionOptions()) {
      options.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
      setting.on(options);
      OrtSession session = environment.createSession(graph.toString(), options);
      OnnxTensor in = tensor(environment, bytes, shape);
      OnnxTensor out = tensor(environment, bytes, shape);
      Map<String, OnnxTensor> inputs = Map.of("frame", in);
      Map<String, OnnxTensor> outputs = Map.of("restored", out);
      return Contender.oneByOne(
          () -> {
            try {
              session.run(inputs, Set.of(), outputs).close();
            } catch (OrtException e) {
              throw new InferenceException(graph + " failed: " + e.getMessage(), e);
            }
          },
          () -> {
            try {
              session.close();
              in.close();
              out.close();
            } catch (OrtException e) {
              throw new InferenceException("cannot close " + graph + ": " + e.getMessage(), e);
            }
          });
    } catch (OrtException e) {
      throw new InferenceException("cannot load " + graph + ": " + e.getMessage(), e);
    }
  }

  private static OnnxTensor tensor(OrtEnvironment environment, int bytes, long[] shape)
      throws OrtException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(bytes);
    for (int i = 0; i < bytes; i++) {
      buffer.put(i, (byte) (i % 251));
    }
    return OnnxTensor.createTensor(environment, buffer, shape, OnnxJavaType.UINT8);
  }
}
