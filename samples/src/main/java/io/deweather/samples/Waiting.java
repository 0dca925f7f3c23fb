package io.deweather.samples;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Shows that something whose end nobody knows is still going on, and for how long. */
final class Waiting {
  private static final int QUIET_SECONDS = 1;

  private final Terminal terminal;
  private final String label;
  private final long start = System.nanoTime();
  private final ScheduledExecutorService clock;
  private int width;

  /**
   * Does something and shows meanwhile how long it has been going on.
   *
   * @param label what is going on
   */
  static <T> T during(Terminal terminal, String label, Supplier<T> work) {
    Waiting waiting = new Waiting(terminal, label);
    try {
      return work.get();
    } finally {
      waiting.close();
    }
  }

  private Waiting(Terminal terminal, String label) {
    this.terminal = terminal;
    this.label = label;
    clock =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "waiting");
              thread.setDaemon(true);
              return thread;
            });
    int every = terminal.interactive() ? QUIET_SECONDS : 10;
    clock.scheduleAtFixedRate(this::show, every, every, TimeUnit.SECONDS);
  }

  private synchronized void show() {
    String line = "%s, %.0f s".formatted(label, (System.nanoTime() - start) / 1e9);
    if (terminal.interactive()) {
      terminal.err().print("\r" + line);
      terminal.err().flush();
      width = line.length();
    } else {
      terminal.err().println(line);
    }
  }

  /** Leaves the line empty for what comes next. */
  private synchronized void close() {
    clock.shutdownNow();
    if (width > 0) {
      terminal.err().print("\r" + " ".repeat(width) + "\r");
      terminal.err().flush();
    }
  }
}
