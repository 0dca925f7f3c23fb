package io.deweather.models;

import io.deweather.converter.GraphBuilder;
import io.deweather.converter.Network;
import io.deweather.converter.Network.ColourOrder;
import io.deweather.converter.SelectorGraph;

/**
 * The networks that Deweather trains. Each is defined here and nowhere else, as an ONNX graph:
 * training interprets it, the converter bakes it.
 */
public final class Networks {
  private Networks() {}

  /**
   * The network for vehicles: a U-shaped residual network of 3x3 convolutions and ReLU on 2x2
   * space-to-depth input. Five levels reach from half to a thirty-second of the resolution, so that
   * it sees a streak of one pixel and a drop of a tenth of the picture. Every level is a residual
   * block {@code x + conv(relu(conv(x)))}; down is a strided convolution, up a 1x1 convolution,
   * nearest upsampling and the sum with the level's skip (no transposed convolutions, hence no
   * checkerboard). The last layer starts at zero and its result is added to the input: an untrained
   * network is the identity.
   *
   * <p>0.698 GMAC for 256x256, 1.33 million parameters; channels are multiples of 16 everywhere but
   * at the two ends. BGR, as OpenCV holds frames.
   */
  public static Network edge(long seed) {
    return residualU(
        "edge",
        seed,
        new int[] {16, 32, 64, 96, 128},
        new int[] {1, 1, 1, 1, 2},
        new int[] {1, 1, 1, 1});
  }

  /**
   * The same design for machines with more arithmetic to spend: wider, and deeper where pixels are
   * few. 2.4 GMAC for 256x256.
   */
  public static Network quality(long seed) {
    return residualU(
        "quality",
        seed,
        new int[] {32, 64, 112, 160, 192},
        new int[] {1, 1, 1, 2, 3},
        new int[] {1, 1, 1, 1});
  }

  /**
   * The network that recognises weather, from the looks of {@link SelectorGraph}: for each of N
   * frames {@value SelectorGraph#LOOKS} images in a row, of which the first half show the whole
   * frame and the second half parts of it at full resolution. One stack of 3x3 convolutions and
   * ReLU serves them all. Mean and maximum over an image, and then over the images of each half,
   * tell what covers the frame and what is there only once, a drop or a streak; two layers weigh
   * them.
   *
   * <p>Input {@code [N * 8, 3, h, w]}, output {@code [N, weathers]}: log-odds, before calibration.
   */
  public static Network selector(int weathers, long seed) {
    GraphBuilder graph = new GraphBuilder("selector", seed);
    String x = graph.relu(graph.conv("head", graph.input(), 3, 16, 3, 2, 1));
    x = graph.relu(graph.conv("down1", x, 16, 32, 3, 2, 1));
    x = graph.relu(graph.conv("down2", x, 32, 64, 3, 2, 1));
    x = graph.relu(graph.conv3("level2", x, 64, 64));
    x = graph.relu(graph.conv("down3", x, 64, 96, 3, 2, 1));
    String look = graph.concat(graph.globalAverage(x), graph.globalMaximum(x));
    int features = 2 * 96;
    String looks = graph.reshape(look, -1, 2, SelectorGraph.LOOKS / 2, features);
    String mean = graph.reshape(graph.meanAlong(looks, 2), -1, 2 * features, 1, 1);
    String most = graph.reshape(graph.maximumAlong(looks, 2), -1, 2 * features, 1, 1);
    String all = graph.concat(mean, most);
    String hidden = graph.relu(graph.conv("hidden", all, 4 * features, 64, 1, 1, 1));
    String scores = graph.conv("scores", hidden, 64, weathers, 1, 1, 0.1);
    return graph.buildScores(graph.reshape(scores, -1, weathers), weathers, ColourOrder.BGR);
  }

  /** The network of that name: {@code edge} or {@code quality}. */
  public static Network byName(String name, long seed) {
    return switch (name) {
      case "edge" -> edge(seed);
      case "quality" -> quality(seed);
      default ->
          throw new IllegalArgumentException("network (" + name + ") must be one of edge, quality");
    };
  }

  private static Network residualU(
      String name, long seed, int[] channels, int[] encoderBlocks, int[] decoderBlocks) {
    GraphBuilder graph = new GraphBuilder(name, seed);
    int levels = channels.length;
    String folded = graph.spaceToDepth(graph.input(), 2);
    String x = graph.conv3("head", folded, 12, channels[0]);
    String[] skips = new String[levels];
    for (int level = 0; level < levels; level++) {
      if (level > 0) {
        x =
            graph.relu(
                graph.conv("down" + level, x, channels[level - 1], channels[level], 3, 2, 1));
      }
      x = blocks(graph, "encoder" + level, x, channels[level], encoderBlocks[level]);
      skips[level] = x;
    }
    for (int level = levels - 2; level >= 0; level--) {
      String up = graph.conv("up" + level, x, channels[level + 1], channels[level], 1, 1, 0.5);
      x = graph.sum(skips[level], graph.upsampleNearest2(up));
      x = blocks(graph, "decoder" + level, x, channels[level], decoderBlocks[level]);
    }
    String correction = graph.conv("tail", x, channels[0], 12, 3, 1, 0);
    String result = graph.depthToSpace(graph.sum(folded, correction), 2);
    return graph.build(result, 1 << levels, ColourOrder.BGR);
  }

  private static String blocks(GraphBuilder graph, String name, String x, int channels, int count) {
    for (int block = 0; block < count; block++) {
      String layer = name + ".block" + block;
      String inner = graph.relu(graph.conv3(layer + ".conv0", x, channels, channels));
      // A tenth of He's deviation keeps the sum of many blocks from growing at the start.
      String residual = graph.conv(layer + ".conv1", inner, channels, channels, 3, 1, 0.1);
      x = graph.sum(x, residual);
    }
    return x;
  }
}
