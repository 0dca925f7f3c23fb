package io.deweather.samples;

import io.deweather.Device;
import io.deweather.DeweatherException;
import io.deweather.OnnxRestorer;
import io.deweather.RestorationStream;
import io.deweather.Restored;
import io.deweather.Warmup;
import io.deweather.Weather;
import io.deweather.WeatherSelector.Selection;
import io.deweather.samples.quality.ImageQuality;
import io.deweather.video.FrameSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.cli.Options;
import org.opencv.core.Mat;

/** {@code evaluate}: PSNR and SSIM against the truth, before and after. */
final class EvaluateCommand implements Command {
  @Override
  public String name() {
    return "evaluate";
  }

  @Override
  public String summary() {
    return "measure PSNR and SSIM against clean pictures, before and after restoring";
  }

  @Override
  public String synopsis() {
    return "--input DIR --truth DIR [--weather W] [--all-views] [--working-resolution S]\n"
        + "       deweather evaluate --mixed-clip [--signals]";
  }

  @Override
  public List<String> notes() {
    return List.of(
        "Pictures are paired by their file names without extension. PSNR in dB against 255; SSIM",
        "with an 11x11 Gaussian window of sigma 1.5 inside the picture (Wang et al. 2004). On RGB",
        "(SSIM averaged over the channels) and on luma (BT.601, 16 to 235).",
        "",
        "With --weather auto each picture is looked at by itself; the result says what was removed from",
        "how many. --weather raindrop,rain runs two views in that order.",
        "",
        "--mixed-clip measures the choice over time: a drawn drive (or --input, a clip of clear weather)",
        "whose weather changes every 200 frames is restored as the bundle's selector chooses and with",
        "the weather that it has. Gains, changes, and how soon each change is followed.");
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example(
            "synthesize --clean photos/ --weather rain --seed 1 --out rain/",
            "make pairs to measure with"),
        new Example(
            "evaluate --input rain/input --truth rain/truth --weather rain",
            "how much the rain view gains on them"),
        new Example(
            "evaluate --input rain/input --truth rain/truth --weather rain --all-views --json -",
            "what every other view makes of them, for a program"),
        new Example(
            "evaluate --input rain/input --truth rain/truth --weather rain"
                + " --working-resolution 0.5",
            "what a quarter of the arithmetic leaves of the gain"),
        new Example("evaluate --mixed-clip", "how well the view is chosen as the weather changes"));
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(Help.value(null, "input", "DIR", "the pictures with weather"))
        .addOption(Help.value(null, "truth", "DIR", "the same pictures without"))
        .addOption(BundleChoice.weatherOption())
        .addOption(BundleChoice.bundleOption())
        .addOption(DeviceOption.option())
        .addOption(
            Help.value(
                null,
                "working-resolution",
                "S",
                "restore at this part of width and height, as builder.workingResolution"))
        .addOption(Help.flag(null, "all-views", "restore with every view of the bundle"))
        .addOption(Help.flag(null, "mixed-clip", "measure the choice on weather that changes"))
        .addOption(
            Help.value(null, "spell", "N", "frames that a weather of the mixed clip lasts; 200"))
        .addOption(
            Help.flag(null, "signals", "the mixed clip's vehicle tells wipers and rain sensor"))
        .addOption(Report.option());
  }

  @Override
  public int run(Arguments arguments, Terminal terminal) throws IOException {
    arguments.noWords();
    if (arguments.has("mixed-clip")) {
      return mixedClip(arguments, terminal);
    }
    Path input = arguments.requiredPath("input");
    Path truth = arguments.requiredPath("truth");
    Path bundle = BundleChoice.bundle(arguments);
    WeatherChoice weather = BundleChoice.choice(arguments, bundle);
    Device device = DeviceOption.of(arguments);
    Report report = Report.to(arguments, terminal);
    List<PicturePairs.Pair> pairs =
        PicturePairs.match(input, truth, line -> terminal.note("%s", line));
    terminal.interruption().listen();
    boolean allViews = arguments.has("all-views");
    Evaluation evaluation = new Evaluation(weather);
    try (OnnxRestorer restorer =
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

  private static int mixedClip(Arguments arguments, Terminal terminal) throws IOException {
    Path bundle = BundleChoice.bundle(arguments);
    int spell = (int) arguments.integer("spell", 200, 1, 100_000);
    Report report = Report.to(arguments, terminal);
    terminal.interruption().listen();
    FrameSource footage = arguments.path("input").map(FrameSource::open).orElse(null);
    try (OnnxRestorer restorer =
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

  /** Restores a picture that has nothing to do with those before. */
  private static Selection restore(
      OnnxRestorer restorer, WeatherChoice choice, Mat picture, Mat restored) {
    if (!choice.automatic() && choice.weathers().size() < 2) {
      Weather weather = choice.weathers().isEmpty() ? Weather.CLEAR : choice.weathers().get(0);
      restorer.restore(picture, restored, weather);
      return new Selection(weather, 1);
    }
    RestorationStream stream = restorer.stream(RestorationStream.DEFAULT_NAME);
    stream.restart();
    Restored answer = RestorerSet.restored(stream, picture, restored);
    if (answer.image() != restored) {
      answer.image().copyTo(restored);
    }
    return answer.selection();
  }

  private static boolean measure(
      Evaluation evaluation,
      List<PicturePairs.Pair> pairs,
      OnnxRestorer restorer,
      List<Weather> views,
      Terminal terminal) {
    Mat picture = new Mat();
    Mat truth = new Mat();
    Mat restored = new Mat();
    try (Progress progress = new Progress(terminal, "evaluate", "pictures", pairs.size())) {
      for (PicturePairs.Pair pair : pairs) {
        if (terminal.interruption().requested()) {
          return false;
        }
        pair.read(picture, truth);
        Selection chosen = restore(restorer, evaluation.choice(), picture, restored);
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
        evaluation.add(pair.name(), chosen, ImageQuality.of(picture, truth), own, byView);
        progress.done(evaluation.size());
      }
      return true;
    } finally {
      for (Mat mat : new Mat[] {picture, truth, restored}) {
        mat.release();
      }
    }
  }
}
