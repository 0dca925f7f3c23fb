package io.deweather.samples;

import io.deweather.TensorRtOptions.Size;
import io.deweather.Weather;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.DefaultParser.NonOptionAction;
import org.apache.commons.cli.MissingArgumentException;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;
import org.apache.commons.cli.UnrecognizedOptionException;

/** A parsed command line. Every refusal names the option and the rule it broke. */
final class Arguments {
  private final String command;
  private final CommandLine line;

  private Arguments(String command, CommandLine line) {
    this.command = command;
    this.line = line;
  }

  /**
   * Parses.
   *
   * @param command for messages; empty before the command is known
   * @param stopAtFirstWord whether parsing ends at the first word that is no option
   * @throws UsageException if the arguments do not fit the options
   */
  static Arguments parse(
      String command, Options options, boolean stopAtFirstWord, String... arguments) {
    NonOptionAction action = stopAtFirstWord ? NonOptionAction.STOP : NonOptionAction.THROW;
    DefaultParser parser = DefaultParser.builder().setAllowPartialMatching(false).get();
    try {
      CommandLine line = parser.parse(options, null, action, arguments);
      for (Option option : line.getOptions()) {
        String[] values = line.getOptionValues(option);
        if (option.hasArg() && !option.hasArgs() && values.length > 1) {
          throw new UsageException(label(option) + " is given " + values.length + " times");
        }
      }
      return new Arguments(command, line);
    } catch (UnrecognizedOptionException e) {
      throw unknown(e.getOption(), command);
    } catch (MissingArgumentException e) {
      Option option = e.getOption();
      throw new UsageException(
          "%s needs a value: %s %s"
              .formatted(label(option), label(option), option.getArgName())); // set on every option
    } catch (ParseException e) {
      throw new UsageException(e.getMessage() + seeHelp(command));
    }
  }

  static UsageException unknown(String option, String command) {
    return new UsageException("unknown option " + option + seeHelp(command));
  }

  private static String seeHelp(String command) {
    return "; see 'deweather " + (command.isEmpty() ? "" : command + " ") + "--help'";
  }

  private static String label(Option option) {
    return option.hasLongOpt() ? "--" + option.getLongOpt() : "-" + option.getOpt();
  }

  boolean has(String option) {
    return line.hasOption(option);
  }

  /** The words that belong to no option. */
  List<String> words() {
    return line.getArgList();
  }

  /**
   * Returns the one word of a command that takes exactly one.
   *
   * @throws UsageException if there is none, or more than one
   */
  String word(String meaning) {
    return optionalWord(meaning)
        .orElseThrow(() -> new UsageException(command + " needs " + meaning + seeHelp(command)));
  }

  /**
   * Returns the word of a command that takes at most one.
   *
   * @throws UsageException if there are more
   */
  Optional<String> optionalWord(String meaning) {
    if (words().size() > 1) {
      throw new UsageException(
          "%s takes one %s, got %d: %s"
              .formatted(command, meaning, words().size(), String.join(" ", words())));
    }
    return words().stream().findFirst();
  }

  /**
   * Checks that there is no word.
   *
   * @throws UsageException if there is one
   */
  void noWords() {
    if (!words().isEmpty()) {
      throw new UsageException(
          command + " takes options only, got '" + words().get(0) + "'" + seeHelp(command));
    }
  }

  Optional<String> text(String option) {
    return Optional.ofNullable(line.getOptionValue(option));
  }

  Optional<Path> path(String option) {
    return text(option).map(value -> path("--" + option, value));
  }

  /** As {@link #path}, but {@code option} has to be given. */
  Path requiredPath(String option) {
    return path(option).orElseThrow(() -> missing(option));
  }

  /** Every value of an option that has to be given, perhaps several times. */
  List<Path> requiredPaths(String option) {
    String[] values = line.getOptionValues(option);
    if (values == null) {
      throw missing(option);
    }
    return Arrays.stream(values).map(value -> path("--" + option, value)).toList();
  }

  static Path path(String name, String value) {
    if (value.isEmpty()) {
      throw new UsageException(name + " must not be empty");
    }
    try {
      return Path.of(value);
    } catch (InvalidPathException e) {
      throw new UsageException("%s (%s) is no path: %s".formatted(name, value, e.getReason()));
    }
  }

  Optional<Weather> weather(String option) {
    return text(option)
        .map(
            id -> {
              try {
                return new Weather(id);
              } catch (IllegalArgumentException e) {
                throw new UsageException(
                    "--%s (%s) is no weather's name, such as rain, raindrop or snow"
                        .formatted(option, id));
              }
            });
  }

  /** One of an enum's constants, by its name in lower case with hyphens. */
  <E extends Enum<E>> Optional<E> choice(String option, Class<E> choices) {
    return text(option).map(text -> choice(option, text, choices));
  }

  private static <E extends Enum<E>> E choice(String option, String text, Class<E> choices) {
    List<String> names = new ArrayList<>();
    for (E choice : choices.getEnumConstants()) {
      String name = choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
      if (name.equalsIgnoreCase(text)) {
        return choice;
      }
      names.add(name);
    }
    throw new UsageException(
        "--%s (%s) must be one of %s".formatted(option, text, String.join(", ", names)));
  }

  long integer(String option, long byDefault, long least, long most) {
    Optional<String> text = text(option);
    if (text.isEmpty()) {
      return byDefault;
    }
    try {
      long value = Long.parseLong(text.get());
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Refused below, as a number out of range is.
    }
    throw new UsageException(
        "--%s (%s) must be a whole number from %d to %d"
            .formatted(option, text.get(), least, most));
  }

  /** A whole number that fits an {@code int}, from {@code least} up. */
  int whole(String option, int byDefault, int least) {
    return whole(option, byDefault, least, Integer.MAX_VALUE);
  }

  /** A whole number within bounds that fit an {@code int}. */
  int whole(String option, int byDefault, int least, int most) {
    return (int) integer(option, byDefault, least, most);
  }

  double number(String option, double byDefault, double least, double most) {
    Optional<String> text = text(option);
    if (text.isEmpty()) {
      return byDefault;
    }
    try {
      double value = Double.parseDouble(text.get());
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Refused below, as a number out of range is.
    }
    throw new UsageException(
        "--%s (%s) must be a number from %s to %s".formatted(option, text.get(), least, most));
  }

  /** Width and height, as in 640x360. */
  Optional<Size> size(String option) {
    try {
      return text(option).map(Size::parse);
    } catch (IllegalArgumentException e) {
      throw UsageException.of(e);
    }
  }

  /**
   * Checks that options which mean something only beside another are not there without it.
   *
   * @throws UsageException if one of {@code options} is there and {@code other} is not
   */
  void requireBeside(String other, String... options) {
    if (!has(other)) {
      refuse(options, "--%s goes with --" + other);
    }
  }

  /**
   * Checks that options which would have no effect beside another are not there with it.
   *
   * @throws UsageException if {@code other} is there and one of {@code options} too
   */
  void refuseBeside(String other, String... options) {
    if (has(other)) {
      refuse(options, "--" + other + " and --%s exclude each other");
    }
  }

  private void refuse(String[] options, String message) {
    for (String option : options) {
      if (has(option)) {
        throw new UsageException(message.formatted(option));
      }
    }
  }

  UsageException missing(String option) {
    return new UsageException(command + " needs --" + option + seeHelp(command));
  }
}
