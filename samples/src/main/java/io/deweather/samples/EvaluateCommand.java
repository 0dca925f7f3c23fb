package io.deweather.samples;

import io.deweather.Device;
import io.deweather.OnnxRestorer;
import io.deweather.Warmup;
import io.deweather.Weather;
import io.deweather.samples.quality.ImageQuality;
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
    return "--input DIR --truth DIR --weather W [--bundle BUNDLE] [--all-views] [--json FILE]";
  }

  @Override
  public List<String> notes() {
    return List.of(
        "Pictures are paired by their file names without extension. PSNR in dB against 255; SSIM",
        "with an 11x11 Gaussian window of sigma 1.5 inside the picture (Wang et al. 2004). On RGB",
        "(SSIM averaged over the channels) and on luma (BT.601, 16 to 235).");
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
            "what every other view makes of them, for a program"));
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(Help.value(null, "input", "DIR", "the pictures with weather"))
        .addOption(Help.value(null, "truth", "DIR", "the same pictures without"))
        .addOption(BundleChoice.weatherOption())
        .addOption(BundleChoice.bundleOption())
        .addOption(DeviceOption.option())
        .addOption(Help.flag(null, "all-views", "restore with every view of the bundle"))
        .addOption(Report.option());
  }

  @Override
  public int run(Arguments arguments, Terminal terminal) throws IOException {
    arguments.noWords();
    Path input = arguments.requiredPath("input");
    Path truth = arguments.requiredPath("truth");
    Path bundle = BundleChoice.bundle(arguments);
    Weather weather = BundleChoice.weather(arguments, bundle, Weather.CLEAR);
    Device device = DeviceOption.of(arguments);
    Report report = Report.to(arguments, terminal);
    List<PicturePairs.Pair> pairs =
        PicturePairs.match(input, truth, line -> terminal.note("%s", line));
    terminal.interruption().listen();
    boolean allViews = arguments.has("all-views");
    Evaluation evaluation = new Evaluation(weather);
    try (OnnxRestorer restorer =
        OnnxRestorer.builder(bundle)
            .device(device)
            .weather(weather)
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
        restorer.restore(picture, restored, evaluation.weather());
        ImageQuality own = ImageQuality.of(restored, truth);
        Map<Weather, ImageQuality> byView = new LinkedHashMap<>();
        for (Weather view : views) {
          if (!view.equals(evaluation.weather())) {
            restorer.restore(picture, restored, view);
            byView.put(view, ImageQuality.of(restored, truth));
          } else {
            byView.put(view, own);
          }
        }
        evaluation.add(pair.name(), ImageQuality.of(picture, truth), own, byView);
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
