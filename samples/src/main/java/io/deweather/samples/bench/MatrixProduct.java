package io.deweather.samples.bench;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.deweather.InferenceException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.Set;

/**
 * What this machine's arithmetic can do: a product of two fp32 matrices of {@value #SIDE} by
 * {@value #SIDE}, by ONNX Runtime, on the threads that the network runs on.
 */
final class MatrixProduct implements AutoCloseable {
  private static final int SIDE = 2048;
  private static final int OPSET = 17;
  private static final int IR_VERSION = 8;

  private final OrtSession session;
  private final OnnxTensor left;
  private final OnnxTensor right;
  private final OnnxTensor product;
  private double best;

  MatrixProduct() {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (SessionOptions options = new SessionOptions()) {
      options.disablePerSessionThreads();
      session = environment.createSession(model().toByteArray(), options);
      left = matrix(environment);
      right = matrix(environment);
      product = matrix(environment);
    } catch (OrtException e) {
      throw new InferenceException("cannot multiply matrices: " + e.getMessage(), e);
    }
  }

  /** Multiplies once; the best of all is the peak. */
  void measure() {
    long start = System.nanoTime();
    try {
      session.run(Map.of("a", left, "b", right), Set.of(), Map.of("c", product)).close();
    } catch (OrtException e) {
      throw new InferenceException("cannot multiply matrices: " + e.getMessage(), e);
    }
    best = Math.max(best, 2.0 * SIDE * SIDE * SIDE / (System.nanoTime() - start));
  }

  /** In GFLOP/s; a multiplication and an addition are two. */
  double peak() {
    return best;
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new InferenceException("cannot close a session: " + e.getMessage(), e);
    } finally {
      left.close();
      right.close();
      product.close();
    }
  }

  private static OnnxTensor matrix(OrtEnvironment environment) throws OrtException {
    FloatBuffer values =
        ByteBuffer.allocateDirect(SIDE * SIDE * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    for (int i = 0; i < SIDE * SIDE; i++) {
      values.put(i, (i % 17 - 8) / 8f);
    }
    return OnnxTensor.createTensor(environment, values, new long[] {SIDE, SIDE});
  }

  private static ModelProto model() {
    GraphProto graph =
        GraphProto.newBuilder()
            .setName("product")
            .addInput(value("a"))
            .addInput(value("b"))
            .addOutput(value("c"))
            .addNode(
                NodeProto.newBuilder()
                    .setOpType("MatMul")
                    .addInput("a")
                    .addInput("b")
                    .addOutput("c"))
            .build();
    return ModelProto.newBuilder()
        .setIrVersion(IR_VERSION)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
        .setGraph(graph)
        .build();
  }

  private static ValueInfoProto value(String name) {
    TensorShapeProto.Dimension side =
        TensorShapeProto.Dimension.newBuilder().setDimValue(SIDE).build();
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(TensorProto.DataType.FLOAT.getNumber())
                        .setShape(TensorShapeProto.newBuilder().addDim(side).addDim(side))))
        .build();
  }
}
