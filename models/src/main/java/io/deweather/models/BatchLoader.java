package io.deweather.models;

import io.deweather.Weather;
import io.deweather.models.weather.WeatherSynthesis;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.opencv.core.Mat;

/**
 * Makes degraded batches ahead of the trainer, on threads of its own. What a step's batches hold
 * depends on the seed and the step alone, so that a resumed run sees what an uninterrupted one
 * would have seen.
 *
 * <p>{@link #next} is for one thread; {@link #close} stops the threads and waits for their end,
 * after which the photographs may be released.
 */
final class BatchLoader implements AutoCloseable {
  /**
   * Crops of one weather, {@code uint8 [count, side, side, 3]} BGR.
   *
   * @param weather what was added
   * @param degraded with it
   * @param clean without it
   * @param count of crops
   * @param side of each, in pixels
   */
  record Batch(Weather weather, ByteBuffer degraded, ByteBuffer clean, int count, int side) {}

  private static final int AHEAD = 6;

  private final Photographs photographs;
  private final List<Weather> weathers;
  private final int count;
  private final int side;
  private final long seed;
  private final double cleanShare;
  private final SynthesisThreads threads;
  private final Deque<List<CompletableFuture<Batch>>> queue = new ArrayDeque<>();
  private long nextStep;

  BatchLoader(
      Photographs photographs,
      List<Weather> weathers,
      int count,
      int side,
      long seed,
      double cleanShare,
      long firstStep,
      int threads) {
    this.photographs = photographs;
    this.weathers = weathers;
    this.count = count;
    this.side = side;
    this.seed = seed;
    this.cleanShare = cleanShare;
    this.nextStep = firstStep;
    this.threads = new SynthesisThreads(threads);
  }

  /** The next step's batches, one a weather. */
  List<Batch> next() {
    while (queue.size() < AHEAD) {
      queue.add(submit(nextStep++));
    }
    List<Batch> batches = new ArrayList<>();
    for (CompletableFuture<Batch> batch : queue.remove()) {
      batches.add(SynthesisThreads.join(batch));
    }
    return batches;
  }

  private List<CompletableFuture<Batch>> submit(long step) {
    List<CompletableFuture<Batch>> batches = new ArrayList<>();
    for (int w = 0; w < weathers.size(); w++) {
      Weather weather = weathers.get(w);
      SplittableRandom random = new SplittableRandom(seed * 1_000_003 + step * 31 + w);
      random.nextLong();
      batches.add(threads.submit(() -> make(weather, random.split())));
    }
    return batches;
  }

  private Batch make(Weather weather, SplittableRandom random) {
    WeatherSynthesis synthesis = WeatherSynthesis.of(weather);
    int bytes = side * side * 3;
    ByteBuffer degraded = ByteBuffer.allocateDirect(count * bytes);
    ByteBuffer clean = ByteBuffer.allocateDirect(count * bytes);
    byte[] row = new byte[bytes];
    for (int i = 0; i < count; i++) {
      Mat crop = photographs.crop(random, side);
      boolean untouched = random.nextDouble() < cleanShare;
      try (WeatherSynthesis.Pair pair = synthesis.degrade(crop, random.nextLong())) {
        append(pair.clean(), clean, row);
        append(untouched ? pair.clean() : pair.degraded(), degraded, row);
      }
      crop.release();
    }
    return new Batch(weather, degraded.flip(), clean.flip(), count, side);
  }

  private static void append(Mat picture, ByteBuffer to, byte[] row) {
    picture.get(0, 0, row);
    to.put(row);
  }

  @Override
  public void close() {
    threads.close();
  }
}
