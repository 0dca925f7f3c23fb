package io.deweather.converter;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.deweather.InferenceException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;

/** A graph of a bundle in ONNX Runtime, with its default optimisation: as a vehicle runs it. */
final class BakedView implements AutoCloseable {
  private final Path graph;
  private final OrtSession session;

  private BakedView(Path graph, OrtSession session) {
    this.graph = graph;
    this.session = session;
  }

  static BakedView open(Path graph) {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      OrtEnvironment environment = OrtEnvironment.getEnvironment();
      return new BakedView(graph, environment.createSession(graph.toString(), options));
    } catch (OrtException e) {
      throw new InferenceException("cannot load " + graph + ": " + e.getMessage(), e);
    }
  }

  byte[] restore(ProbeFrame frame) {
    ByteBuffer pixels = ByteBuffer.allocateDirect(frame.pixels().length);
    pixels.put(frame.pixels()).flip();
    long[] shape = {1, frame.height(), frame.width(), 3};
    try (OnnxTensor input =
            OnnxTensor.createTensor(
                OrtEnvironment.getEnvironment(), pixels, shape, OnnxJavaType.UINT8);
        OrtSession.Result result = session.run(Map.of(ViewBaker.FRAME, input))) {
      ByteBuffer restored = ((OnnxTensor) result.get(0)).getByteBuffer();
      byte[] bytes = new byte[restored.remaining()];
      restored.get(bytes);
      return bytes;
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
