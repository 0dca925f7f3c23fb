package io.deweather.samples;

import io.deweather.Weather;
import io.deweather.models.Training;
import io.deweather.models.TrainingOptions;
import io.deweather.models.TrainingOptions.Background;
import io.deweather.models.TrainingOptions.Loss;
import io.deweather.models.TrainingOptions.Masks;
import io.deweather.models.TrainingOptions.Optimiser;
import io.deweather.models.TrainingOptionsBuilder;
import io.deweather.models.weather.WeatherSynthesis;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.DoubleConsumer;
import java.util.function.IntConsumer;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/** {@code train}: the three stages of the method, from clean photographs to a bundle. */
final class TrainCommand implements Command {
  /** What may be given beside {@code --resume}: what another machine may need otherwise. */
  private static final Set<String> OF_THE_MACHINE =
      Set.of("resume", "clean", "out", "threads", "loader-threads", "device");

  /** What a run after another has from that one. */
  private static final String[] OF_THE_RUN_BEFORE = {
    "network", "joint-steps", "rate", "measure-batches", "intensities", "quantile", "masks"
  };

  @Override
  public String help() {
    return """
        train a network and its masks on clean photographs, and bake the bundle

        Usage: deweather train --clean DIR... --out RUN [OPTIONS]
               deweather train --resume --out RUN [--clean DIR...] [--threads N] [--loader-threads N] [--device D]

        Stages: joint training; measuring which weather's gradient moves which parameter; masked
        fine-tuning. RUN holds a checkpoint, the networks, the masks and, in RUN/bundle, the bundle.
        The same options give the same run, also when it is stopped (Ctrl-C) and resumed.
        A resumed run keeps its options, which are refused beside --resume, but for those of the
        machine: threads, device, and the folder of the photographs, which must be the same ones.
        A run --after another has its network, weathers, masks and background, one after a bundle
        (in fp32) its selector too. Photographs smaller than a crop are enlarged by up to a half;
        still smaller ones are left out.

        Examples:
          deweather train --clean photos/ --out runs/first
              a run with every default: hours
          deweather train --clean photos/ more/ --out runs/short --joint-steps 500 --masked-steps 200
              two folders, a short run
          deweather train --clean photos/ --out runs/longer --after runs/first --masked-steps 9000
              more masked fine-tuning with the masks of the first run
          deweather train --clean ours/ --out runs/ours --after models/zoo/edge --masked-steps 2000 --loss log-mse
              the shipped bundle, fine-tuned on photographs of your own cameras
          deweather train --resume --out runs/first
              go on from the last checkpoint
          deweather train --resume --out moved/first --clean /data/photos --threads 8
              the same on another machine
        """;
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(Help.values("clean", "DIR", "folders of clean photographs"))
        .addOption(Help.value("o", "out", "RUN", "the run's folder"))
        .addOption(Help.flag("resume", "go on with the run of that folder"))
        .addOption(Help.value("network", "N", "edge (default), quality, paper or an ONNX file"))
        .addOption(
            Help.value(
                "after", "RUN", "go on from a finished run's, or a bundle's, masks and network"))
        .addOption(Help.value("grow", "N", "put that network into a larger one first: quality"))
        .addOption(Help.value("weathers", "W,W", "by default rain,raindrop,snow"))
        .addOption(Help.value("seed", "N", "of every random choice; by default 1"))
        .addOption(Help.value("joint-steps", "N", "steps of joint training; by default 8000"))
        .addOption(
            Help.value("measure-batches", "N", "batches to measure gradients on; by default 128"))
        .addOption(Help.value("intensities", "FILE", "gradients that a run measured before"))
        .addOption(Help.value("masked-steps", "N", "steps of masked fine-tuning; by default 3000"))
        .addOption(
            Help.value("quantile", "P", "a weather claims parameters above it; by default 0.9"))
        .addOption(
            Help.value(
                "masks", "M", "gradient (default), strongest, random, random-strongest or none"))
        .addOption(Help.value("background", "B", "zero (default) or base"))
        .addOption(Help.value("loss", "L", "charbonnier (default) or log-mse"))
        .addOption(Help.value("optimiser", "O", "of both trainings: adam (default) or muon"))
        .addOption(Help.value("crops", "N", "crops per weather in each step; by default 4"))
        .addOption(Help.value("side", "PIXELS", "the side of a crop; by default 256"))
        .addOption(
            Help.value("rate", "R", "peak learning rate of joint training; by default 0.001"))
        .addOption(
            Help.value("masked-rate", "R", "peak learning rate of fine-tuning; by default 0.0004"))
        .addOption(Help.value("precision", "P", "fp32 (default) or bf16"))
        .addOption(Help.value("threads", "N", "of libtorch; by default one per core"))
        .addOption(Help.value("loader-threads", "N", "that make degraded crops; by default 1"))
        .addOption(Help.value("device", "D", "cpu (default), cuda or cuda:N"));
  }

  @Override
  public int run(Arguments arguments, Terminal terminal) throws IOException {
    arguments.noWords();
    Path out = arguments.requiredPath("out");
    boolean resume = arguments.has("resume");
    arguments.refuseBeside("resume", fixed());
    arguments.refuseBeside("after", OF_THE_RUN_BEFORE);
    arguments.refuseBeside("intensities", "measure-batches");
    if (arguments.choice("masks", Masks.class).filter(Masks.NONE::equals).isPresent()) {
      arguments.refuseBeside("masks", "intensities", "measure-batches", "quantile");
    }
    Output.requireFolders(out);
    TrainingOptions options = resume ? resumed(arguments, out) : begun(arguments, out);
    TrainingJournal journal = new TrainingJournal(terminal);
    return journal.follow(
        "'deweather train --resume --out %s'".formatted(out),
        () ->
            "bundle: %s%n"
                .formatted(
                    resume ? Training.resume(options, journal) : Training.run(options, journal)));
  }

  /** The options that a run is begun with and keeps. */
  private String[] fixed() {
    return options().getOptions().stream()
        .map(Option::getLongOpt)
        .filter(option -> !OF_THE_MACHINE.contains(option))
        .toArray(String[]::new);
  }

  private static TrainingOptions resumed(Arguments arguments, Path out) {
    TrainingOptionsBuilder options = Training.options(out).toBuilder();
    if (arguments.has("clean")) {
      options.clean(arguments.requiredPaths("clean"));
    }
    return built(arguments, options);
  }

  private static TrainingOptions begun(Arguments arguments, Path out) {
    List<Path> clean = arguments.requiredPaths("clean");
    TrainingOptionsBuilder options =
        arguments.has("after")
            ? Training.after(arguments.requiredPath("after"), clean, out)
            : TrainingOptions.builder(clean, out);
    arguments.text("network").ifPresent(options::network);
    arguments.text("grow").ifPresent(options::grow);
    arguments.text("precision").ifPresent(options::precision);
    arguments.text("weathers").ifPresent(list -> options.weathers(weathers(list)));
    arguments.choice("masks", Masks.class).ifPresent(options::masks);
    arguments.choice("loss", Loss.class).ifPresent(options::loss);
    arguments.choice("optimiser", Optimiser.class).ifPresent(options::optimiser);
    arguments.choice("background", Background.class).ifPresent(options::background);
    if (arguments.has("seed")) {
      options.seed(arguments.integer("seed", 1, Long.MIN_VALUE, Long.MAX_VALUE));
    }
    whole(arguments, "joint-steps", options::jointSteps);
    whole(arguments, "measure-batches", options::measureBatches);
    arguments.path("intensities").ifPresent(options::intensities);
    whole(arguments, "masked-steps", options::maskedSteps);
    whole(arguments, "crops", options::crops);
    whole(arguments, "side", options::side);
    real(arguments, "quantile", options::quantile);
    real(arguments, "rate", options::rate);
    real(arguments, "masked-rate", options::maskedRate);
    return built(arguments, options);
  }

  private static TrainingOptions built(Arguments arguments, TrainingOptionsBuilder options) {
    whole(arguments, "threads", options::threads);
    whole(arguments, "loader-threads", options::loaderThreads);
    arguments.text("device").ifPresent(options::device);
    try {
      return options.build();
    } catch (IllegalArgumentException e) {
      throw UsageException.of(e);
    }
  }

  private static void whole(Arguments arguments, String option, IntConsumer setter) {
    if (arguments.has(option)) {
      setter.accept(arguments.whole(option, 0, 0));
    }
  }

  private static void real(Arguments arguments, String option, DoubleConsumer setter) {
    if (arguments.has(option)) {
      setter.accept(arguments.number(option, 0, 0, 1));
    }
  }

  static List<Weather> weathers(String list) {
    List<Weather> weathers = new ArrayList<>();
    for (String id : list.split(",", -1)) {
      try {
        Weather weather = new Weather(id.strip());
        WeatherSynthesis.of(weather); // refuses what cannot be put into a photograph
        weathers.add(weather);
      } catch (IllegalArgumentException e) {
        throw new UsageException("--weathers (%s): %s".formatted(list, e.getMessage()));
      }
    }
    if (Set.copyOf(weathers).size() < weathers.size()) {
      throw new UsageException("--weathers (%s) must name each weather once".formatted(list));
    }
    return weathers;
  }
}
