package io.deweather.converter;

import io.deweather.BundleException;
import io.deweather.BundleManifest;
import io.deweather.Weather;
import io.deweather.converter.Network.Parameter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a bundle was made of, read back from its files: to verify it, to fine-tune it further, to
 * bake it again.
 *
 * @param manifest its {@code bundle.json}
 * @param network the network with every parameter as it is stored, no mask applied
 * @param visibility which weathers see which parameters
 * @param background the network that shines through where a weather does not see a parameter; equal
 *     to {@code network} where every weather does; empty if zeros do
 */
public record BundleContents(
    BundleManifest manifest, Network network, Visibility visibility, Optional<Network> background) {

  /**
   * Reads a bundle. Hashes are not checked here, see {@link BundleVerifier}.
   *
   * @throws BundleException naming file and tensor, if the files do not fit each other
   */
  public static BundleContents read(Path bundle) {
    BundleManifest manifest = BundleManifest.read(bundle);
    Map<Weather, ViewGraph> graphs = graphs(bundle, manifest);
    ViewGraph first = graphs.values().iterator().next();
    Network network = first.network();
    Optional<Network> background =
        first.overBase() ? Optional.of(first.background()) : Optional.empty();
    return new BundleContents(manifest, network, visibility(graphs, network), background);
  }

  /** Whether its views give the mean over a frame and its mirror image; such are not trained. */
  public boolean selfEnsemble() {
    return SelfEnsemble.is(network);
  }

  /**
   * The network as one weather sees it: a plain network, masks applied to the values of its
   * parameters.
   *
   * @throws IllegalArgumentException if the bundle does not know the weather
   */
  public Network seenBy(Weather weather) {
    return MaskedNetwork.masked(network, visibility, weather, background.orElse(null));
  }

  /** The graphs of a bundle, each as far checked as reading it needs. */
  static Map<Weather, ViewGraph> graphs(Path bundle, BundleManifest manifest) {
    Map<Weather, ViewGraph> graphs = new LinkedHashMap<>();
    manifest
        .weathers()
        .forEach((id, name) -> graphs.put(weather(bundle, id), ViewGraph.read(file(bundle, name))));
    return graphs;
  }

  private static Visibility visibility(Map<Weather, ViewGraph> graphs, Network network) {
    List<Weather> weathers = List.copyOf(graphs.keySet());
    Map<String, byte[]> bits = new LinkedHashMap<>();
    Map<String, long[]> shapes = new LinkedHashMap<>();
    for (Parameter parameter : network.parameters().values()) {
      byte[] all = new byte[parameter.values().length];
      Arrays.fill(all, Visibility.everyone(weathers));
      bits.put(parameter.name(), all);
      shapes.put(parameter.name(), parameter.shape());
    }
    for (int k = 0; k < weathers.size(); k++) {
      ViewGraph graph = graphs.get(weathers.get(k));
      int bit = k;
      graph
          .masks()
          .forEach(
              (tensor, mask) -> hide(bits.get(tensor), mask, bit, graph.file() + ": " + tensor));
    }
    return Visibility.of(weathers, bits, shapes);
  }

  private static void hide(byte[] bits, boolean[] mask, int k, String where) {
    if (bits == null || bits.length != mask.length) {
      throw new BundleException(where + " is masked, but is no such parameter of the first graph");
    }
    for (int i = 0; i < mask.length; i++) {
      if (!mask[i]) {
        bits[i] &= (byte) ~(1 << k);
      }
    }
  }

  private static Weather weather(Path bundle, String id) {
    try {
      return new Weather(id);
    } catch (IllegalArgumentException e) {
      throw new BundleException(
          bundle.resolve(BundleManifest.FILE_NAME) + ": " + e.getMessage(), e);
    }
  }

  /** A file that the manifest names; only plain names, so that none lies outside the folder. */
  static Path file(Path bundle, String name) {
    if (!name.matches("[A-Za-z0-9_][A-Za-z0-9._-]*")) {
      throw new BundleException(
          bundle.resolve(BundleManifest.FILE_NAME)
              + ": file name ("
              + name
              + ") must be letters, digits, '.', '_' and '-' only");
    }
    return bundle.resolve(name);
  }
}
