package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.opencv.core.Core;
import org.opencv.core.Mat;

/**
 * The golden bundle with another rain view: a real graph that inverts the frame, and whose first
 * pixel tells it how to misbehave. Blue from 200: ONNX Runtime fails (an index out of bounds).
 * Green: that many multiplications of 256x256 matrices come first. Red 254: the result is five rows
 * high; 255: it is black.
 */
final class MoodyBundle {
  /** The green value of a frame that takes longest. */
  static final int SLOW = 255;

  static final int FAILS = 200;
  static final int WRONG_SHAPE = 254;
  static final int BLACK = 255;

  /** Never steps down, so that each frame shows for itself. */
  static final DegradationPolicy STEADY =
      new DegradationPolicy(10_000, 10_000, 0.5, Duration.ofSeconds(1), Duration.ofSeconds(1), 1);

  private static final int FLOAT = 1;
  private static final int UINT8 = 2;
  private static final int INT64 = 7;
  private static final int SIZE = 256;

  private MoodyBundle() {}

  static Path writeTo(Path folder) {
    return writeTo(folder, new Wire().number(1, 1));
  }

  /** One whose rain view takes any number of frames; its mood is that of the first. */
  static Path ofBatches(Path folder) {
    return writeTo(folder, new Wire().text(2, "batch"));
  }

  private static Path writeTo(Path folder, Wire frames) {
    GoldenBundle.copyTo(folder);
    GoldenBundle.replace(folder, "rain.onnx", model(frames).toBytes());
    return folder;
  }

  /** That the rain view restored the frame. */
  static void assertRestored(Mat frame, Restored restored) {
    assertThat(restored.reason()).isEqualTo(FrameReason.NONE);
    assertThat(restored.status()).isEqualTo(FrameStatus.OK);
    Mat inverted = new Mat();
    Core.bitwise_not(frame, inverted);
    assertThat(Core.norm(inverted, restored.image(), Core.NORM_INF)).isZero();
    inverted.release();
  }

  /** That closed restorers left no thread behind. */
  static void assertNoThreadLeft() {
    assertThat(Thread.getAllStackTraces().keySet())
        .as("threads after closing")
        .noneMatch(thread -> thread.getName().equals("deweather-restorer"));
  }

  /** A frame of noise that makes the rain view misbehave as asked. */
  static Mat frame(int rows, int cols, int seed, int blue, int green, int red) {
    Mat frame = TestFrames.noise(rows, cols, seed);
    frame.put(0, 0, blue, green, red);
    return frame;
  }

  /** A frame that is restored at once. */
  static Mat calm(int seed) {
    return frame(48, 64, seed, 0, 0, 0);
  }

  /** A frame that takes as long as any. */
  static Mat slow(int seed) {
    return frame(48, 64, seed, 0, SLOW, 0);
  }

  private static Wire model(Wire frames) {
    return new Wire()
        .number(1, 8)
        .message(7, graph(frames))
        .message(8, new Wire().text(1, "").number(2, 18));
  }

  private static Wire graph(Wire frames) {
    byte[] inverts = new byte[FAILS];
    Arrays.fill(inverts, (byte) 255);
    byte[] keeps = new byte[256];
    Arrays.fill(keeps, (byte) 255);
    keeps[BLACK] = 0;
    long[] ends = new long[256];
    Arrays.fill(ends, Integer.MAX_VALUE);
    ends[WRONG_SHAPE] = 5;
    return new Wire()
        .text(2, "moody")
        .message(11, frameInfo("frame", frames))
        .message(12, frameInfo("restored", frames))
        .message(5, tensor("all", INT64, longs(-1), 1))
        .message(5, tensor("none", INT64, new byte[0], 0))
        .message(5, tensor("blue", INT64, longs(0), 1))
        .message(5, tensor("green", INT64, longs(1), 1))
        .message(5, tensor("red", INT64, longs(2), 1))
        .message(5, tensor("top", INT64, longs(0), 1))
        .message(5, tensor("axis", INT64, longs(1), 1))
        .message(5, tensor("inverts", UINT8, inverts, FAILS))
        .message(5, tensor("keeps", UINT8, keeps, 256))
        .message(5, tensor("ends", INT64, longs(ends), 256))
        .message(5, tensor("zeros", FLOAT, new byte[4 * SIZE * SIZE], SIZE, SIZE))
        .message(1, node("Reshape", "bytes", "frame", "all"))
        .message(1, cast("colours", "bytes", INT64))
        .message(1, node("Gather", "blue_value", "colours", "blue"))
        .message(1, node("Gather", "green_value", "colours", "green"))
        .message(1, node("Gather", "red_value", "colours", "red"))
        .message(1, node("Gather", "inversion", "inverts", "blue_value"))
        .message(1, node("Gather", "mask", "keeps", "red_value"))
        .message(1, node("Gather", "end", "ends", "red_value"))
        .message(1, node("Reshape", "rounds", "green_value", "none"))
        .message(
            1, node("Loop", "product", "rounds", "", "zeros").message(5, attribute("body", body())))
        .message(1, cast("products", "product", UINT8))
        .message(1, node("ReduceMax", "nothing", "products").message(5, attribute("keepdims", 0)))
        .message(1, node("BitwiseXor", "inverted", "frame", "inversion"))
        .message(1, node("BitwiseXor", "worked", "inverted", "nothing"))
        .message(1, node("BitwiseAnd", "masked", "worked", "mask"))
        .message(1, node("Slice", "restored", "masked", "top", "end", "axis"));
  }

  private static Wire cast(String output, String input, int type) {
    return node("Cast", output, input).message(5, attribute("to", type));
  }

  private static Wire body() {
    return new Wire()
        .text(2, "body")
        .message(11, info("round", INT64, 0))
        .message(11, info("on", 9, 0))
        .message(11, info("before", FLOAT, 2))
        .message(12, info("still_on", 9, 0))
        .message(12, info("after", FLOAT, 2))
        .message(1, node("Identity", "still_on", "on"))
        .message(1, node("MatMul", "after", "before", "zeros"));
  }

  private static Wire node(String type, String output, String... inputs) {
    Wire node = new Wire();
    for (String input : inputs) {
      node.text(1, input);
    }
    return node.text(2, output).text(3, output).text(4, type);
  }

  private static Wire attribute(String name, Wire graph) {
    return new Wire().text(1, name).message(6, graph).number(20, 5);
  }

  private static Wire attribute(String name, long value) {
    return new Wire().text(1, name).number(3, value).number(20, 2);
  }

  private static Wire tensor(String name, int type, byte[] data, long... shape) {
    Wire tensor = new Wire();
    for (long extent : shape) {
      tensor.number(1, extent);
    }
    return tensor.number(2, type).text(8, name).bytes(9, data);
  }

  private static Wire frameInfo(String name, Wire frames) {
    Wire shape =
        new Wire()
            .message(1, frames)
            .message(1, new Wire().text(2, name + "_height"))
            .message(1, new Wire().text(2, name + "_width"))
            .message(1, new Wire().number(1, 3));
    return new Wire()
        .text(1, name)
        .message(2, new Wire().message(1, new Wire().number(1, UINT8).message(2, shape)));
  }

  private static Wire info(String name, int type, int dimensions) {
    Wire shape = new Wire();
    for (int i = 0; i < dimensions; i++) {
      shape.message(1, new Wire().number(1, SIZE));
    }
    return new Wire()
        .text(1, name)
        .message(2, new Wire().message(1, new Wire().number(1, type).message(2, shape)));
  }

  private static byte[] longs(long... values) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (long value : values) {
      bytes.putLong(value);
    }
    return bytes.array();
  }
}
