package io.deweather.samples;

import java.io.IOException;
import java.util.List;
import org.apache.commons.cli.Options;

/** One sub-command of {@code deweather}. */
interface Command {
  /** Exit code: done. */
  int DONE = 0;

  /** Exit code: the work failed. */
  int FAILED = 1;

  /** Exit code: the command line was not understood. */
  int BAD_USAGE = 2;

  /** What follows {@code deweather}. */
  String name();

  /** What it does, in one line without a full stop. */
  String summary();

  /** The command line after the name, for the help. */
  String synopsis();

  /** What a user has to know beyond the options; may be empty. */
  default List<String> notes() {
    return List.of();
  }

  /** Command lines after {@code deweather}, each with what it does. */
  List<Example> examples();

  /** The command's own options, without those that every command has. */
  Options options();

  /**
   * Does the work.
   *
   * @return the exit code
   */
  int run(Arguments arguments, Terminal terminal) throws IOException;

  /**
   * A command line that works.
   *
   * @param line what follows {@code deweather}
   * @param meaning what it does
   */
  record Example(String line, String meaning) {}
}
