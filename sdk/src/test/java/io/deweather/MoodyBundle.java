package io.deweather;

import static io.deweather.OnnxWire.BOOL;
import static io.deweather.OnnxWire.FLOAT;
import static io.deweather.OnnxWire.INT64;
import static io.deweather.OnnxWire.UINT8;
import static io.deweather.OnnxWire.attribute;
import static io.deweather.OnnxWire.cast;
import static io.deweather.OnnxWire.extent;
import static io.deweather.OnnxWire.info;
import static io.deweather.OnnxWire.longs;
import static io.deweather.OnnxWire.model;
import static io.deweather.OnnxWire.node;
import static io.deweather.OnnxWire.tensor;
import static org.assertj.core.api.Assertions.assertThat;

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

  private static final int SIZE = 256;

  private MoodyBundle() {}

  static Path writeTo(Path folder) {
    return writeTo(folder, extent(1));
  }

  /** One whose rain view takes any number of frames; its mood is that of the first. */
  static Path ofBatches(Path folder) {
    return writeTo(folder, extent("batch"));
  }

  private static Path writeTo(Path folder, Wire frames) {
    GoldenBundle.copyTo(folder);
    GoldenBundle.replace(folder, "rain.onnx", model(graph(frames)).toBytes());
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

  private static Wire body() {
    return new Wire()
        .text(2, "body")
        .message(11, info("round", INT64))
        .message(11, info("on", BOOL))
        .message(11, info("before", FLOAT, extent(SIZE), extent(SIZE)))
        .message(12, info("still_on", BOOL))
        .message(12, info("after", FLOAT, extent(SIZE), extent(SIZE)))
        .message(1, node("Identity", "still_on", "on"))
        .message(1, node("MatMul", "after", "before", "zeros"));
  }

  private static Wire frameInfo(String name, Wire frames) {
    return info(name, UINT8, frames, extent(name + "_height"), extent(name + "_width"), extent(3));
  }
}
