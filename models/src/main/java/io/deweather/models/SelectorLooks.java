package io.deweather.models;

import io.deweather.converter.GraphBuilder;
import io.deweather.converter.Network;
import io.deweather.converter.Network.ColourOrder;
import io.deweather.converter.SelectorGraph;
import io.deweather.converter.SelectorSession;
import io.deweather.models.SelectorFrames.Sample;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Makes whole labelled frames as a selector sees them, its looks, ahead of the trainer. Wide frames
 * only, whose looks all have one size. Which ones they are depends on the seed alone.
 *
 * <p>{@link #next} is for one thread.
 */
final class SelectorLooks implements AutoCloseable {
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
  private final SynthesisThreads threads;
  private final Deque<CompletableFuture<List<Looks>>> queue = new ArrayDeque<>();
  private final Deque<Looks> ready = new ArrayDeque<>();
  private int made;

  SelectorLooks(SelectorFrames frames, int threads) {
    this.frames = frames;
    session = new SelectorSession(SelectorGraph.features(unchanged()), 1);
    this.threads = new SynthesisThreads(threads);
  }

  /** What goes in comes out: a graph with this behind it gives the looks themselves. */
  private static Network unchanged() {
    GraphBuilder graph = new GraphBuilder("looks", 0);
    String same = graph.conv("same", graph.input(), 3, 3, 1, 1, 0);
    return graph
        .buildNumbers(same, "pixels", ColourOrder.BGR, "looks", 3, "height", "width")
        .withParameters(Map.of("same.weight", new float[] {1, 0, 0, 0, 1, 0, 0, 0, 1}));
  }

  /** The next frame. */
  Looks next() {
    while (ready.isEmpty()) {
      while (queue.size() < AHEAD) {
        int index = made++;
        queue.add(threads.submit(() -> make(index)));
      }
      ready.addAll(SynthesisThreads.join(queue.remove()));
    }
    return ready.remove();
  }

  /** The next frames. */
  List<Looks> next(int count) {
    List<Looks> some = new ArrayList<>();
    while (some.size() < count) {
      some.add(next());
    }
    return some;
  }

  private List<Looks> make(int index) {
    return frames.two(session, index).stream()
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
    threads.close();
    session.close();
  }
}
