package io.deweather.samples;

import io.deweather.Weather;
import io.deweather.models.TrainingOptions.Loss;
import io.deweather.models.TrainingOptions.Optimiser;
import io.deweather.samples.experiment.Experiment;
import io.deweather.samples.experiment.ExperimentOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.commons.cli.Options;

/** {@code experiment}: whether masks help, at equal budgets from one joint start. */
final class ExperimentCommand implements Command {
  @Override
  public String help() {
    return """
        compare gradient masks with more joint training, random masks and three networks

        Usage: deweather experiment --network ONNX --clean DIR... --pairs DIR --out DIR [OPTIONS]

        From one network, as many steps each: (a) joint training only, gradient masks with
        background (b) zero and (c) base, (d) random masks of the same sizes with the better of the
        two backgrounds, (e) a network for each weather, (f) gradient masks in which what several
        weathers claim goes to the strongest. Every seed runs the first quantile, the first seed the
        others too. Measured through the baked graphs on PAIRS/W/input and
        PAIRS/W/truth, W a weather. OUT gets results.json, table.md, plot.svg and a folder a run;
        a second start with the same options goes on where the first one stopped, on any number
        of threads and with further seeds and quantiles; others are refused.

        Examples:
          deweather experiment --network joint.onnx --clean photos/ --pairs bench/ --out runs/compare
              the whole comparison: hours
          deweather experiment --network joint.onnx --clean photos/ --pairs bench/ --out runs/look --steps 100
              a first look
        """;
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(Help.value("network", "ONNX", "the joint start"))
        .addOption(Help.values("clean", "DIR", "folders of clean photographs to train on"))
        .addOption(Help.value("pairs", "DIR", "the pictures to measure on"))
        .addOption(Help.value("limit", "N", "of them, so many per weather; by default all"))
        .addOption(Help.value("o", "out", "DIR", "the experiment's folder"))
        .addOption(Help.value("weathers", "W,W", "by default rain,raindrop,snow"))
        .addOption(Help.value("seeds", "N,N", "by default 1,2"))
        .addOption(Help.value("quantiles", "P,P", "by default 0.8,0.9,0.6,0.95"))
        .addOption(Help.value("steps", "N", "steps of each run; by default 500"))
        .addOption(
            Help.value("measure-batches", "N", "batches per weather to measure on; by default 128"))
        .addOption(Help.value("crops", "N", "crops per weather in each step; by default 4"))
        .addOption(Help.value("side", "PIXELS", "the side of a crop; by default 256"))
        .addOption(Help.value("rate", "R", "peak learning rate; by default 0.0004"))
        .addOption(Help.value("loss", "L", "log-mse (default) or charbonnier"))
        .addOption(Help.value("optimiser", "O", "adam (default) or muon"))
        .addOption(Help.value("precision", "P", "fp32 (default) or bf16"))
        .addOption(Help.value("threads", "N", "of libtorch; by default one per core"));
  }

  @Override
  public int run(Arguments arguments, Terminal terminal) throws IOException {
    arguments.noWords();
    ExperimentOptions options = experimentOptions(arguments);
    Output.requireFolders(options.out());
    TrainingJournal journal = new TrainingJournal(terminal);
    return journal.follow("the same command", () -> new Experiment(options, journal).run());
  }

  private static ExperimentOptions experimentOptions(Arguments arguments) {
    List<Path> clean = arguments.requiredPaths("clean");
    List<Weather> weathers =
        TrainCommand.weathers(arguments.text("weathers").orElse("rain,raindrop,snow"));
    try {
      return new ExperimentOptions(
          arguments.requiredPath("network"),
          clean,
          arguments.requiredPath("pairs"),
          arguments.whole("limit", 0, 1),
          arguments.requiredPath("out"),
          weathers,
          list(arguments, "seeds", "1,2", Long::valueOf),
          list(arguments, "quantiles", "0.8,0.9,0.6,0.95", Double::valueOf),
          arguments.whole("steps", 500, 1),
          arguments.whole("measure-batches", 128, 2),
          arguments.whole("crops", 4, 1),
          arguments.whole("side", 256, 32),
          arguments.number("rate", 4e-4, 0, 1),
          arguments.choice("loss", Loss.class).orElse(Loss.LOG_MSE),
          arguments.choice("optimiser", Optimiser.class).orElse(Optimiser.ADAM),
          arguments.text("precision").orElse("fp32"),
          arguments.whole("threads", 0, 1));
    } catch (IllegalArgumentException e) {
      throw UsageException.of(e);
    }
  }

  private static <T> List<T> list(
      Arguments arguments, String option, String byDefault, Function<String, T> parse) {
    String text = arguments.text(option).orElse(byDefault);
    List<T> values = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      try {
        values.add(parse.apply(part.strip()));
      } catch (NumberFormatException e) {
        throw new UsageException(
            "--%s (%s) must be numbers between commas".formatted(option, text));
      }
    }
    return values;
  }
}
