package io.deweather.converter;

import io.deweather.BundleException;
import io.deweather.BundleManifest;
import io.deweather.FileFailure;
import io.deweather.Weather;
import io.deweather.converter.BundleSummary.TensorSummary;
import io.deweather.converter.BundleSummary.WeatherSummary;
import io.deweather.converter.Network.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Says what a bundle holds, without running it and without checking its hashes. */
public final class BundleInspector {
  private BundleInspector() {}

  /**
   * Summarises a bundle.
   *
   * @throws BundleException naming the file, if the bundle cannot be read
   */
  public static BundleSummary inspect(Path bundle) {
    BundleContents contents = BundleContents.read(bundle);
    BundleManifest manifest = contents.manifest();
    long bytes = size(bundle.resolve(BundleManifest.FILE_NAME));
    for (String file : manifest.files().keySet()) {
      bytes += size(BundleContents.file(bundle, file));
    }
    long selectorBytes = 0;
    Map<String, Long> selectorWeights = Map.of();
    if (manifest.selector() != null) {
      Path file = BundleContents.file(bundle, manifest.selector().file());
      selectorBytes = size(file);
      selectorWeights = SelectorFile.stored(file);
    }
    return new BundleSummary(
        manifest.name(),
        manifest.created(),
        manifest.license(),
        manifest.precision(),
        manifest.background(),
        contents.network().parameterCount(),
        BundleWriter.macsPer256(contents.network()),
        weathers(bundle, contents),
        contents.visibility().commonShare(),
        manifest.selector(),
        selectorBytes,
        selectorWeights,
        bytes,
        (double) (bytes - selectorBytes) / (Float.BYTES * contents.network().parameterCount()),
        tensors(contents),
        manifest.provenance(),
        manifest.quality());
  }

  private static List<WeatherSummary> weathers(Path bundle, BundleContents contents) {
    List<WeatherSummary> weathers = new ArrayList<>();
    for (Weather weather : contents.visibility().weathers()) {
      String file = contents.manifest().weathers().get(weather.id());
      weathers.add(
          new WeatherSummary(
              weather.id(),
              file,
              size(BundleContents.file(bundle, file)),
              contents.visibility().specificShare(weather)));
    }
    return weathers;
  }

  private static List<TensorSummary> tensors(BundleContents contents) {
    Visibility visibility = contents.visibility();
    List<TensorSummary> tensors = new ArrayList<>();
    for (Parameter parameter : contents.network().parameters().values()) {
      Map<String, Double> specific = new LinkedHashMap<>();
      for (Weather weather : visibility.weathers()) {
        specific.put(weather.id(), visibility.specificShare(parameter.name(), weather));
      }
      tensors.add(
          new TensorSummary(
              parameter.name(),
              parameter.shape(),
              parameter.values().length,
              visibility.commonShare(parameter.name()),
              specific));
    }
    return tensors;
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new BundleException("cannot read " + file + ": " + FileFailure.reason(e), e);
    }
  }
}
