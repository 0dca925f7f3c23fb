package io.deweather.samples;

import java.io.IOException;
import org.apache.commons.cli.Options;

/** One sub-command of {@code deweather}. */
interface Command {
  /** Exit code: done. */
  int DONE = 0;

  /** Exit code: the work failed. */
  int FAILED = 1;

  /** Exit code: the command line was not understood. */
  int BAD_USAGE = 2;

  /**
   * The help, in paragraphs: what it does, in one line without a full stop; the command lines;
   * after those the options are listed; then what a user has to know beyond them, and examples.
   */
  String help();

  /** The command's own options, without those that every command has. */
  Options options();

  /**
   * Does the work.
   *
   * @return the exit code
   */
  int run(Arguments arguments, Terminal terminal) throws IOException;
}
