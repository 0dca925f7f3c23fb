package io.deweather.converter;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.deweather.BundleManifest;
import io.deweather.BundleManifest.FileEntry;
import io.deweather.Weather;
import io.deweather.converter.Network.ColourOrder;
import io.deweather.converter.Network.Parameter;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/** Small networks and masks that the tests of this module share. */
final class Samples {
  static final List<Weather> WEATHERS = List.of(Weather.RAIN, Weather.RAINDROP, Weather.SNOW);
  static final Instant CREATED = Instant.parse("2026-01-02T03:04:05Z");

  private static final JsonMapper JSON = new JsonMapper();

  private Samples() {}

  /** About 10,000 parameters; sizes must be multiples of 4. */
  static Network network(long seed) {
    return network(seed, 16, ColourOrder.RGB);
  }

  static Network network(long seed, int channels, ColourOrder order) {
    GraphBuilder g = new GraphBuilder("sample", seed);
    String blocks = g.spaceToDepth(g.input(), 2);
    String shallow = g.relu(g.conv3("head", blocks, 12, channels));
    String deep = g.relu(g.conv("down", shallow, channels, channels, 3, 2, 1));
    deep = g.relu(g.conv3("body", deep, channels, channels));
    String up = g.concat(g.upsampleNearest2(deep), shallow);
    String tail = g.conv("tail", up, 2 * channels, 12, 3, 1, 0.2);
    return g.build(g.sum(g.input(), g.depthToSpace(tail, 2)), 4, order);
  }

  /** A selector of these weathers, small and untrained. */
  static ModelProto selector(List<String> weathers, double... logOdds) {
    GraphBuilder g = new GraphBuilder("trunk", 1);
    String looks = g.globalAverage(g.relu(g.conv("see", g.input(), 3, 4, 3, 2, 1)));
    int features = 4 * SelectorGraph.LOOKS;
    Network trunk =
        g.buildNumbers(
            g.reshape(looks, -1, features, 1, 1), "features", ColourOrder.BGR, "n", features, 1, 1);
    GraphBuilder h = GraphBuilder.ofFeatures("head", 2);
    int known = weathers.size();
    String scores = h.reshape(h.conv("weigh", h.input(), features, known, 1, 1, 1), -1, known);
    Network head = h.buildNumbers(scores, "scores", ColourOrder.BGR, "n", known);
    SelectorGraph.Calibration none = SelectorGraph.Calibration.none(known);
    float[] means = new float[features];
    float[] deviations = new float[features];
    java.util.Arrays.fill(deviations, 1);
    return SelectorGraph.of(
        new SelectorGraph.Judgement(
            trunk,
            new SelectorGraph.Scaling(means, deviations),
            head,
            new SelectorGraph.Calibration(none.slopes(), none.offsets(), logOdds)),
        weathers,
        null);
  }

  /** The operators that {@link #network} does not use. */
  static Network otherOperators(long seed) {
    GraphBuilder g = new GraphBuilder("other", seed);
    String down = g.gelu(g.conv("down", g.input(), 3, 16, 3, 2, 1));
    String up = g.convTranspose2("up", down, 16, 16);
    String tail = g.conv("tail", g.multiply(up, g.scalar(0.7f)), 16, 3, 3, 1, 0.3);
    return g.build(g.sum(g.input(), tail), 2, ColourOrder.RGB);
  }

  /** One convolution: each output channel is made of all three, so that views are easily told. */
  static Network singleLayer(int multiple, ColourOrder order) {
    GraphBuilder g = new GraphBuilder("single", 5);
    return g.build(g.sum(g.input(), g.conv("only", g.input(), 3, 3, 3, 1, 0.3)), multiple, order);
  }

  /** A share of the parameters of each tensor specific to one weather each. */
  static Visibility visibility(Network network, double specificShare, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return visibility(
        network, () -> random.nextDouble() < specificShare ? 1 << random.nextInt(3) : 7);
  }

  /** Each parameter seen by any of the weathers, by all or by none. */
  static Visibility anyVisibility(Network network, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return visibility(network, () -> random.nextInt(8));
  }

  private static Visibility visibility(Network network, IntSupplier next) {
    Map<String, byte[]> bits = new LinkedHashMap<>();
    Map<String, long[]> shapes = new LinkedHashMap<>();
    for (Parameter parameter : network.parameters().values()) {
      byte[] seen = new byte[parameter.values().length];
      for (int i = 0; i < seen.length; i++) {
        seen[i] = (byte) next.getAsInt();
      }
      bits.put(parameter.name(), seen);
      shapes.put(parameter.name(), parameter.shape());
    }
    return Visibility.of(WEATHERS, bits, shapes);
  }

  /** The same visibility with one tensor common to all weathers. */
  static Visibility withCommon(Visibility visibility, String common) {
    Map<String, byte[]> bits = new LinkedHashMap<>();
    Map<String, long[]> shapes = new LinkedHashMap<>();
    for (String tensor : visibility.tensors()) {
      byte[] seen = visibility.bits(tensor);
      if (tensor.equals(common)) {
        java.util.Arrays.fill(seen, (byte) 7);
      }
      bits.put(tensor, seen);
      shapes.put(tensor, visibility.shape(tensor));
    }
    return Visibility.of(visibility.weathers(), bits, shapes);
  }

  static BundleWriter bundle(Network network, Visibility visibility) {
    return BundleWriter.builder(network, visibility)
        .name("sample")
        .license("Apache-2.0")
        .created(CREATED)
        .provenance(Map.of("seed", 1))
        .quality(Map.of("psnr", 30.5));
  }

  /** Changes what a bundle's manifest says. */
  static void editManifest(Path bundle, Consumer<ObjectNode> edit) throws IOException {
    File file = bundle.resolve(BundleManifest.FILE_NAME).toFile();
    ObjectNode tree = (ObjectNode) JSON.readTree(file);
    edit.accept(tree);
    JSON.writeValue(file, tree);
  }

  /** Makes the manifest's sizes and hashes those of the files, so that only their contents tell. */
  static void rehash(Path bundle) throws IOException {
    Map<String, FileEntry> files = new LinkedHashMap<>();
    for (String name : BundleManifest.read(bundle).files().keySet()) {
      files.put(name, Sha256.of(bundle.resolve(name)));
    }
    editManifest(bundle, tree -> tree.set("files", JSON.valueToTree(files)));
  }
}
