package io.deweather.samples.experiment;

import com.fasterxml.jackson.core.type.TypeReference;
import io.deweather.Weather;
import io.deweather.converter.Network;
import io.deweather.converter.Visibility;
import io.deweather.models.GradientIntensities;
import io.deweather.models.Training;
import io.deweather.models.TrainingListener;
import io.deweather.models.TrainingOptions;
import io.deweather.models.TrainingOptions.Background;
import io.deweather.models.TrainingOptions.Masks;
import io.deweather.models.TrainingOptionsBuilder;
import io.deweather.samples.quality.ImageQuality;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Trains and measures, from one joint start and with as many steps each: more joint training,
 * gradient masks with either background, random masks of the same sizes with the background that
 * was the better one, gradient masks by the strongest claim, and a network for each weather. Every
 * number is measured through baked graphs, on the same pictures.
 *
 * <p>Gradients are measured once a seed, at the joint start, which every quantile shares. Every
 * seed runs the first quantile; the first seed runs the others too. What is finished is kept: a
 * second start goes on where the first one stopped.
 */
public final class Experiment {
  private final ExperimentOptions options;
  private final TrainingListener listener;
  private final ExperimentFolder folder;
  private final BenchmarkPairs pairs;
  private final List<RunResult> runs = new ArrayList<>();
  private final Map<Long, GradientIntensities> intensities = new LinkedHashMap<>();
  private final Network network;
  private Map<String, ImageQuality> input;

  /**
   * Prepares: opens the folder and finds the pictures.
   *
   * @throws io.deweather.DeweatherException if pictures are missing, or the folder holds an
   *     experiment on another budget
   */
  public Experiment(ExperimentOptions options, TrainingListener listener) throws IOException {
    this.options = options;
    this.listener = listener;
    network = Network.read(options.network());
    pairs = new BenchmarkPairs(options, listener::message);
    folder = new ExperimentFolder(options);
  }

  /**
   * Runs whatever is not done yet. After each run {@code results.json}, {@code table.md} and {@code
   * plot.svg} tell what there is so far.
   *
   * @return the table
   */
  public String run() throws IOException {
    input = input();
    long first = options.seeds().get(0);
    double headline = options.quantiles().get(0);
    for (long seed : options.seeds()) {
      add(Variant.start(seed));
      intensities.put(seed, GradientIntensities.read(folder.resolve(intensitiesFile(seed))));
      add(Variant.joint(seed));
      gradient(headline, seed);
      random(headline, seed);
      add(new Variant(Method.STRONGEST, Background.BASE, headline, seed));
      add(Variant.separate(seed));
    }
    List<Double> others = options.quantiles().subList(1, options.quantiles().size());
    for (double quantile : others) {
      gradient(quantile, first);
    }
    for (double quantile : others) {
      random(quantile, first);
      add(new Variant(Method.STRONGEST, Background.BASE, quantile, first));
    }
    return report();
  }

  private void gradient(double quantile, long seed) throws IOException {
    add(new Variant(Method.GRADIENT, Background.BASE, quantile, seed));
    add(new Variant(Method.GRADIENT, Background.ZERO, quantile, seed));
  }

  /** Over the background that gradient masks did better with, in the first seed's runs. */
  private void random(double quantile, long seed) throws IOException {
    long first = options.seeds().get(0);
    double base = psnr(new Variant(Method.GRADIENT, Background.BASE, quantile, first));
    double zero = psnr(new Variant(Method.GRADIENT, Background.ZERO, quantile, first));
    Background better = base >= zero ? Background.BASE : Background.ZERO;
    add(new Variant(Method.RANDOM, better, quantile, seed));
  }

  private double psnr(Variant variant) {
    return runs.stream()
        .filter(run -> run.variant().equals(variant))
        .mapToDouble(RunResult::meanPsnr)
        .findFirst()
        .orElseThrow();
  }

  private Map<String, ImageQuality> input() throws IOException {
    TypeReference<Map<String, ImageQuality>> type = new TypeReference<>() {};
    Optional<Map<String, ImageQuality>> before = folder.read("input.json", type);
    if (before.isPresent()) {
      return before.get();
    }
    Map<String, ImageQuality> quality = new LinkedHashMap<>();
    for (Weather weather : options.weathers()) {
      quality.put(weather.id(), pairs.untouched(weather));
    }
    folder.write("input.json", ExperimentFolder.json(quality));
    return quality;
  }

  private RunResult add(Variant variant) throws IOException {
    String name = variant.folder();
    String file = name + "/result.json";
    Optional<RunResult> before = folder.read(file, new TypeReference<>() {});
    RunResult result;
    if (before.isPresent()) {
      result = before.get();
    } else {
      long begin = System.nanoTime();
      listener.message("run " + name);
      result = trained(variant);
      folder.write(file, ExperimentFolder.json(result));
      Duration took = Duration.ofNanos(System.nanoTime() - begin);
      listener.message("%s: %s, %d s".formatted(name, decibels(result), took.toSeconds()));
    }
    runs.add(result);
    report();
    return result;
  }

  private RunResult trained(Variant variant) throws IOException {
    Path run = folder.resolve(variant.folder());
    Map<String, ImageQuality> quality = new LinkedHashMap<>();
    if (variant.method() == Method.SEPARATE) {
      for (Weather weather : options.weathers()) {
        Path own = run.resolve(weather.id());
        Path bundle = Training.complete(training(variant, own, List.of(weather)), listener);
        quality.put(weather.id(), pairs.through(bundle, weather));
      }
      return new RunResult(variant, quality, null);
    }
    Path bundle = Training.complete(training(variant, run, options.weathers()), listener);
    for (Weather weather : options.weathers()) {
      quality.put(weather.id(), pairs.through(bundle, weather));
    }
    MaskShares masks =
        variant.isMasked()
            ? MaskShares.of(Visibility.read(run.resolve("visibility.safetensors")))
            : null;
    return new RunResult(variant, quality, masks);
  }

  private TrainingOptions training(Variant variant, Path out, List<Weather> weathers) {
    TrainingOptionsBuilder training =
        TrainingOptions.builder(options.clean(), out)
            .network(options.network().toString())
            .weathers(weathers)
            .seed(variant.seed())
            .jointSteps(0)
            .measureBatches(options.measureBatches())
            .maskedSteps(options.steps())
            .maskedRate(options.rate())
            .crops(options.crops())
            .side(options.side())
            .loss(options.loss())
            .optimiser(options.optimiser())
            .precision(options.precision())
            .threads(options.threads());
    if (variant.isMasked()) {
      training
          .quantile(variant.quantile())
          .background(variant.background())
          .masks(masks(variant))
          .intensities(folder.resolve(intensitiesFile(variant.seed())));
    } else if (variant.method() == Method.START) {
      // Before the first step, views with background base are the joint network itself.
      training.maskedSteps(0).masks(Masks.GRADIENT).background(Background.BASE);
    } else {
      training.masks(Masks.NONE);
    }
    return training.build();
  }

  private static Masks masks(Variant variant) {
    return switch (variant.method()) {
      case RANDOM -> Masks.RANDOM;
      case STRONGEST -> Masks.STRONGEST;
      default -> Masks.GRADIENT;
    };
  }

  private static String intensitiesFile(long seed) {
    return Variant.start(seed).folder() + "/" + GradientIntensities.FILE_NAME;
  }

  private String decibels(RunResult result) {
    StringBuilder line = new StringBuilder();
    for (Weather weather : options.weathers()) {
      line.append("%s %.2f dB  ".formatted(weather, result.of(weather).psnr()));
    }
    return line.toString().strip();
  }

  private String report() throws IOException {
    Map<String, Map<String, Double>> overlap = new LinkedHashMap<>();
    intensities.forEach(
        (seed, measured) -> {
          Map<String, Double> byQuantile = new LinkedHashMap<>();
          for (double quantile : options.quantiles().stream().sorted().toList()) {
            byQuantile.put(
                Double.toString(quantile), measured.overlap(network, quantile, Masks.GRADIENT));
          }
          overlap.put(Long.toString(seed), byQuantile);
        });
    Comparison comparison = new Comparison(options.weathers(), input, List.copyOf(runs), overlap);
    folder.write(
        "results.json",
        ExperimentFolder.json(
            Map.of("budget", options.budget(), "input", input, "runs", runs, "overlap", overlap)));
    String table = new ComparisonTable(comparison).markdown();
    folder.write("table.md", table);
    folder.write("plot.svg", GainPlot.of(comparison).svg());
    return table;
  }
}
