package io.deweather.converter;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.deweather.Weather;
import io.deweather.converter.Network.ColourOrder;

/**
 * The network as one weather sees it, evaluated without anything that baking relies on: masks are
 * unpacked and applied here, in Java, into a plain network; frames become images and images frames
 * here; and {@link ReferenceEngine} computes.
 */
final class MaskedNetwork {
  private final Network network;
  private final ReferenceEngine engine;

  private MaskedNetwork(Network network) {
    this.network = network;
    this.engine = ReferenceEngine.forNetwork(network);
  }

  static MaskedNetwork of(BundleContents contents, Weather weather) {
    Network network = contents.network();
    return new MaskedNetwork(
        network.withParameters(
            contents.visibility().masked(weather, network, contents.background().orElse(null))));
  }

  /** The name and version of the engine that computes, for a report. */
  String engine() {
    return engine.name();
  }

  byte[] restore(ProbeFrame frame) {
    int height = padded(frame.height());
    int width = padded(frame.width());
    float[] restored = engine.run(sized(height, width), image(frame, height, width), height, width);
    byte[] pixels = new byte[frame.pixels().length];
    int at = 0;
    for (int y = 0; y < frame.height(); y++) {
      for (int x = 0; x < frame.width(); x++) {
        for (int c = 0; c < 3; c++) {
          float value = restored[(plane(c) * height + y) * width + x];
          pixels[at++] = (byte) (int) Math.rint(Math.max(0f, Math.min(1f, value)) * 255f);
        }
      }
    }
    return pixels;
  }

  private float[] image(ProbeFrame frame, int height, int width) {
    float[] image = new float[3 * height * width];
    for (int c = 0; c < 3; c++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          int fromY = Math.min(y, frame.height() - 1);
          int fromX = Math.min(x, frame.width() - 1);
          int level = frame.pixels()[(fromY * frame.width() + fromX) * 3 + c] & 0xFF;
          image[(plane(c) * height + y) * width + x] = level / 255f;
        }
      }
    }
    return image;
  }

  /** Which of the network's planes has channel c of a BGR frame. */
  private int plane(int c) {
    return network.colourOrder() == ColourOrder.BGR ? c : 2 - c;
  }

  private int padded(int size) {
    int multiple = network.multiple();
    return (size + multiple - 1) / multiple * multiple;
  }

  /** The model for one size only: other engines than ONNX Runtime want to know it beforehand. */
  private ModelProto sized(int height, int width) {
    GraphProto.Builder graph = network.model().getGraph().toBuilder();
    graph.clearInput().clearOutput().clearValueInfo();
    graph.addInput(Onnx.image(network.inputName(), DataType.FLOAT, 1, 3, height, width));
    graph.addOutput(Onnx.image(network.outputName(), DataType.FLOAT, 1, 3, height, width));
    return network.model().toBuilder().setGraph(graph).build();
  }
}
