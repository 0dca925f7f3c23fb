package io.deweather.models;

import io.deweather.BundleManifest;
import io.deweather.Weather;
import io.deweather.converter.BundleWriter;
import io.deweather.converter.Network;
import io.deweather.converter.Visibility;
import io.deweather.models.TrainingOptions.Background;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Writes what a finished run leaves: the network, its visibility, and the two baked as a bundle.
 */
final class RunExport {
  /** The bundle's folder in the run's. */
  static final String BUNDLE = "bundle";

  /** The trained network's file in the run's folder. */
  static final String NETWORK = "network.onnx";

  private final TrainingOptions options;
  private final Optional<Path> before;
  private final Network trained;

  /**
   * What is to be written.
   *
   * @param before the bundle that was trained on
   */
  RunExport(TrainingOptions options, Optional<Path> before, Network trained) {
    this.options = options;
    this.before = before;
    this.trained = trained;
  }

  /**
   * Writes everything.
   *
   * @param bits visibility of every parameter, end to end in graph order
   * @param base the network after joint training
   * @param photographs how many were trained on
   * @param inputPsnr of held-out crops, in dB
   * @param restoredPsnr of the same crops through their own views, in dB
   * @return the bundle's folder
   */
  Path write(
      byte[] bits,
      Network base,
      int photographs,
      Map<Weather, Double> inputPsnr,
      Map<Weather, Double> restoredPsnr) {
    trained.write(options.out().resolve(NETWORK));
    Visibility visibility = visibility(bits);
    visibility.write(options.out().resolve("visibility.safetensors"));
    Optional<BundleManifest> manifest = before.map(BundleManifest::read);
    BundleWriter bundle =
        BundleWriter.builder(trained, visibility)
            .name(name())
            .license(manifest.map(BundleManifest::license).orElse(null))
            .provenance(provenance(photographs, manifest.map(BundleManifest::provenance)))
            .quality(quality(inputPsnr, restoredPsnr));
    before.ifPresent(bundle::selectorOf);
    if (options.background() == Background.BASE) {
      bundle.background(base);
    }
    Path folder = options.out().resolve(BUNDLE);
    bundle.write(folder);
    return folder;
  }

  private String name() {
    return options.grow() != null
        ? options.grow()
        : Path.of(options.network()).getFileName().toString().replace(".onnx", "");
  }

  private Visibility visibility(byte[] bits) {
    Map<String, byte[]> tensors = new LinkedHashMap<>();
    Map<String, long[]> shapes = new LinkedHashMap<>();
    int begin = 0;
    for (Network.Parameter parameter : trained.parameters().values()) {
      int end = begin + parameter.values().length;
      tensors.put(parameter.name(), Arrays.copyOfRange(bits, begin, end));
      shapes.put(parameter.name(), parameter.shape());
      begin = end;
    }
    return Visibility.of(options.weathers(), tensors, shapes);
  }

  private Map<String, Object> provenance(int photographs, Optional<Map<String, Object>> before) {
    Map<String, Object> provenance = new LinkedHashMap<>();
    provenance.put("method", "gradient-guided parameter masks, arXiv 2411.16739");
    provenance.put("trained_on", photographs + " clean photographs with synthetic weather");
    if (options.after() != null) {
      Object name = options.after().getFileName().toString();
      provenance.put("after", before.<Object>map(p -> p).orElse(name));
    }
    if (options.grow() != null) {
      provenance.put("grown_to", options.grow());
    }
    provenance.put("seed", options.seed());
    if (options.after() == null) {
      provenance.put("joint_steps", options.jointSteps());
      provenance.put("measure_batches", options.measureBatches());
      provenance.put("masks", options.masks().name().toLowerCase(Locale.ROOT));
      provenance.put("quantile", options.quantile());
    }
    provenance.put("masked_steps", options.maskedSteps());
    provenance.put("loss", options.loss().name().toLowerCase(Locale.ROOT));
    provenance.put("crops_per_weather", options.crops());
    provenance.put("crop_side", options.side());
    provenance.put("precision", options.precision());
    return provenance;
  }

  private Map<String, Object> quality(
      Map<Weather, Double> inputPsnr, Map<Weather, Double> restoredPsnr) {
    Map<String, Object> quality = new LinkedHashMap<>();
    restoredPsnr.forEach(
        (weather, decibels) ->
            quality.put(
                weather.id(),
                Map.of(
                    "measured_on", "held-out crops",
                    "input_psnr", rounded(inputPsnr.get(weather)),
                    "restored_psnr", rounded(decibels))));
    return quality;
  }

  private static double rounded(double decibels) {
    return Math.round(100 * decibels) / 100.0;
  }
}
