package io.deweather.samples;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.deweather.OnnxRestorer;
import io.deweather.RestorationStream;
import io.deweather.Warmup;
import io.deweather.WeatherSelector.Selection;
import io.deweather.video.FrameSource;
import io.deweather.video.FrameStamp;
import io.deweather.video.Inputs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.commons.cli.Options;
import org.opencv.core.Mat;

/** {@code classify}: says which weather pictures and clips show, without restoring them. */
final class ClassifyCommand implements Command {
  private static final int MOST_EVERY = 10_000;

  @Override
  public String help() {
    return """
        say which weather pictures and clips show, and how sure that is

        Usage: deweather classify FILE... [--json] [--plot FILE.svg] [--every N] [--frames N] [--bundle BUNDLE]

        FILE is a picture, a folder of pictures or a clip. Each picture is looked at by itself; of a
        clip the choice is the one that 'restore' goes by: steadied over time, the network looking at
        every n-th frame only (--every 1 for each of them).

        With --json, one line of JSON per frame on standard output. --plot draws the first clip
        (or the first folder) over time.

        Examples:
          deweather classify drive.mp4 --plot drive.svg
              a clip, and its timeline
          deweather classify wet.png photos/ --json
              pictures, for a program
        """;
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(Help.flag("json", "print one line of JSON per frame"))
        .addOption(Help.value("plot", "FILE.svg", "draw the timeline"))
        .addOption(
            Help.value("every", "N", "look at every N-th frame; by default as the bundle says"))
        .addOption(Help.value("frames", "N", "stop after so many frames of each clip"))
        .addOption(BundleChoice.bundleOption());
  }

  @Override
  public int run(Arguments arguments, Terminal terminal) throws IOException {
    if (arguments.words().isEmpty()) {
      arguments.word("FILE: pictures, folders or clips");
    }
    Path bundle = BundleChoice.bundle(arguments);
    int every = arguments.whole("every", 0, 1, MOST_EVERY);
    long frames = arguments.integer("frames", Long.MAX_VALUE, 1, Long.MAX_VALUE);
    Optional<Path> plot = plot(arguments);
    boolean json = arguments.has("json");
    terminal.interruption().listen();
    OnnxRestorer.Builder builder =
        OnnxRestorer.builder(bundle).automatic().warmup(Warmup.ON_DEMAND);
    if (every > 0) {
      builder.selectorEvery(every);
    }
    Timeline plotted = null;
    List<ReadablePictures> folders = new ArrayList<>();
    try (OnnxRestorer restorer = builder.open()) {
      for (String file : arguments.words()) {
        Timeline seen = classify(restorer, file, frames, json, plot.isPresent(), terminal, folders);
        if (seen == null) {
          terminal.note("interrupted");
          return terminal.interruption().exitCode();
        }
        if (plotted == null || plotted.frames() == 1 && seen.frames() > 1) {
          plotted = seen;
        }
      }
    }
    if (plot.isPresent()) {
      plotted.write(plot.get());
    }
    folders.forEach(ReadablePictures::requireAll);
    return DONE;
  }

  /** Where the timeline goes: a flag's place easily holds a clip. */
  private static Optional<Path> plot(Arguments arguments) {
    Optional<Path> plot = arguments.path("plot");
    plot.ifPresent(
        file -> {
          if (!Media.extension(file).equals("svg")) {
            throw new UsageException("--plot (%s) must end in .svg".formatted(file));
          }
          Output.requireFolderOf(file);
        });
    return plot;
  }

  /** Returns what was seen, or null if interrupted. */
  private static Timeline classify(
      OnnxRestorer restorer,
      String file,
      long frames,
      boolean json,
      boolean plot,
      Terminal terminal,
      List<ReadablePictures> folders)
      throws IOException {
    RestorationStream stream = restorer.stream(RestorationStream.DEFAULT_NAME);
    boolean pictures = Media.isOfPictures(file);
    Mat frame = new Mat();
    try (FrameSource source = Media.open(file, terminal);
        JsonGenerator lines = json ? lines(terminal) : null) {
      Timeline timeline =
          new Timeline(
              Inputs.withoutPassword(file), source.info().frameRate() > 0, restorer.weathers());
      stream.restart();
      Optional<FrameStamp> stamp;
      for (long i = 0; i < frames && (stamp = source.read(frame)).isPresent(); i++) {
        if (terminal.interruption().requested()) {
          return null;
        }
        if (pictures) {
          stream.restart();
        }
        Selection selection = stream.classify(frame);
        String name = name(file, stamp.get());
        if (json) {
          line(lines, name, i, selection);
          if (terminal.out().checkError()) {
            break; // nobody reads on
          }
        } else if (pictures) {
          terminal.out().println(Timeline.describe(name, selection));
        }
        if (plot || !json) { // a camera's lines may go on for days
          timeline.add(selection, stamp.get());
        }
      }
      if (!json && !pictures) {
        timeline.summary().forEach(terminal.out()::println);
      }
      if (source instanceof ReadablePictures readable) {
        folders.add(readable);
      }
      return timeline;
    } finally {
      frame.release();
    }
  }

  private static String name(String file, FrameStamp stamp) {
    return Inputs.file(file)
        .filter(Files::isDirectory)
        .map(folder -> folder.resolve(stamp.name()).toString())
        .orElse(Inputs.withoutPassword(file));
  }

  private static JsonGenerator lines(Terminal terminal) throws IOException {
    return new JsonFactory()
        .createGenerator(terminal.out())
        .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
        .setRootValueSeparator(null);
  }

  private static void line(JsonGenerator json, String file, long frame, Selection selection)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("file", file);
    json.writeNumberField("frame", frame);
    json.writeStringField("weather", selection.weather().id());
    json.writeNumberField("confidence", Math.round(selection.confidence() * 1e4) / 1e4);
    SelectionJson.write(json, selection);
    json.writeEndObject();
    json.writeRaw('\n');
    json.flush(); // a camera's next frame may be long in coming
  }
}
