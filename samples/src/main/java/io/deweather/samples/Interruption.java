package io.deweather.samples;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C, turned into a request to finish: a command that runs long asks {@link #requested()}
 * between frames, closes its output and returns. The process waits for it a limited time.
 */
final class Interruption {
  private static final long PATIENCE_SECONDS = 20;

  private final CountDownLatch finished = new CountDownLatch(1);
  private volatile boolean requested;

  /** Creates one that listens to the process's signals (SIGINT, SIGTERM, SIGHUP). */
  static Interruption ofProcess() {
    Interruption interruption = new Interruption();
    Thread hook = new Thread(interruption::requestAndWait, "finish-output");
    Runtime.getRuntime().addShutdownHook(hook);
    return interruption;
  }

  /** Whether the command is to finish. */
  boolean requested() {
    return requested;
  }

  void request() {
    requested = true;
  }

  /** The command has finished: the process need not wait for it. */
  void finished() {
    finished.countDown();
  }

  private void requestAndWait() {
    request();
    try {
      if (!finished.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        System.err.println(
            "deweather: interrupted; the output was not finished within "
                + PATIENCE_SECONDS
                + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
