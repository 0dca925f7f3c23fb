package io.deweather.samples;

import java.io.PrintStream;
import java.time.Duration;

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

  /** So many are done. Cheap: prints only when it is time to. */
  void done(long count) {
    long now = System.nanoTime();
    if (now - shown >= (interactive ? INTERACTIVE : PLAIN).toNanos()) {
      shown = now;
      show(line(count, (now - start) / 1e9));
    }
  }

  /** Seconds since the start. */
  double seconds() {
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

  private void show(String line) {
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
  public void close() {
    if (width > 0) {
      err.print("\r" + " ".repeat(width) + "\r");
      err.flush();
      width = 0;
    }
  }
}
