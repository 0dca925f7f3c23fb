package io.deweather.samples.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.deweather.InferenceException;
import io.deweather.converter.Network;
import io.deweather.converter.Network.ColourOrder;
import io.deweather.models.LibtorchNetwork;
import java.util.Map;
import org.opencv.core.Core;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.dnn.Dnn;
import org.opencv.dnn.Net;

/**
 * Other ways to run the same network, frame in and frame out, each as its users would write it: the
 * masks are applied beforehand, since none of them knows views.
 */
final class Peers {
  private Peers() {}

  /** OpenCV's DNN module, everything at its defaults. */
  static Contender openCvDnn(Network network, Mat frame, int threads) {
    Core.setNumThreads(threads);
    Planes in = new Planes(network, frame.cols(), frame.rows());
    Planes out = new Planes(network, frame.cols(), frame.rows());
    byte[] model = network.sized(in.height(), in.width()).toByteArray();
    Net net = Dnn.readNetFromONNX(new MatOfByte(model));
    Mat input = in.tensor();
    Mat output = out.tensor();
    Mat restored = frame.clone();
    return Contender.oneByOne(
        () -> {
          in.fill(frame);
          net.setInput(input);
          Mat result = net.forward();
          result.copyTo(output);
          result.release();
          out.read(restored);
        },
        () -> {
          for (Mat mat : new Mat[] {input, output, restored}) {
            mat.release();
          }
          in.close();
          out.close();
        });
  }

  /** Eager libtorch without gradients. */
  static Contender libtorch(Network network, Mat frame, int threads) {
    LibtorchNetwork torch = new LibtorchNetwork(network, threads);
    Planes in = new Planes(network, frame.cols(), frame.rows());
    Planes out = new Planes(network, frame.cols(), frame.rows());
    Mat restored = frame.clone();
    return Contender.oneByOne(
        () -> {
          in.fill(frame);
          torch.run(in.floats(), out.floats(), in.height(), in.width());
          out.read(restored);
        },
        () -> {
          torch.close();
          restored.release();
          in.close();
          out.close();
        });
  }

  /**
   * ONNX Runtime as tutorials call it from Java: pixels into nested float arrays and back in Java
   * loops, everything allocated anew for each frame, the session at its defaults.
   */
  static Contender naiveJava(Network network, Mat frame, int threads) {
    int rows = frame.rows();
    int cols = frame.cols();
    int height = Planes.padded(rows, network.multiple());
    int width = Planes.padded(cols, network.multiple());
    boolean reversed = network.colourOrder() == ColourOrder.RGB;
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    String name = network.inputName();
    try (SessionOptions options = new SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      OrtSession session = environment.createSession(network.model().toByteArray(), options);
      return Contender.oneByOne(
          () -> {
            float[][][][] image = image(frame, height, width, reversed);
            try (OnnxTensor tensor = OnnxTensor.createTensor(environment, image);
                OrtSession.Result result = session.run(Map.of(name, tensor))) {
              float[][][][] restored = (float[][][][]) result.get(0).getValue();
              Mat mat = new Mat(rows, cols, frame.type());
              mat.put(0, 0, pixels(restored, rows, cols, reversed));
              mat.release();
            } catch (OrtException e) {
              throw new InferenceException("the network failed: " + e.getMessage(), e);
            }
          },
          () -> {
            try {
              session.close();
            } catch (OrtException e) {
              throw new InferenceException("cannot close the network: " + e.getMessage(), e);
            }
          });
    } catch (OrtException e) {
      throw new InferenceException("cannot load the network: " + e.getMessage(), e);
    }
  }

  private static float[][][][] image(Mat frame, int height, int width, boolean reversed) {
    byte[] pixels = new byte[frame.rows() * frame.cols() * 3];
    frame.get(0, 0, pixels);
    float[][][][] image = new float[1][3][height][width];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int at = (Math.min(y, frame.rows() - 1) * frame.cols() + Math.min(x, frame.cols() - 1)) * 3;
        for (int c = 0; c < 3; c++) {
          image[0][reversed ? 2 - c : c][y][x] = (pixels[at + c] & 0xFF) / 255f;
        }
      }
    }
    return image;
  }

  private static byte[] pixels(float[][][][] image, int rows, int cols, boolean reversed) {
    byte[] pixels = new byte[rows * cols * 3];
    int at = 0;
    for (int y = 0; y < rows; y++) {
      for (int x = 0; x < cols; x++) {
        for (int c = 0; c < 3; c++) {
          float value = image[0][reversed ? 2 - c : c][y][x];
          pixels[at++] = (byte) Math.round(Math.max(0f, Math.min(1f, value)) * 255f);
        }
      }
    }
    return pixels;
  }
}
