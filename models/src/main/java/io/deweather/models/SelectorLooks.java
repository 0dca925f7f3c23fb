package io.deweather.models;

import io.deweather.converter.GraphBuilder;
import io.deweather.converter.Network;
import io.deweather.converter.Network.ColourOrder;
import io.deweather.converter.SelectorGraph;
import io.deweather.converter.SelectorSession;
import io.deweather.models.SelectorFrames.Sample;
import java.util.List;
import java.util.Map;

/**
 * Whole labelled frames as a selector sees them, its looks. Wide frames only, whose looks all have
 * one size.
 */
final class SelectorLooks extends Examples<SelectorLooks.Looks> {
  /**
   * One labelled frame.
   *
   * @param pixels {@code [looks, height, width, 3]} BGR
   * @param labels 1 for each weather that is there
   * @param weights 0 for each weather of which nobody could say
   */
  record Looks(byte[] pixels, float[] labels, float[] weights) {}

  /** Pixels of a look's height. */
  static final int HEIGHT = 96;

  /** Pixels of a look's width. */
  static final int WIDTH = 160;

  private static final int PLANE = HEIGHT * WIDTH;
  private static final int AHEAD = 16;

  private final SelectorFrames frames;
  private final SelectorSession session;

  SelectorLooks(SelectorFrames frames, Position first, int threads) {
    super(first, threads, AHEAD);
    this.frames = frames;
    session = new SelectorSession(SelectorGraph.features(unchanged()), 1);
  }

  /** What goes in comes out: a graph with this behind it gives the looks themselves. */
  private static Network unchanged() {
    GraphBuilder graph = new GraphBuilder("looks", 0);
    String same = graph.conv("same", graph.input(), 3, 3, 1, 1, 0);
    return graph
        .buildNumbers(same, "pixels", ColourOrder.BGR, "looks", 3, "height", "width")
        .withParameters(Map.of("same.weight", new float[] {1, 0, 0, 0, 1, 0, 0, 0, 1}));
  }

  @Override
  List<Looks> make(long number) {
    return frames.two(session, Math.toIntExact(number)).stream()
        .filter(sample -> sample.features().length == SelectorGraph.LOOKS * 3 * PLANE)
        .map(SelectorLooks::looks)
        .toList();
  }

  private static Looks looks(Sample sample) {
    float[] planes = sample.features();
    byte[] pixels = new byte[planes.length];
    for (int look = 0; look < SelectorGraph.LOOKS; look++) {
      for (int c = 0; c < 3; c++) {
        int from = (look * 3 + c) * PLANE;
        int to = look * 3 * PLANE + c;
        for (int i = 0; i < PLANE; i++) {
          pixels[to + 3 * i] = (byte) Math.round(255 * planes[from + i]);
        }
      }
    }
    return new Looks(pixels, sample.labels(), sample.weights());
  }

  @Override
  public void close() {
    super.close();
    session.close();
  }
}
