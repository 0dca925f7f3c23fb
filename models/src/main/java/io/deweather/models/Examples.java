package io.deweather.models;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Makes labelled examples ahead of the trainer, on threads of its own. What is made under a number
 * depends on the seed and that number alone, so that a resumed run sees what an uninterrupted one
 * would have seen.
 *
 * <p>{@link #next} is for one thread; {@link #close} stops the threads and waits for their end,
 * after which the photographs may be released.
 *
 * @param <T> an example
 */
abstract class Examples<T> implements AutoCloseable {
  /**
   * Where an example is.
   *
   * @param number it is made under
   * @param part which of those of that number, from 0
   */
  record Position(long number, int part) {
    static final Position START = new Position(0, 0);

    /** What {@link #toString} gave. */
    static Position parse(String text) {
      String[] numbers = text.split("/", 2);
      return new Position(Long.parseLong(numbers[0]), Integer.parseInt(numbers[1]));
    }

    @Override
    public String toString() {
      return number + "/" + part;
    }
  }

  private final SynthesisThreads threads;
  private final int ahead;
  private final Deque<CompletableFuture<List<T>>> queue = new ArrayDeque<>();
  private List<T> ready = List.of();
  private long number;
  private int part;
  private int skip;

  /**
   * Starts threads.
   *
   * @param first the example to begin with
   * @param ahead how many numbers to be ahead
   */
  Examples(Position first, int threads, int ahead) {
    this.threads = new SynthesisThreads(threads);
    this.ahead = ahead;
    number = first.number() - 1;
    skip = first.part();
  }

  /** Makes the examples of a number; any thread. */
  abstract List<T> make(long number);

  /** The next example. */
  final T next() {
    while (part >= ready.size()) {
      while (queue.size() < ahead) {
        long next = number + 1 + queue.size();
        queue.add(threads.submit(() -> make(next)));
      }
      ready = SynthesisThreads.join(queue.remove());
      number++;
      part = skip;
      skip = 0;
    }
    return ready.get(part++);
  }

  /** Where the last example that {@link #next} gave is. */
  final Position position() {
    return new Position(number, part - 1);
  }

  /** The next examples. */
  final List<T> next(int count) {
    List<T> some = new ArrayList<>();
    while (some.size() < count) {
      some.add(next());
    }
    return some;
  }

  @Override
  public void close() {
    threads.close();
  }
}
