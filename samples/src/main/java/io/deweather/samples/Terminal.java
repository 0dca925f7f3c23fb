package io.deweather.samples;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Where a command talks to.
 *
 * @param out results, for people or programs
 * @param err progress, warnings and errors
 * @param interactive whether a person watches {@code err}, so that a line may be overwritten
 * @param interruption how the command learns of Ctrl-C
 */
record Terminal(PrintStream out, PrintStream err, boolean interactive, Interruption interruption) {

  /** The process's own streams; the launcher says whether standard error is a terminal. */
  static Terminal ofProcess() {
    boolean interactive = "true".equals(System.getProperty("deweather.terminal"));
    return new Terminal(utf8(System.out), utf8(System.err), interactive, new Interruption());
  }

  private static PrintStream utf8(PrintStream stream) {
    return new PrintStream(stream, true, StandardCharsets.UTF_8);
  }

  /** Says something that is neither result nor error. */
  void note(String format, Object... values) {
    err.println("deweather: " + format.formatted(values));
  }
}
