package io.deweather.samples;

import io.deweather.models.TrainingListener;
import io.deweather.models.TrainingStoppedException;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;

/**
 * A training run's progress, one plain line a report: worth keeping in a log file. Ctrl-C stops the
 * run after its step.
 */
record TrainingJournal(Terminal terminal) implements TrainingListener {
  /** Work that hears of Ctrl-C through the listener it was given. */
  interface Work {
    /** Returns what goes to stdout. */
    String run() throws IOException;
  }

  /**
   * Does a command's work.
   *
   * @param again how to go on, where Ctrl-C stopped it
   * @return the exit code
   */
  int follow(String again, Work work) throws IOException {
    terminal.interruption().listen();
    try {
      terminal.out().print(work.run());
      return Command.DONE;
    } catch (TrainingStoppedException e) {
      terminal.err().println("%s; %s goes on".formatted(e.getMessage(), again));
      return terminal.interruption().exitCode();
    }
  }

  @Override
  public boolean stopRequested() {
    return terminal.interruption().requested();
  }

  @Override
  public void progress(Progress progress) {
    StringBuilder line = new StringBuilder();
    line.append(
        "%s %d/%d"
            .formatted(
                progress.stage().name().toLowerCase(Locale.ROOT),
                progress.step(),
                progress.steps()));
    line.append("  loss %.5f".formatted(progress.loss()));
    progress
        .psnr()
        .forEach(
            (weather, psnr) ->
                line.append(
                    "  %s %.2f > %.2f dB"
                        .formatted(weather, progress.inputPsnr().get(weather), psnr)));
    line.append(
        "  %.1f images/s  %.0f GFLOP/s".formatted(progress.imagesPerSecond(), progress.gflops()));
    if (!progress.remaining().isZero()) {
      line.append("  %s left".formatted(duration(progress.remaining())));
    }
    terminal.err().println(line);
  }

  @Override
  public void message(String line) {
    terminal.err().println(line);
  }

  private static String duration(Duration left) {
    return left.toHours() > 0
        ? "%d h %02d min".formatted(left.toHours(), left.toMinutesPart())
        : "%d min".formatted(left.toMinutes() + 1);
  }
}
