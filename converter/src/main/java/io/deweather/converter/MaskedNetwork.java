package io.deweather.converter;

import io.deweather.InferenceException;
import io.deweather.Weather;
import io.deweather.converter.Network.ColourOrder;
import io.deweather.converter.Network.Parameter;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The network as one weather sees it, evaluated without anything that baking relies on: masks are
 * unpacked and applied here, in Java, into a plain network; frames become images and images frames
 * here; and {@link ReferenceEngine} computes.
 */
final class MaskedNetwork {
  private final Network network;
  private ReferenceEngine engine;

  MaskedNetwork(Network network, ReferenceEngine engine) {
    this.network = network;
    this.engine = engine;
  }

  static MaskedNetwork of(BundleContents contents, Weather weather) {
    Network masked = contents.seenBy(weather);
    return new MaskedNetwork(masked, ReferenceEngine.forNetwork(masked));
  }

  /** The same with values rounded to levels, where an integer view rounds them. */
  static MaskedNetwork of(BundleContents contents, Weather weather, Map<String, Levels> levels) {
    if (levels.isEmpty()) {
      return of(contents, weather);
    }
    Network masked =
        masked(
            contents.network(), contents.visibility(), weather, contents.background().orElse(null));
    return new MaskedNetwork(RoundedNetwork.of(masked, levels), new ReferenceEngine.PlainRuntime());
  }

  /** The network with the parameter values that the weather's view computes with. */
  static Network masked(
      Network network, Visibility visibility, Weather weather, Network background) {
    Map<String, float[]> values = new LinkedHashMap<>();
    for (Parameter parameter : network.parameters().values()) {
      String name = parameter.name();
      boolean[] mask = visibility.mask(name, weather);
      float[] seen = parameter.values().clone();
      for (int i = 0; i < seen.length; i++) {
        if (!mask[i]) {
          seen[i] = background == null ? 0 : background.parameters().get(name).values()[i];
        }
      }
      values.put(name, seen);
    }
    return network.withParameters(values);
  }

  /** The name and version of the engine that computes, for a report. */
  String engine() {
    return engine.name();
  }

  byte[] restore(ProbeFrame frame) {
    int height = padded(frame.height());
    int width = padded(frame.width());
    float[] restored = evaluate(image(frame, height, width), height, width);
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

  private float[] evaluate(float[] image, int height, int width) {
    try {
      return engine.run(network.sized(height, width), image, height, width);
    } catch (InferenceException e) {
      if (engine instanceof ReferenceEngine.PlainRuntime) {
        throw e;
      }
      // OpenCV does not take every attribute of the operators that it knows.
      engine = new ReferenceEngine.PlainRuntime();
      return engine.run(network.sized(height, width), image, height, width);
    }
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
}
