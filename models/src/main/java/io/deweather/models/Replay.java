package io.deweather.models;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The last examples of a training, to be seen again beside new ones: they are dear to make. One
 * thread.
 *
 * @param <T> an example
 */
final class Replay<T> {
  private final int most;
  private final SplittableRandom random;
  private final List<T> kept = new ArrayList<>();
  private int oldest;

  /**
   * Starts with none.
   *
   * @param most that are kept
   */
  Replay(int most, SplittableRandom random) {
    this.most = most;
    this.random = random;
  }

  /** These new examples, which are kept from now on, and some of the kept ones up to a size. */
  List<T> batch(List<T> fresh, int size) {
    for (T example : fresh) {
      if (kept.size() < most) {
        kept.add(example);
      } else {
        kept.set(oldest, example);
        oldest = (oldest + 1) % most;
      }
    }
    List<T> batch = new ArrayList<>(fresh);
    while (batch.size() < size) {
      batch.add(kept.get(random.nextInt(kept.size())));
    }
    return batch;
  }
}
