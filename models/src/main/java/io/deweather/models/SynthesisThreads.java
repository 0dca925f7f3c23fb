package io.deweather.models;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.opencv.core.Core;

/**
 * Threads that make weather beside the one that trains. Each is one thread: OpenCV's own would take
 * the trainer's cores.
 */
final class SynthesisThreads implements AutoCloseable {
  private final ExecutorService threads;

  SynthesisThreads(int count) {
    threads =
        Executors.newFixedThreadPool(
            count,
            task -> {
              Thread thread = new Thread(task, "deweather-synthesis");
              thread.setDaemon(true);
              return thread;
            });
  }

  <T> CompletableFuture<T> submit(Supplier<T> task) {
    return CompletableFuture.supplyAsync(
        () -> {
          Core.setNumThreads(1);
          return task.get();
        },
        threads);
  }

  /** What a task gave, or its own exception. */
  static <T> T join(CompletableFuture<T> task) {
    try {
      return task.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  /** Stops the threads and waits for their end, after which photographs may be released. */
  @Override
  public void close() {
    threads.shutdownNow();
    boolean interrupted = false;
    while (!threads.isTerminated()) {
      try {
        threads.awaitTermination(1, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
