package io.deweather.samples;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Shows that something whose end nobody knows is still going on, and for how long. */
final class Waiting implements AutoCloseable {
  private static final int QUIET_SECONDS = 1;

  private final Terminal terminal;
  private final String label;
  private final long start = System.nanoTime();
  private final ScheduledExecutorService clock;
  private int width;

  /**
   * Starts.
   *
   * @param label what is going on
   */
  Waiting(Terminal terminal, String label) {
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
  @Override
  public synchronized void close() {
    clock.shutdownNow();
    if (width > 0) {
      terminal.err().print("\r" + " ".repeat(width) + "\r");
      terminal.err().flush();
    }
  }
}
