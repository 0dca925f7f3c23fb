package io.deweather;

import static io.deweather.OnnxWire.FLOAT;
import static io.deweather.OnnxWire.INT64;
import static io.deweather.OnnxWire.UINT8;
import static io.deweather.OnnxWire.cast;
import static io.deweather.OnnxWire.extent;
import static io.deweather.OnnxWire.info;
import static io.deweather.OnnxWire.longs;
import static io.deweather.OnnxWire.node;
import static io.deweather.OnnxWire.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.opencv.core.Mat;

/**
 * The golden bundle with a selector that reads its probabilities from the frame: those of rain,
 * raindrop and snow are blue, green and red of the first pixel, over 255. It fails in ONNX Runtime
 * where the second pixel's blue is 255.
 */
final class SelectorBundle {
  static final String FILE = "selector.onnx";

  private SelectorBundle() {}

  static Path writeTo(Path folder) {
    return writeTo(folder, 5, 3);
  }

  /**
   * Writes the bundle.
   *
   * @param every in its manifest
   * @param outputs how many probabilities the graph gives; 3 is right
   */
  static Path writeTo(Path folder, int every, int outputs) {
    GoldenBundle.copyTo(folder);
    return addTo(folder, every, outputs);
  }

  static Path addTo(Path folder, int every, int outputs) {
    GoldenBundle.replace(folder, FILE, model("probabilities", outputs));
    GoldenBundle.editManifest(
        folder,
        tree ->
            tree.putObject("selector")
                .put("file", FILE)
                .put("every", every)
                .putArray("weathers")
                .add("rain")
                .add("raindrop")
                .add("snow"));
    return folder;
  }

  /** A frame of noise that shows weathers with these probabilities. */
  static Mat frame(int seed, double rain, double raindrop, double snow) {
    Mat frame = TestFrames.noise(48, 64, seed);
    frame.put(0, 0, 255 * rain, 255 * raindrop, 255 * snow);
    frame.put(0, 1, 0, 0, 0);
    return frame;
  }

  /** A frame on which the selector fails. */
  static Mat breaking(int seed) {
    Mat frame = TestFrames.noise(48, 64, seed);
    frame.put(0, 1, 255, 0, 0);
    return frame;
  }

  static byte[] model(String output, int outputs) {
    long[] positions = new long[outputs];
    for (int i = 0; i < outputs; i++) {
      positions[i] = i;
    }
    Wire graph =
        new Wire()
            .text(2, "selector")
            .message(
                11, info("frame", UINT8, extent(1), extent("height"), extent("width"), extent(3)))
            .message(12, info(output, FLOAT, extent(1), extent(outputs)))
            .message(5, tensor("all", INT64, longs(-1), 1))
            .message(5, tensor("positions", INT64, longs(positions), 1, outputs))
            .message(5, tensor("trigger", INT64, longs(3), 1))
            .message(5, tensor("zeros", FLOAT, new byte[4 * 255], 255))
            .message(5, tensor("most", FLOAT, floats(255), 1))
            .message(1, node("Reshape", "bytes", "frame", "all"))
            .message(1, cast("numbers", "bytes", INT64))
            .message(1, node("Gather", "index", "numbers", "trigger"))
            .message(1, node("Gather", "zero", "zeros", "index"))
            .message(1, node("Gather", "levels", "numbers", "positions"))
            .message(1, cast("values", "levels", FLOAT))
            .message(1, node("Div", "shares", "values", "most"))
            .message(1, node("Add", output, "shares", "zero"));
    return OnnxWire.model(graph).toBytes();
  }

  private static byte[] floats(float value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array();
  }
}
