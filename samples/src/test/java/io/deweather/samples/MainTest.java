package io.deweather.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class MainTest {
  private final CapturedTerminal terminal = new CapturedTerminal();

  static Set<String> commands() {
    return Main.commands().keySet();
  }

  @Test
  void printsTheVersionThatTheBuildWrote() {
    assertThat(terminal.run("--version")).isZero();

    assertThat(terminal.out())
        .matches("(?s)deweather \\d+\\.\\d+\\.\\d+\\S*\\R.*onnxruntime \\d+\\.\\d+.*")
        .contains("java " + System.getProperty("java.version"))
        .doesNotContain("${");
  }

  @Test
  void withoutACommandShowsTheCommandsAndFailsAsBadUsage() {
    assertThat(terminal.run()).isEqualTo(2);

    assertThat(terminal.out()).isEmpty();
    for (String command : commands()) {
      assertThat(terminal.err()).contains("  " + command + " ");
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void resultsThatStandardOutputDoesNotTakeAreAFailure() throws Exception {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code;
    try (PrintStream full = new PrintStream("/dev/full")) {
      Terminal broken = new Terminal(full, new PrintStream(err), false, new Interruption());
      code = new Main(broken).run("--help");
    }
    assertThat(code).isEqualTo(1);
    assertThat(err.toString())
        .isEqualTo("deweather: standard output takes no more; results are lost\n");
  }

  @Test
  void helpIsAResultAndGoesToStandardOutput() {
    assertThat(terminal.run("--help")).isZero();

    assertThat(terminal.out()).contains("Usage: deweather").contains("Exit codes:");
    assertThat(terminal.err()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandHasHelpWithExamples(String command) {
    assertThat(terminal.run(command, "--help")).isZero();

    assertThat(terminal.out())
        .startsWith("deweather " + command + ": ")
        .contains("\n\nUsage: deweather " + command + " ")
        .contains("\n\nOptions:\n  ")
        .contains("--debug")
        .contains("\n\nExamples:\n  deweather ");
    assertThat(terminal.out().lines()).allMatch(line -> line.length() <= 110);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyExampleOfEveryHelpParses(String command) {
    Map<String, Command> commands = Main.commands();
    String examples = commands.get(command).help().split("Examples:\n")[1];
    for (String line : examples.lines().filter(l -> l.startsWith("  deweather ")).toList()) {
      List<String> words = List.of(line.strip().split(" "));
      Command meant = commands.get(words.get(1));
      String[] rest = words.subList(2, words.size()).toArray(new String[0]);

      Arguments.parse(words.get(1), Help.withCommonOptions(meant.options()), false, rest);
    }
  }

  @Test
  void helpWinsOverAnythingWrongOnTheLine() {
    assertThat(terminal.run("restore", "--no-such-option", "--help")).isZero();

    assertThat(terminal.out()).contains("Usage: deweather restore");
  }

  @Test
  void unknownCommandIsBadUsageAndListsTheKnownOnes() {
    assertThat(terminal.run("restroe", "a.mp4")).isEqualTo(2);

    assertThat(terminal.err())
        .isEqualToIgnoringNewLines(
            "deweather: unknown command 'restroe'; the commands are demo, restore, classify,"
                + " evaluate, inspect, verify, convert, synthesize, train, train-selector,"
                + " evaluate-selector, experiment, bench, doctor, warm, self-check");
  }

  @Test
  void unknownOptionsAreNamed() {
    assertThat(terminal.run("--colour")).isEqualTo(2);
    assertThat(terminal.err()).startsWith("deweather: unknown option --colour; see");

    CapturedTerminal after = new CapturedTerminal();
    assertThat(after.run("--debug", "--colour")).isEqualTo(2);
    assertThat(after.err()).startsWith("deweather: unknown option --colour; see");
  }

  @Test
  void optionsAreNotCompletedFromTheirFirstLetters() {
    assertThat(terminal.run("restore", "a.mp4", "--weat", "rain", "-o", "b.mp4")).isEqualTo(2);

    assertThat(terminal.err())
        .isEqualToIgnoringNewLines(
            "deweather: unknown option --weat; see 'deweather restore --help'");
  }

  @Test
  void aMissingValueNamesItsOption() {
    assertThat(terminal.run("restore", "a.mp4", "-o")).isEqualTo(2);
    assertThat(terminal.err())
        .isEqualToIgnoringNewLines("deweather: --output needs a value: --output OUT");
  }

  @Test
  void aBadValueNamesItsOptionAndTheRule() {
    assertThat(terminal.run("restore", "a.mp4", "-o", "b.mp4", "--frames", "many")).isEqualTo(2);
    assertThat(terminal.err())
        .isEqualToIgnoringNewLines(
            "deweather: --frames (many) must be a whole number from 1 to 9223372036854775807");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "train --clean p --out r --weathers rain,fog | --weathers (rain,fog): weather (fog) must",
        "train --clean p --out r --weathers rain,rain | --weathers (rain,rain) must name each",
        "train --clean my_p --out r --joint-steps -1 | --joint-steps (-1) must be a whole number",
        "train --resume --out r --seed 3 | --resume and --seed exclude each other",
        "train --resume --out r --precision bf16 | --resume and --precision exclude each other",
        "experiment --network n --clean p --pairs p --out r --precision half | --precision (half)",
        "experiment --network n --clean p --pairs p --out r --seeds 1,1 | --seeds ([1, 1]) must differ",
        "experiment --network n --clean p --pairs p --out r --quantiles 0.8,0.8001 | --quantiles (",
        "train --clean p --out r --masks odd | --masks (odd) must be one of gradient, strongest,",
        "evaluate --spell 20 --input p --truth p | --spell goes with --mixed-clip",
        "evaluate --mixed-clip --all-views | --mixed-clip and --all-views exclude each other",
        "synthesize --clean . --weather rain --out r --frames 3 | --frames is for clips; . is none",
        "bench --size 640x32 | --size (640x32) must be from 64 to 16384 a side",
        "train --clean p --out r --masks none --quantile 0.8 | --masks and --quantile exclude",
        "self-check --device tensorrt --fp16 half | --fp16 is not for TensorRT",
        "self-check --device gpu | --device (gpu) must be auto, cpu"
      })
  void optionsThatWouldHaveNoEffectOrNoSenseAreRefusedByName(String line, String message) {
    assertThat(terminal.run((Object[]) line.split(" "))).isEqualTo(2);
    assertThat(terminal.err()).startsWith("deweather: " + message);
    assertThat(terminal.err().lines()).hasSize(1);
  }

  @Test
  void anOptionGivenTwiceIsRefused() {
    int code = terminal.run("restore", "a.mp4", "-o", "b.mp4", "--output", "c.mp4");

    assertThat(code).isEqualTo(2);
    assertThat(terminal.err()).startsWith("deweather: --output is given 2 times");
  }

  @Test
  void aFailureIsOneLineAndExitCodeOne(@TempDir Path folder) {
    assertThat(terminal.run("inspect", folder)).isEqualTo(1);

    assertThat(terminal.err().lines()).hasSize(1);
    assertThat(terminal.err()).startsWith("deweather: ").contains(folder.toString());
  }

  @Test
  void debugShowsWhereItFailed(@TempDir Path folder) {
    assertThat(terminal.run("--debug", "inspect", folder)).isEqualTo(1);
    assertThat(terminal.err()).contains("\tat io.deweather.");

    CapturedTerminal after = new CapturedTerminal();
    assertThat(after.run("inspect", folder, "--debug")).isEqualTo(1);
    assertThat(after.err()).contains("\tat io.deweather.");
  }

  @Test
  void aFileInPlaceOfAFolderIsSaidToBeOne(@TempDir Path folder) throws Exception {
    Path bundle = Path.of("../models/zoo/edge");
    Path file = Files.createFile(folder.resolve("photos"));

    int code = terminal.run("evaluate-selector", "--clean", file, "--bundle", bundle);

    assertThat(code).isEqualTo(1);
    assertThat(terminal.err())
        .isEqualTo("deweather: " + file + " is a file; a folder is expected\n");
  }

  @Test
  void numbersHaveADecimalPointWhateverTheLocale(@TempDir Path folder) throws Exception {
    Path bundle = TestBundle.write(folder.resolve("bundle"));
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElse("java"),
                "-Duser.language=de",
                "-Duser.country=DE",
                "-cp",
                System.getProperty("java.class.path"),
                "io.deweather.samples.Main",
                "inspect",
                bundle.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String out = new String(process.getInputStream().readAllBytes());

    assertThat(process.waitFor()).isZero();
    assertThat(out).contains("1,330,412 fp32").contains("0.698 GMAC");
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void jsonGoesIntoAPipeAndDoesNotTakeItsPlace(@TempDir Path folder) throws Exception {
    Path bundle = TestBundle.write(folder.resolve("bundle"));
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Process reader = new ProcessBuilder("cat", pipe.toString()).start();

    int code = terminal.run("inspect", bundle, "--json", pipe);
    boolean replaced = Files.isRegularFile(pipe);
    if (replaced) {
      reader.destroy(); // it waits for whoever opens a pipe that is no more
    }

    assertThat(code).isZero();
    assertThat(replaced).isFalse();
    assertThat(new String(reader.getInputStream().readAllBytes())).contains("\"weights_ratio\"");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrder(bundle, pipe);
    }
  }

  @Test
  void jsonThatCouldNotBeWrittenIsRefusedBeforeTheWork(@TempDir Path folder) throws Exception {
    Path bundle = TestBundle.write(folder.resolve("bundle"));
    Path json = folder.resolve("missing/stats.json");

    assertThat(terminal.run("inspect", bundle, "--json", json)).isEqualTo(1);

    assertThat(terminal.err())
        .isEqualToIgnoringNewLines(
            "deweather: %s: there is no folder %s".formatted(json, json.getParent()));
    assertThat(terminal.out()).isEmpty();
    assertThat(Files.exists(json)).isFalse();
  }
}
