package io.deweather.converter;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import io.deweather.InferenceException;
import io.deweather.OnnxRuntime;
import io.deweather.OpenCv;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.opencv.core.Core;
import org.opencv.core.CvException;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.dnn.Dnn;
import org.opencv.dnn.Net;

/** Evaluates a plain network of one size: the second opinion that a baked view is compared with. */
sealed interface ReferenceEngine {
  /** Name and version, for a report. */
  String name();

  /**
   * Evaluates.
   *
   * @param model with a fixed input shape, everything inside
   * @param image [1, 3, height, width]
   * @return the restored image, of the same shape
   */
  float[] run(ModelProto model, float[] image, int height, int width);

  /**
   * OpenCV's own inference engine where it knows the network's operators, otherwise ONNX Runtime
   * with every optimisation off.
   */
  static ReferenceEngine forNetwork(Network network) {
    boolean known =
        network.model().getGraph().getNodeList().stream()
            .allMatch(n -> OpenCvEngine.OPERATORS.contains(n.getOpType()));
    return known ? new OpenCvEngine() : new PlainRuntime();
  }

  /** OpenCV's DNN module. */
  record OpenCvEngine() implements ReferenceEngine {
    /** Operators that were tried against ONNX Runtime. */
    static final List<String> OPERATORS =
        List.of(
            "Add",
            "Concat",
            "Constant",
            "Conv",
            "ConvTranspose",
            "DepthToSpace",
            "Erf",
            "Identity",
            "Mul",
            "Relu",
            "Resize",
            "SpaceToDepth");

    @Override
    public String name() {
      return "OpenCV " + Core.VERSION;
    }

    @Override
    public float[] run(ModelProto model, float[] image, int height, int width) {
      OpenCv.load();
      Mat input = new Mat(new int[] {1, 3, height, width}, CvType.CV_32F);
      Mat output = null;
      try {
        input.put(new int[] {0, 0, 0, 0}, image);
        Net net = Dnn.readNetFromONNX(new MatOfByte(model.toByteArray()));
        net.enableWinograd(false);
        net.setInput(input);
        output = net.forward();
        float[] restored = new float[image.length];
        output.reshape(1, 1).get(0, 0, restored);
        return restored;
      } catch (CvException e) {
        throw new InferenceException(
            "OpenCV cannot evaluate the network at %dx%d: %s"
                .formatted(width, height, e.getMessage()),
            e);
      } finally {
        input.release();
        if (output != null) {
          output.release();
        }
      }
    }
  }

  /** ONNX Runtime without its optimiser. */
  record PlainRuntime() implements ReferenceEngine {
    @Override
    public String name() {
      return "ONNX Runtime " + OnnxRuntime.environment().getVersion() + " without optimiser";
    }

    @Override
    public float[] run(ModelProto model, float[] image, int height, int width) {
      long[] shape = {1, 3, height, width};
      return result(
          model,
          image,
          shape,
          result -> {
            OnnxTensor restored = (OnnxTensor) result.get(0);
            long[] given = restored.getInfo().getShape();
            if (!Arrays.equals(given, shape)) {
              throw new InferenceException(
                  "the network makes %s of an image %s"
                      .formatted(Shapes.text(given), Shapes.text(shape)));
            }
            float[] values = new float[image.length];
            restored.getFloatBuffer().get(values);
            return values;
          });
    }

    /** The shapes of some values of the graph, by name, for a black image of this size. */
    Map<String, long[]> shapes(ModelProto model, List<String> values, int height, int width) {
      ModelProto.Builder open = model.toBuilder();
      String restored = model.getGraph().getOutput(0).getName();
      String image = model.getGraph().getInput(0).getName();
      values.stream()
          .filter(value -> !value.equals(restored) && !value.equals(image))
          .forEach(value -> open.getGraphBuilder().addOutputBuilder().setName(value));
      long[] shape = {1, 3, height, width};
      return result(
          open.build(),
          new float[3 * height * width],
          shape,
          result -> {
            Map<String, long[]> shapes = new HashMap<>(Map.of(image, shape));
            result.forEach(
                value ->
                    shapes.put(
                        value.getKey(), ((OnnxTensor) value.getValue()).getInfo().getShape()));
            return shapes;
          });
    }

    private static <T> T result(
        ModelProto model, float[] image, long[] shape, Function<OrtSession.Result, T> taken) {
      OrtEnvironment environment = OnnxRuntime.environment();
      String name = model.getGraph().getInput(0).getName();
      try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
        options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
        // What fails is thrown; it need not be printed too.
        options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
        try (OrtSession session = environment.createSession(model.toByteArray(), options);
            OnnxTensor input =
                OnnxTensor.createTensor(environment, FloatBuffer.wrap(image), shape);
            OrtSession.Result result = session.run(Map.of(name, input))) {
          return taken.apply(result);
        }
      } catch (OrtException e) {
        throw new InferenceException(
            "ONNX Runtime cannot evaluate the network at %dx%d: %s"
                .formatted(shape[3], shape[2], e.getMessage().strip()),
            e);
      }
    }
  }
}
