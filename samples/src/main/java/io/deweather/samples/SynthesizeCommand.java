package io.deweather.samples;

import io.deweather.Weather;
import io.deweather.models.weather.DegradedSet;
import io.deweather.models.weather.WeatherSynthesis;
import io.deweather.models.weather.WeatherSynthesis.Severity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.cli.Options;

/** {@code synthesize}: puts weather into clean photographs, as pairs to measure with. */
final class SynthesizeCommand implements Command {
  @Override
  public String help() {
    return """
        put weather into clean photographs: pairs to measure with

        Usage: deweather synthesize --clean DIR|CLIP --weather W --out DIR [--seed N] [--severity S]
               [--max-side PIXELS] [--frames N]

        Writes OUT/input/NAME.png with the weather and OUT/truth/NAME.png without. The same seed
        gives the same pairs; a pair does not depend on which other photographs there are. Of a clip,
        OUT/input.mp4 and OUT/truth.mp4: streaks and flakes fall on from frame to frame, drops stay.

        Examples:
          deweather synthesize --clean photos/ --weather rain --seed 1 --out rain/
              rain of every strength
          deweather synthesize --clean photos/ --weather snow --severity heavy --seed 1 --out blizzard/
              heavy snow only
          deweather synthesize --clean drive.mp4 --weather snow --max-side 640 --frames 100 --out snowy/
              a clip with snow in it
        """;
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(Help.value("clean", "DIR", "the clean photographs, or a clip"))
        .addOption(Help.value("w", "weather", "W", "what to put in: rain, raindrop or snow"))
        .addOption(Help.value("o", "out", "DIR", "where the pairs go; made if missing"))
        .addOption(Help.value("seed", "N", "of every random choice; by default 1"))
        .addOption(Help.value("severity", "S", "light, medium, heavy, any (the default)"))
        .addOption(
            Help.value(
                "max-side",
                "PIXELS",
                "reduce larger ones; photographs by default to " + DegradedSet.DEFAULT_MAX_SIDE))
        .addOption(Help.value("frames", "N", "of a clip, only the first N"));
  }

  @Override
  public int run(Arguments arguments, Terminal terminal) throws IOException {
    arguments.noWords();
    Path clean = arguments.requiredPath("clean");
    Path out = arguments.requiredPath("out");
    long seed = arguments.integer("seed", 1, Long.MIN_VALUE, Long.MAX_VALUE);
    int side =
        arguments.whole(
            "max-side", DegradedSet.DEFAULT_MAX_SIDE, WeatherSynthesis.SMALLEST_SIDE, 100_000);
    DegradedSet set =
        set(
            weather(arguments),
            arguments.choice("severity", Severity.class).orElse(Severity.ANY),
            seed,
            side);
    Output.requireFolders(out);
    if (Files.isRegularFile(clean) && Media.isClip(clean)) {
      return clip(clean, out, set, arguments, terminal);
    }
    if (arguments.has("frames")) {
      throw new UsageException("--frames is for clips; " + clean + " is none");
    }
    Output.requireOther(clean, out.resolve("input"));
    Output.requireOther(clean, out.resolve("truth"));
    try (Synthesis synthesis = new Synthesis(terminal)) {
      int pairs = set.write(clean, out, synthesis::written);
      terminal.out().printf("%s: %d pairs of %s, seed %d%n", out, pairs, set.weather(), seed);
    }
    return DONE;
  }

  private static int clip(
      Path clean, Path out, DegradedSet set, Arguments arguments, Terminal terminal)
      throws IOException {
    long most = arguments.integer("frames", Long.MAX_VALUE, 1, Long.MAX_VALUE);
    Integer side = arguments.has("max-side") ? (Integer) set.maxSide() : null;
    Output.requireOther(clean, out.resolve("input.mp4"));
    Output.requireOther(clean, out.resolve("truth.mp4"));
    Files.createDirectories(out);
    terminal.interruption().listen();
    long frames =
        new ClipSynthesis(set.weather(), set.severity(), set.seed(), side, most, terminal)
            .write(clean, out);
    if (terminal.interruption().requested()) {
      terminal.note("interrupted; the clips in %s end after %d frames", out, frames);
      return terminal.interruption().exitCode();
    }
    terminal
        .out()
        .printf("%s: a clip of %d frames of %s, seed %d%n", out, frames, set.weather(), set.seed());
    return DONE;
  }

  private static DegradedSet set(Weather weather, Severity severity, long seed, int side) {
    try {
      return new DegradedSet(weather, severity, seed, side);
    } catch (IllegalArgumentException e) {
      throw UsageException.of(e);
    }
  }

  private static Weather weather(Arguments arguments) {
    return arguments.weather("weather").orElseThrow(() -> arguments.missing("weather"));
  }

  /** Progress whose total is known with the first pair. */
  private static final class Synthesis implements AutoCloseable {
    private final Terminal terminal;
    private Progress progress;

    Synthesis(Terminal terminal) {
      this.terminal = terminal;
    }

    void written(int done, int total, Path degraded) {
      if (progress == null) {
        progress = new Progress(terminal, "synthesize", "pictures", total);
      }
      progress.done(done);
    }

    @Override
    public void close() {
      if (progress != null) {
        progress.close();
      }
    }
  }
}
