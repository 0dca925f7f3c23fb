package io.deweather.samples;

import io.deweather.DeweatherException;
import io.deweather.Telemetry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.commons.cli.Options;

/** The entry of {@code deweather}: picks the command, runs it, turns failures into exit codes. */
public final class Main {
  private static final Map<String, Supplier<Command>> COMMANDS = suppliers();

  private final Terminal terminal;

  Main(Terminal terminal) {
    this.terminal = terminal;
  }

  /**
   * Runs one command and ends the process: 0 done, 1 failed, 2 bad usage, 130 interrupted.
   *
   * @param arguments what follows {@code deweather} on the command line
   */
  public static void main(String[] arguments) {
    Locale.setDefault(Locale.ROOT); // numbers read the same everywhere, also in files and pipes
    System.exit(new Main(Terminal.ofProcess()).run(arguments));
  }

  /** Every command by its name, in the order of the help. */
  static Map<String, Command> commands() {
    Map<String, Command> commands = new LinkedHashMap<>();
    COMMANDS.forEach((name, command) -> commands.put(name, command.get()));
    return commands;
  }

  private static Map<String, Supplier<Command>> suppliers() {
    Map<String, Supplier<Command>> commands = new LinkedHashMap<>();
    commands.put("demo", DemoCommand::new);
    commands.put("restore", RestoreCommand::new);
    commands.put("classify", ClassifyCommand::new);
    commands.put("evaluate", EvaluateCommand::new);
    commands.put("inspect", InspectCommand::new);
    commands.put("verify", VerifyCommand::new);
    commands.put("convert", ConvertCommand::new);
    commands.put("synthesize", SynthesizeCommand::new);
    commands.put("train", TrainCommand::new);
    commands.put("train-selector", TrainSelectorCommand::new);
    commands.put("evaluate-selector", EvaluateSelectorCommand::new);
    commands.put("experiment", ExperimentCommand::new);
    commands.put("bench", BenchCommand::new);
    commands.put("doctor", DoctorCommand::new);
    commands.put("warm", WarmCommand::new);
    commands.put("self-check", SelfCheckCommand::new);
    return commands;
  }

  /** Runs one command. Returns the exit code; throws nothing but errors of the JVM itself. */
  int run(String... arguments) {
    boolean debug = Arrays.asList(arguments).contains("--debug");
    try {
      int code = dispatch(arguments);
      boolean lost = terminal.out().checkError(); // a PrintStream tells only who asks
      return lost && code == Command.DONE
          ? failed(Command.FAILED, "standard output takes no more; results are lost", null, false)
          : code;
    } catch (UsageException e) {
      return failed(Command.BAD_USAGE, e.getMessage(), e, debug);
    } catch (DeweatherException e) {
      return failed(Command.FAILED, e.getMessage(), e, debug);
    } catch (UncheckedIOException e) {
      return failed(Command.FAILED, describe(e.getCause()), e, debug);
    } catch (IOException e) {
      return failed(Command.FAILED, describe(e), e, debug);
    } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
      String hint = debug ? "" : "; run with --debug to see where";
      return failed(Command.FAILED, "unexpected failure: " + e + hint, e, debug);
    }
  }

  private int dispatch(String... arguments) throws IOException {
    Options globals = Help.globalOptions();
    Arguments global = Arguments.parse("", globals, true, arguments);
    if (global.has("version")) {
      terminal.out().println(Version.describe());
      return Command.DONE;
    }
    if (global.words().isEmpty()) {
      boolean asked = global.has("help");
      Help.overview(asked ? terminal.out() : terminal.err(), commands());
      return asked ? Command.DONE : Command.BAD_USAGE;
    }
    String name = global.words().get(0);
    if (name.startsWith("-") && name.length() > 1) { // where parsing stopped
      throw Arguments.unknown(name, "");
    }
    Supplier<Command> supplier = COMMANDS.get(name);
    if (supplier == null) {
      throw new UsageException(
          "unknown command '%s'; the commands are %s"
              .formatted(name, String.join(", ", COMMANDS.keySet())));
    }
    Command command = supplier.get();
    String[] rest = global.words().stream().skip(1).toArray(String[]::new);
    if (global.has("help") || Help.isAskedFor(rest)) {
      Help.of(name, command, terminal.out());
      return Command.DONE;
    }
    Telemetry.turnOff();
    Arguments own = Arguments.parse(name, Help.withCommonOptions(command.options()), false, rest);
    return command.run(own, terminal);
  }

  private int failed(int code, String message, Throwable cause, boolean debug) {
    String line = String.valueOf(message).lines().map(String::strip).reduce("", Main::joined);
    terminal.err().println("deweather: " + line);
    if (debug) {
      cause.printStackTrace(terminal.err());
    }
    return code;
  }

  private static String joined(String before, String line) {
    return before.isEmpty() ? line : before + " " + line;
  }

  /** The messages of {@code java.nio.file} are often a bare path; says what is wrong with it. */
  private static String describe(IOException e) {
    if (e instanceof NoSuchFileException missing) {
      return missing.getFile() + ": no such file or folder";
    }
    if (e instanceof AccessDeniedException denied) {
      return denied.getFile() + ": permission denied";
    }
    if (e instanceof FileAlreadyExistsException exists) {
      return exists.getFile() + ": exists already";
    }
    if (e instanceof NotDirectoryException file) {
      return file.getFile() + " is a file; a folder is expected";
    }
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }
}
