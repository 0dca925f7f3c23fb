package io.deweather.samples;

import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * How far a command is, on standard error: one line that is overwritten where a person watches,
 * otherwise a plain line now and then.
 */
final class Progress implements AutoCloseable {
  private static final Duration INTERACTIVE = Duration.ofMillis(200);
  private static final Duration PLAIN = Duration.ofSeconds(10);

  private final PrintStream err;
  private final boolean interactive;
  private final String label;
  private final String unit;
  private final long total;
  private final long start = System.nanoTime();
  private long shown = start;
  private int width;
  private boolean closed;

  /**
   * Starts.
   *
   * @param label what is done
   * @param unit what is counted, in the plural
   * @param total how many there will be; below 1 if unknown
   */
  Progress(Terminal terminal, String label, String unit, long total) {
    err = terminal.err();
    interactive = terminal.interactive();
    this.label = label;
    this.unit = unit;
    this.total = total;
  }

  /**
   * Does something whose end nobody knows, and shows meanwhile for how long it has been going on.
   *
   * @param label what is done
   */
  static <T> T during(Terminal terminal, String label, Supplier<T> work) {
    ScheduledExecutorService clock =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "progress");
              thread.setDaemon(true);
              return thread;
            });
    try (Progress progress = new Progress(terminal, label, "", -1)) {
      long every = terminal.interactive() ? 1 : PLAIN.toSeconds();
      Runnable show = () -> progress.show("%s, %.0f s".formatted(label, progress.seconds()));
      clock.scheduleAtFixedRate(show, every, every, TimeUnit.SECONDS);
      return work.get();
    } finally {
      clock.shutdownNow();
    }
  }

  /** So many are done. Cheap: prints only when it is time to. */
  void done(long count) {
    long now = System.nanoTime();
    if (now - shown >= (interactive ? INTERACTIVE : PLAIN).toNanos()) {
      shown = now;
      show(line(count, seconds()));
    }
  }

  private double seconds() {
    return (System.nanoTime() - start) / 1e9;
  }

  String line(long count, double seconds) {
    double rate = count / Math.max(seconds, 1e-9);
    StringBuilder line = new StringBuilder("%s: %d".formatted(label, count));
    if (total > 0) {
      line.append(" of %d".formatted(total));
    }
    line.append(" %s, %.1f/s".formatted(unit, rate));
    if (total > count && count > 0) {
      line.append(", %s left".formatted(duration((total - count) / rate)));
    }
    return line.toString();
  }

  private static String duration(double seconds) {
    long whole = Math.max(1, Math.round(seconds));
    if (whole < 100) {
      return whole + " s";
    }
    return whole < 6000 ? (whole + 30) / 60 + " min" : "%.1f h".formatted(whole / 3600.0);
  }

  private synchronized void show(String line) {
    if (closed) {
      return;
    }
    if (interactive) {
      err.print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
      err.flush();
      width = line.length();
    } else {
      err.println(line);
    }
  }

  /** Leaves the line empty for what comes next. */
  @Override
  public synchronized void close() {
    closed = true;
    if (width > 0) {
      err.print("\r" + " ".repeat(width) + "\r");
      err.flush();
    }
  }
}
