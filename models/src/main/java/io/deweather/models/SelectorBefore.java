package io.deweather.models;

import io.deweather.DeweatherException;
import io.deweather.FileFailure;
import io.deweather.Weather;
import io.deweather.converter.Network;
import io.deweather.converter.SelectorFile;
import io.deweather.converter.SelectorGraph.Scaling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A finished selector, taken apart into what it was trained as, to be tuned on: {@code
 * selector.onnx} by itself or in a bundle.
 *
 * @param trunk its detector and what sums it up
 * @param head what judges a frame by that
 * @param scaling of what the head sees
 * @param hadOpinion whether it asked for a second opinion, which is left behind
 */
record SelectorBefore(Network trunk, Network head, Scaling scaling, boolean hadOpinion) {
  /** The run's own copy of the file, so that it can go on when the file has changed. */
  private static final String COPY = "before.onnx";

  /**
   * What a run begins with. At first the file is copied to the run's folder, and its two networks
   * are left there as of a tuning that is done.
   *
   * @throws DeweatherException if the file is no selector of this network and these weathers
   */
  static SelectorBefore of(SelectorOptions options) {
    Path copy = options.out().resolve(COPY);
    if (Files.exists(copy)) {
      return read(copy, options.weathers());
    }
    Path file =
        StartingPoint.isBundle(options.after())
            ? options.after().resolve(SelectorFile.NAME)
            : options.after();
    SelectorBefore before = read(file, options.weathers());
    try {
      before.trunk.write(options.out().resolve(SelectorTuning.TRUNK_NAME));
      before.head.write(options.out().resolve(SelectorTuning.HEAD_NAME));
      Files.copy(file, copy);
    } catch (IOException e) {
      throw new DeweatherException("cannot write " + copy + ": " + FileFailure.reason(e), e);
    }
    return before;
  }

  private static SelectorBefore read(Path file, List<Weather> weathers) {
    SelectorFile selector = SelectorFile.read(file);
    List<String> wanted = weathers.stream().map(Weather::id).toList();
    if (!selector.weathers().equals(wanted)) {
      throw new DeweatherException(
          "%s knows %s, this run %s".formatted(file, selector.weathers(), wanted));
    }
    int known = weathers.size();
    Map<String, float[]> values = selector.values();
    Network trunk = SelectorNetworks.trunk(SelectorNetworks.detector(known, 0), known);
    return new SelectorBefore(
        filled(trunk, "", values, file),
        filled(SelectorNetworks.head(known, 0), SelectorFile.HEAD, values, file),
        selector.scaling(),
        selector.asksForOpinion());
  }

  private static Network filled(
      Network network, String prefix, Map<String, float[]> values, Path file) {
    Map<String, float[]> own = new LinkedHashMap<>();
    network
        .parameters()
        .forEach(
            (name, parameter) -> {
              float[] found = values.get(prefix + name);
              if (found == null || found.length != parameter.values().length) {
                throw new DeweatherException(
                    "%s cannot be tuned on: it has no %s%s of %d values, as a selector of an fp32 bundle has"
                        .formatted(file, prefix, name, parameter.values().length));
              }
              own.put(name, found);
            });
    return network.withParameters(own);
  }
}
