package io.deweather.models;

import io.deweather.models.Examples.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What each step of a training sees: new examples, and some of the last ones, since they are dear
 * to make. It depends on the seed and the step alone. One thread.
 *
 * @param <T> an example
 */
final class Replay<T> {
  /**
   * What a step sees.
   *
   * @param examples the new ones first
   * @param variation of all
   */
  record Batch<T>(List<T> examples, Variation variation) {}

  private final int fresh;
  private final int size;
  private final int most;
  private final SplittableRandom random;
  private final List<T> kept = new ArrayList<>();
  private final List<Position> positions = new ArrayList<>();
  private long seen;

  /**
   * Starts with none.
   *
   * @param fresh new examples in each step
   * @param size of a batch
   * @param most that are kept
   */
  Replay(int fresh, int size, int most, long seed) {
    this.fresh = fresh;
    this.size = size;
    this.most = most;
    random = new SplittableRandom(seed);
  }

  /** The next step's batch. */
  Batch<T> next(Examples<T> source) {
    List<T> batch = new ArrayList<>();
    while (batch.size() < fresh) {
      batch.add(add(source));
    }
    for (int index : draw()) {
      batch.add(kept.get(index));
    }
    return new Batch<>(batch, Variation.draw(random));
  }

  private T add(Examples<T> source) {
    int slot = (int) (seen++ % most);
    T example = source.next();
    if (slot == kept.size()) {
      kept.add(example);
      positions.add(source.position());
    } else {
      kept.set(slot, example);
      positions.set(slot, source.position());
    }
    return example;
  }

  /** Which of the kept ones are seen again. */
  private int[] draw() {
    int[] indices = new int[size - fresh];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = random.nextInt((int) Math.min(seen, most));
    }
    return indices;
  }

  /** Where the oldest example is that is kept: a resumed run begins with it. */
  Position oldest() {
    return seen < most ? Position.START : positions.get((int) (seen % most));
  }

  /**
   * Comes to where it was after so many steps.
   *
   * @param source that begins with the {@link #oldest} example then
   */
  void resume(int steps, Examples<T> source) {
    for (int step = 0; step < steps; step++) {
      seen += fresh;
      draw();
      Variation.draw(random);
    }
    long end = seen;
    seen = Math.max(0, end - most);
    for (int i = 0; i < Math.min(end, most); i++) {
      kept.add(null);
      positions.add(null);
    }
    while (seen < end) {
      add(source);
    }
  }
}
