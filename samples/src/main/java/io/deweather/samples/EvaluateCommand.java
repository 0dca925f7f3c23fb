package io.deweather.samples;

import io.deweather.Device;
import io.deweather.DeweatherException;
import io.deweather.OnnxRestorer;
import io.deweather.RestorationStream;
import io.deweather.Restored;
import io.deweather.Warmup;
import io.deweather.Weather;
import io.deweather.WeatherSelector.Selection;
import io.deweather.samples.quality.Flicker;
import io.deweather.samples.quality.ImageQuality;
import io.deweather.video.FrameSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.cli.Options;
import org.opencv.core.Mat;

/** {@code evaluate}: PSNR and SSIM against the truth, before and after. */
final class EvaluateCommand implements Command {
  @Override
  public String help() {
    return """
        measure PSNR and SSIM against clean pictures, before and after restoring

        Usage: deweather evaluate --input DIR|CLIP --truth DIR|CLIP [--weather W]
               [--all-views] [--working-resolution S]
               deweather evaluate --mixed-clip [--input CLIP] [--spell N] [--signals]

        Pictures are paired by their file names without extension. PSNR in dB against 255; SSIM
        with an 11x11 Gaussian window of sigma 1.5 inside the picture (Wang et al. 2004). On RGB
        (SSIM averaged over the channels) and on luma (BT.601, 16 to 235). PSNR (detail) leaves out
        the smooth part of the error (Gaussian, sigma a 32nd of the shorter side): a veil or light.

        Two clips are compared frame by frame; of them also the flicker: by how many grey levels the
        error changes from frame to frame (root mean square; dtSSD, Erofeev et al. 2015).

        With --weather auto each picture is looked at by itself; the result says what was removed from
        how many. --weather raindrop,rain runs two views in that order.

        --mixed-clip measures the choice over time: a drawn drive (or --input, a clip of clear weather)
        whose weather changes every N frames is restored as the bundle's selector chooses and with
        the weather that it has. Gains, changes, and how soon each change is followed.

        Examples:
          deweather synthesize --clean photos/ --weather rain --seed 1 --out rain/
              make pairs to measure with
          deweather evaluate --input rain/input --truth rain/truth --weather rain
              how much the rain view gains on them
          deweather evaluate --input rain/input --truth rain/truth --weather rain --all-views --json -
              what every other view makes of them, for a program
          deweather evaluate --input rain/input --truth rain/truth --weather rain --working-resolution 0.5
              what a quarter of the arithmetic leaves of the gain
          deweather evaluate --input rainy/input.mp4 --truth rainy/truth.mp4 --weather rain
              a clip that synthesize made: also whether it flickers
          deweather evaluate --mixed-clip
              how well the view is chosen as the weather changes
        """;
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(Help.value("input", "DIR", "the pictures with weather, or a clip"))
        .addOption(Help.value("truth", "DIR", "the same without"))
        .addOption(BundleChoice.weatherOption())
        .addOption(BundleChoice.bundleOption())
        .addOption(DeviceOption.option())
        .addOption(
            Help.value(
                "working-resolution",
                "S",
                "restore at this part of width and height, as builder.workingResolution"))
        .addOption(Help.flag("all-views", "restore with every view of the bundle"))
        .addOption(Help.flag("mixed-clip", "measure the choice on weather that changes"))
        .addOption(
            Help.value(
                "spell", "N", "frames that a weather of the mixed clip lasts; by default 200"))
        .addOption(Help.flag("signals", "the mixed clip's vehicle tells wipers and rain sensor"))
        .addOption(Report.option());
  }

  @Override
  public int run(Arguments arguments, Terminal terminal) throws IOException {
    arguments.noWords();
    arguments.requireBeside("mixed-clip", "spell", "signals");
    arguments.refuseBeside("mixed-clip", "truth", "weather", "all-views", "working-resolution");
    if (arguments.has("mixed-clip")) {
      return mixedClip(arguments, terminal);
    }
    Path input = arguments.requiredPath("input");
    Path truth = arguments.requiredPath("truth");
    Path bundle = BundleChoice.bundle(arguments);
    WeatherChoice weather = BundleChoice.choice(arguments, bundle);
    Device device = DeviceOption.of(arguments);
    Report report = Report.to(arguments, terminal);
    terminal.interruption().listen();
    boolean allViews = arguments.has("all-views");
    Evaluation evaluation = new Evaluation(weather);
    try (TruthPairs pairs = pairs(input, truth, terminal);
        OnnxRestorer restorer =
            weather
                .addTo(OnnxRestorer.builder(bundle))
                .device(device)
                .workingResolution(arguments.number("working-resolution", 1, 0.05, 1))
                .warmup(allViews ? Warmup.ALL : Warmup.ON_DEMAND)
                .open()) {
      List<Weather> views = allViews ? restorer.weathers() : List.of();
      if (!measure(evaluation, pairs, restorer, views, terminal)) {
        terminal.note("interrupted; nothing is reported");
        return terminal.interruption().exitCode();
      }
    }
    evaluation.print(report);
    report.json(evaluation.document());
    return DONE;
  }

  private static TruthPairs pairs(Path input, Path truth, Terminal terminal) throws IOException {
    return Files.isRegularFile(input) && Media.isClip(input)
        ? TruthPairs.clips(input, truth)
        : TruthPairs.pictures(PicturePairs.match(input, truth, line -> terminal.note("%s", line)));
  }

  private static int mixedClip(Arguments arguments, Terminal terminal) throws IOException {
    Path bundle = BundleChoice.bundle(arguments);
    int spell = arguments.whole("spell", 200, 1, 100_000);
    Report report = Report.to(arguments, terminal);
    terminal.interruption().listen();
    try (FrameSource footage = arguments.path("input").map(FrameSource::open).orElse(null);
        OnnxRestorer restorer =
            OnnxRestorer.builder(bundle).automatic().device(DeviceOption.of(arguments)).open();
        MixedClip clip = new MixedClip(restorer, spell, arguments.has("signals"), footage)) {
      if (!clip.run(terminal)) {
        if (terminal.interruption().requested()) {
          terminal.note("interrupted; nothing is reported");
          return terminal.interruption().exitCode();
        }
        throw new DeweatherException(
            "%s ends too soon: %d frames are needed; --spell N needs fewer"
                .formatted(arguments.path("input").orElseThrow(), clip.frames()));
      }
      clip.print(report);
      report.json(clip.document());
    }
    return DONE;
  }

  /**
   * Restores a picture.
   *
   * @param follows whether it is the next frame of a clip
   */
  private static Selection restore(
      OnnxRestorer restorer, WeatherChoice choice, boolean follows, Mat picture, Mat restored) {
    if (!choice.automatic() && choice.weathers().size() < 2) {
      Weather weather = choice.weathers().isEmpty() ? Weather.CLEAR : choice.weathers().get(0);
      restorer.restore(picture, restored, weather);
      return new Selection(weather, 1);
    }
    RestorationStream stream = restorer.stream(RestorationStream.DEFAULT_NAME);
    if (!follows) {
      stream.restart();
    }
    Restored answer = RestorerSet.restored(stream, picture, restored);
    if (answer.image() != restored) {
      answer.image().copyTo(restored);
    }
    return answer.selection();
  }

  private static boolean measure(
      Evaluation evaluation,
      TruthPairs pairs,
      OnnxRestorer restorer,
      List<Weather> views,
      Terminal terminal) {
    Mat picture = new Mat();
    Mat truth = new Mat();
    Mat restored = new Mat();
    String unit = pairs.consecutive() ? "frames" : "pictures";
    try (Progress progress = new Progress(terminal, "evaluate", unit, pairs.count());
        Flicker before = new Flicker();
        Flicker after = new Flicker()) {
      Optional<String> name;
      while ((name = pairs.reader().next(picture, truth)).isPresent()) {
        if (terminal.interruption().requested()) {
          return false;
        }
        Selection chosen =
            restore(restorer, evaluation.choice(), pairs.consecutive(), picture, restored);
        if (pairs.consecutive()) {
          before.add(picture, truth);
          after.add(restored, truth);
        }
        ImageQuality own = ImageQuality.of(restored, truth);
        Map<Weather, ImageQuality> byView = new LinkedHashMap<>();
        for (Weather view : views) {
          if (!List.of(view).equals(chosen.weathers())) {
            restorer.restore(picture, restored, view);
            byView.put(view, ImageQuality.of(restored, truth));
          } else {
            byView.put(view, own);
          }
        }
        evaluation.add(name.get(), chosen, ImageQuality.of(picture, truth), own, byView);
        progress.done(evaluation.size());
      }
      evaluation.flicker(before.mean(), after.mean());
      return true;
    } finally {
      for (Mat mat : new Mat[] {picture, truth, restored}) {
        mat.release();
      }
    }
  }
}
