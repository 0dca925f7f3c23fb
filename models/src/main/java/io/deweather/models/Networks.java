package io.deweather.models;

import ai.onnx.proto.OnnxMl.NodeProto;
import io.deweather.converter.GraphBuilder;
import io.deweather.converter.Network;
import io.deweather.converter.Network.ColourOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The networks that Deweather trains. Each is defined here and nowhere else, as an ONNX graph:
 * training interprets it, the converter bakes it.
 */
public final class Networks {
  /** The layer whose result a residual block adds. */
  static final String BLOCK_END = ".conv1";

  private static final Predicate<String> LEAVES_A_LEVEL =
      Pattern.compile("((down|up)[0-9]+|tail)\\.weight").asMatchPredicate();

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
   * few. 2.49 GMAC for 256x256.
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
   * The network of Guo et al. (arXiv 2411.16739): 46.4 GMAC for 256x256, 4.98 million parameters.
   * For teams that train it elsewhere and bring its weights, and for comparison; {@link #edge} is a
   * sixty-sixth of its arithmetic.
   *
   * <p>A U of three levels. Every level has six residual dense blocks (Zhang et al., 2018) of three
   * 3x3 convolutions on the way down and six on the way up, on 18, 36 and 72 channels. Smaller
   * copies of the picture, every second and every fourth pixel, enter at the lower levels; what
   * comes off the way down is exchanged between all levels before it goes over to the way up; both
   * as in MIMO-UNet (Cho et al., "Rethinking Coarse-to-Fine Approach in Single Image Deblurring",
   * 2021). GELU, nearest resize, transposed convolutions; the result is added to the picture.
   *
   * <p>What is known: the paper gives the kind of network and its size (4.99 million parameters, 46
   * GMAC); the layout above, the names of the tensors and the order of the colours (RGB) follow the
   * code that its authors published (AierLab/MultiTask on GitHub, {@code Network_our}). What is
   * ours: this description of it, GELU by {@code Erf} because ONNX has one only from opset 20, the
   * initial weights, of which the last layer's are zero, and the absence of the three numbers by
   * which the authors weigh their losses. Whether the authors' own run used exactly this revision
   * is not known. No weights of theirs are included, and none were tried.
   */
  public static Network paper(long seed) {
    return PaperNetwork.build(seed);
  }

  /** The network of that name: {@code edge}, {@code quality} or {@code paper}. */
  public static Network byName(String name, long seed) {
    return switch (name) {
      case "edge" -> edge(seed);
      case "quality" -> quality(seed);
      case "paper" -> paper(seed);
      default ->
          throw new IllegalArgumentException(
              "network (" + name + ") must be one of edge, quality, paper");
    };
  }

  /**
   * What a level of a network comes to.
   *
   * @param value its name in the graph
   * @param channels of it
   */
  record Level(String value, int channels) {}

  /**
   * The levels of {@link #edge} and {@link #quality}: what goes down, what goes up, and what the
   * last layer sees. Of other networks, none.
   */
  static List<Level> levels(Network network) {
    List<Level> levels = new ArrayList<>();
    for (NodeProto node : network.model().getGraph().getNodeList()) {
      if (node.getOpType().equals("Conv") && LEAVES_A_LEVEL.test(node.getInput(1))) {
        long[] shape = network.parameters().get(node.getInput(1)).shape();
        levels.add(new Level(node.getInput(0), Math.toIntExact(shape[1])));
      }
    }
    return levels;
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

  static String blocks(GraphBuilder graph, String name, String x, int channels, int count) {
    for (int block = 0; block < count; block++) {
      String layer = name + ".block" + block;
      String inner = graph.relu(graph.conv3(layer + ".conv0", x, channels, channels));
      // A tenth of He's deviation keeps the sum of many blocks from growing at the start.
      String residual = graph.conv(layer + BLOCK_END, inner, channels, channels, 3, 1, 0.1);
      x = graph.sum(x, residual);
    }
    return x;
  }
}
