package io.deweather.samples;

import io.deweather.Device;
import io.deweather.pipeline.FrameStage;
import io.deweather.video.FrameSink;
import io.deweather.video.FrameSource;
import io.deweather.video.StreamInfo;
import io.deweather.video.VideoSink;
import io.deweather.video.VideoSinkBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.commons.cli.Options;

/** {@code restore}: takes the weather out of a clip, a picture, a folder of pictures, a camera. */
final class RestoreCommand implements Command {
  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

  /** Below so many frames, loading a second view takes longer than it gains. */
  private static final int FEW_FRAMES = 20;

  @Override
  public String help() {
    return """
        take the weather out of a clip, a picture, a folder of pictures or a camera's stream

        Usage: deweather restore IN -o OUT [-w W] [--bundle BUNDLE] [--side-by-side] [--json FILE] [--trace FILE]

        IN is a clip, a picture, a folder of pictures, a camera's number (0 is the first) or an
        rtsp:// address. A clip becomes a clip (OUT.mp4) with its audio and timestamps, a picture a
        picture, a folder a folder with the same file names.

        With --weather auto, the default where the bundle has a selector, each frame is restored by the
        view that fits it, and clear frames pass through untouched. Every picture of a folder is then
        looked at by itself; frames of a clip steady each other.

        Decoding, restoring and encoding run side by side, and two frames of a clip are restored at a
        time, which is faster and takes the memory of two; --in-flight 1 takes one by one, as --weather
        auto always does. A camera that is faster than the machine loses frames, not its pace; a camera
        or stream that goes away is opened again for 20 seconds.

        Ctrl-C finishes the output: what was restored by then plays; the exit code is 130. Where a
        clip breaks off, the frames up to there are kept and the exit code is 1.

        Examples:
          deweather restore drive.mp4 -o clear.mp4
              a clip, whatever its weather; audio is kept
          deweather restore drive.mp4 -o clear.mp4 --weather rain
              all of it is rain
          deweather restore wet.png -o dry.png --weather raindrop
              one picture
          deweather restore frames/ -o restored/ --weather snow
              every picture of a folder
          deweather restore 0 -o camera.mp4 --weather rain --side-by-side --frames 300
              300 frames of the first camera, before and after side by side
          deweather restore drive.mp4 -o clear.mp4 --weather rain --json -
              frame rate and latency for a program, on standard output
        """;
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(Help.value("o", "output", "OUT", "where the result goes"))
        .addOption(BundleChoice.weatherOption())
        .addOption(BundleChoice.bundleOption())
        .addOption(DeviceOption.option())
        .addOption(Help.flag("side-by-side", "show before and after beside each other"))
        .addOption(Help.value("frames", "N", "stop after so many frames"))
        .addOption(Help.value("in-flight", "N", "frames restored at a time; 2 for clips, else 1"))
        .addOption(Help.value("encoder", "NAME", "of FFmpeg, such as h264_nvenc, for a clip"))
        .addOption(Help.value("bit-rate", "KBIT", "kbit/s of a clip, instead of constant quality"))
        .addOption(Report.option())
        .addOption(Help.value("trace", "FILE", "write a JSON line for every frame"));
  }

  @Override
  public int run(Arguments arguments, Terminal terminal) throws IOException {
    String input = arguments.word("IN: a clip, a picture, a folder, a camera number or an address");
    Path output = arguments.requiredPath("output");
    long frames = arguments.integer("frames", Long.MAX_VALUE, 1, Long.MAX_VALUE);
    Path bundle = BundleChoice.bundle(arguments);
    WeatherChoice weather = BundleChoice.choice(arguments, bundle);
    Device device = DeviceOption.of(arguments);
    Report report = Report.to(arguments, terminal);
    boolean sideBySide = arguments.has("side-by-side");
    Media.requireWritable(input, output);

    Optional<Path> traceFile = arguments.path("trace");
    if (arguments.text("trace").filter("-"::equals).isPresent()) {
      throw new UsageException("--trace (-) must be a file");
    }
    traceFile.ifPresent(Output::requireForResults);
    List<Path> results = new ArrayList<>(List.of(output));
    for (Path result : Stream.of(traceFile, report.file()).flatMap(Optional::stream).toList()) {
      Media.requireOther(input, result);
      results.forEach(before -> Output.requireApart(before, result));
      results.add(result);
    }

    terminal.interruption().listen();
    Restoration restoration;
    boolean pictures = Media.isOfPictures(input);
    try (FrameSource source = Media.open(input, terminal);
        RestorerSet restorers =
            new RestorerSet(
                bundle,
                weather,
                DeviceOption.forFrames(device, source.info()),
                framesAtATime(arguments, source.info(), pictures, weather),
                PROCESSORS);
        Trace trace = traceFile.isPresent() ? new Trace(traceFile.get()) : null;
        FrameSink sink =
            Media.sink(input, output, source.info(), frames, clipSettings(arguments, output))) {
      if (arguments.has("device") && device instanceof Device.Auto) {
        terminal.note("device %s", restorers.device());
      }
      List<FrameStage> stages = restorers.stages(pictures);
      restoration = new Restoration(input, stages, sideBySide, frames, trace, terminal);
      restoration.run(source, sink);
      if (sink instanceof VideoSink clip) {
        clip.encoderName()
            .filter(name -> name.equals("mpeg4") && !arguments.has("encoder"))
            .ifPresent(
                e -> terminal.note("written as MPEG-4 part 2, as H.264 does not take this size"));
        if (!clip.leftOut().isEmpty()) {
          terminal.note("not copied from %s: %s", input, String.join(", ", clip.leftOut()));
        }
      }
    }
    return restoration.report(output, report);
  }

  private static Consumer<VideoSinkBuilder> clipSettings(Arguments arguments, Path output) {
    Optional<String> encoder = arguments.text("encoder");
    boolean hasBitRate = arguments.has("bit-rate");
    if ((encoder.isPresent() || hasBitRate) && !Media.isClip(output)) {
      throw new UsageException(
          "--%s is for clips; %s is none".formatted(hasBitRate ? "bit-rate" : "encoder", output));
    }
    long kilobits = arguments.integer("bit-rate", 0, 1, 1_000_000);
    return clip -> {
      encoder.ifPresent(clip::encoder);
      if (hasBitRate) {
        clip.bitRate(1000 * kilobits);
      }
    };
  }

  /** A camera's frames are to be there soon, a clip's to be done soon. */
  private static int framesAtATime(
      Arguments arguments, StreamInfo info, boolean pictures, WeatherChoice weather) {
    if (weather.automatic()) {
      if (arguments.integer("in-flight", 1, 1, 64) > 1) {
        throw new UsageException(
            "--in-flight must be 1 with --weather auto, which goes by the frames before");
      }
      return 1;
    }
    boolean few = info.frames() >= 0 && info.frames() < FEW_FRAMES;
    int usual = info.live() || pictures || few || PROCESSORS == 1 ? 1 : 2;
    return arguments.whole("in-flight", usual, 1, 64);
  }
}
