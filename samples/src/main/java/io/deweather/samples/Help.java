package io.deweather.samples;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.Map;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/** The help texts, and the options that every command has. */
final class Help {
  private Help() {}

  /** An option with a value. */
  static Option value(String letter, String name, String valueName, String meaning) {
    return Option.builder(letter).longOpt(name).hasArg().argName(valueName).desc(meaning).get();
  }

  /** An option with a value and without a letter. */
  static Option value(String name, String valueName, String meaning) {
    return value(null, name, valueName, meaning);
  }

  /** An option with one value or more. */
  static Option values(String name, String valueName, String meaning) {
    return Option.builder().longOpt(name).hasArgs().argName(valueName).desc(meaning).get();
  }

  /** An option without a value. */
  static Option flag(String name, String meaning) {
    return Option.builder().longOpt(name).desc(meaning).get();
  }

  static Options globalOptions() {
    return withCommonOptions(new Options()).addOption(flag("version", "print the version"));
  }

  static Options withCommonOptions(Options own) {
    return own.addOption(Option.builder("h").longOpt("help").desc("print this help").get())
        .addOption(flag("debug", "on failure, print the stack trace"));
  }

  /** Whether help is asked for, wherever it stands, even if the rest could not be parsed. */
  static boolean isAskedFor(String... arguments) {
    return Arrays.stream(arguments)
        .takeWhile(word -> !word.equals("--"))
        .anyMatch(word -> word.equals("--help") || word.equals("-h"));
  }

  static void overview(PrintStream out, Map<String, Command> commands) {
    out.println("Takes rain, raindrops on the lens and snow out of dashcam video.");
    out.println();
    out.println("Usage: deweather [--help] [--version] [--debug] COMMAND ...");
    out.println();
    out.println("Commands:");
    commands.forEach(
        (name, command) -> out.printf("  %-18s %s%n", name, command.help().split("\n", 2)[0]));
    out.println();
    out.println("'deweather COMMAND --help' explains a command. Start with 'deweather demo'.");
    out.println("Exit codes: 0 done, 1 failed, 2 bad usage, 130 interrupted.");
  }

  static void of(String name, Command command, PrintStream out) {
    String[] paragraphs = command.help().split("\n\n", 3);
    out.println("deweather " + name + ": " + paragraphs[0]);
    out.println();
    out.println(paragraphs[1]);
    out.println();
    out.println("Options:");
    for (Option option : withCommonOptions(command.options()).getOptions()) {
      out.printf("  %-27s %s%n", left(option), option.getDescription());
    }
    out.println();
    out.print(paragraphs[2]);
  }

  private static String left(Option option) {
    String letter = option.getOpt() == null ? "    " : "-" + option.getOpt() + ", ";
    String value = option.hasArg() ? " " + option.getArgName() : "";
    return letter + "--" + option.getLongOpt() + value + (option.hasArgs() ? "..." : "");
  }
}
