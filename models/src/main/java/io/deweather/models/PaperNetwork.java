package io.deweather.models;

import io.deweather.converter.GraphBuilder;
import io.deweather.converter.Network;
import io.deweather.converter.Network.ColourOrder;

/** Writes the graph of {@link Networks#paper}. Tensors are named as in the authors' checkpoints. */
final class PaperNetwork {
  private static final int BASE = 18;
  private static final int BLOCKS = 6;
  private static final int COLOURS = 3;

  private final GraphBuilder graph;

  private PaperNetwork(long seed) {
    graph = new GraphBuilder("paper", seed);
  }

  static Network build(long seed) {
    return new PaperNetwork(seed).build();
  }

  private Network build() {
    String picture = graph.input();
    String half = graph.resizeNearest(picture, 0.5f);
    String quarter = graph.resizeNearest(half, 0.5f);

    String down0 = blocks("Encoder.0", active("feat_extract.0", picture, COLOURS, BASE, 3), BASE);
    String entry1 = graph.gelu(conv("feat_extract.1", down0, BASE, 2 * BASE, 3, 2, 1));
    entry1 = joined("FAM2", entry1, features("SCM2", half, 2 * BASE), 2 * BASE);
    String down1 = blocks("Encoder.1", entry1, 2 * BASE);
    String entry2 = graph.gelu(conv("feat_extract.2", down1, 2 * BASE, 4 * BASE, 3, 2, 1));
    entry2 = joined("FAM1", entry2, features("SCM1", quarter, 4 * BASE), 4 * BASE);
    String down2 = blocks("Encoder.2", entry2, 4 * BASE);

    String down2At1 = graph.resizeNearest(down2, 2);
    String skip0 =
        exchanged(
            "AFFs.0", BASE, down0, graph.resizeNearest(down1, 2), graph.resizeNearest(down2At1, 2));
    String skip1 = exchanged("AFFs.1", 2 * BASE, graph.resizeNearest(down0, 0.5f), down1, down2At1);
    String bottom =
        exchanged(
            "AFFs.2",
            4 * BASE,
            graph.resizeNearest(down0, 0.25f),
            graph.resizeNearest(down1, 0.5f),
            down2);

    String up2 = blocks("Decoder.0", bottom, 4 * BASE);
    String up1 = raised("feat_extract.3", "Convs.0", up2, skip1, 2 * BASE);
    up1 = blocks("Decoder.1", up1, 2 * BASE);
    String up0 = raised("feat_extract.4", "Convs.1", up1, skip0, BASE);
    up0 = blocks("Decoder.2", up0, BASE);
    String correction = conv("feat_extract.5", up0, BASE, COLOURS, 3, 1, 0);
    return graph.build(graph.sum(correction, picture), 4, ColourOrder.RGB);
  }

  private String blocks(String name, String x, int channels) {
    for (int block = 1; block <= BLOCKS; block++) {
      x = denseBlock(name + ".layer" + block, x, channels);
    }
    return x;
  }

  /** Three convolutions, each on all that came before it; fused by a fourth and added. */
  private String denseBlock(String name, String x, int channels) {
    String all = x;
    for (int layer = 0; layer < 3; layer++) {
      int in = (layer + 1) * channels;
      String more = active(name + ".conv" + layer + ".conv", all, in, channels, 3);
      all = graph.concat(all, more);
    }
    // A tenth of He's deviation keeps the sum of many blocks from growing at the start.
    return graph.sum(conv(name + ".LFF", all, 4 * channels, channels, 1, 1, 0.1), x);
  }

  /** Features of a smaller copy of the picture. */
  private String features(String name, String picture, int channels) {
    String x = active(name + ".layer1", picture, COLOURS, channels / 4, 3);
    x = active(name + ".layer2", x, channels / 4, channels / 2, 1);
    x = active(name + ".layer3", x, channels / 2, channels / 2, 3);
    x = active(name + ".layer4", x, channels / 2, channels - COLOURS, 1);
    return conv(name + ".conv", graph.concat(picture, x), channels, channels, 1, 1, 1);
  }

  private String joined(String name, String x, String features, int channels) {
    String product = graph.multiply(x, features);
    return graph.sum(x, conv(name + ".merge", product, channels, channels, 3, 1, 0.1));
  }

  /** All three levels, brought to one size. */
  private String exchanged(String name, int channels, String level0, String level1, String level2) {
    String all = graph.concat(level0, level1, level2);
    String x = active(name + ".conv1", all, 7 * BASE, channels, 1);
    return conv(name + ".conv2", x, channels, channels, 3, 1, 1);
  }

  /** Up to twice the size and half the channels, joined with what comes over from the way down. */
  private String raised(String up, String fuse, String x, String skip, int channels) {
    String larger = graph.gelu(graph.convTranspose4(up + ".layer", x, 2 * channels, channels));
    return active(fuse, graph.concat(larger, skip), 2 * channels, channels, 1);
  }

  private String active(String name, String x, int in, int out, int kernel) {
    return graph.gelu(conv(name, x, in, out, kernel, 1, 1));
  }

  private String conv(String name, String x, int in, int out, int kernel, int stride, double gain) {
    return graph.convUnbiased(name + ".layer", x, in, out, kernel, stride, gain);
  }
}
