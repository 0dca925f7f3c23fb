package io.deweather.samples;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.deweather.BundleManifest;
import io.deweather.DeweatherException;
import io.deweather.Weather;
import io.deweather.converter.BundleContents;
import io.deweather.converter.BundleWriter;
import io.deweather.converter.FrameSet;
import io.deweather.converter.Network;
import io.deweather.converter.Precision;
import io.deweather.converter.SelectorFile;
import io.deweather.converter.StandaloneView;
import io.deweather.converter.Visibility;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.commons.cli.Options;

/** {@code convert}: a network and its masks become a bundle. */
final class ConvertCommand implements Command {
  private static final long MOST_OBJECT_BYTES = 1 << 20;

  @Override
  public String help() {
    return """
        bake a network and its masks into a bundle

        Usage: deweather convert (--network ONNX --visibility SAFETENSORS [--background ONNX] | --from BUNDLE)
               --out OUT [--precision P] [--calibrate DIR] [--self-ensemble] [--name NAME] [--license SPDX]
               [--provenance FILE] [--quality FILE] [--selector ONNX]
               [--standalone W [--image] [--size WxH]]

        Precisions: fp16 keeps parameters in half the bytes; GPUs compute in half precision, CPUs
        as before. int8 keeps them in a quarter and computes in integers, for CPUs; --calibrate
        names pictures as the views will meet them, DIR/rain, DIR/snow, ..., some twenty of each,
        or DIR for all. Measure what it costs: deweather verify OUT --against BUNDLE --pairs DIR,
        BUNDLE being in fp32.
        With --self-ensemble a view restores each frame and its mirror image and gives the mean:
        better pictures for twice the time, with the same parameters.
        A bundle keeps its selector, in fewer bytes in fp16 and int8; it computes as before.
        --selector gives it another, from train-selector or a bundle.
        With --standalone, OUT is one ONNX file that any runtime can read, in fp32.

        Examples:
          deweather convert --network net.onnx --visibility masks.safetensors --out my-bundle
              one graph per weather over one weights.bin
          deweather convert --network net.onnx --visibility masks.safetensors --out my-bundle --provenance run.json
              the same, saying where the weights come from
          deweather convert --from my-bundle --precision int8 --calibrate frames/ --out my-bundle-int8
              a bundle that computes in integers
          deweather convert --from models/zoo/edge --self-ensemble --out my-bundle
              better pictures for twice the time
          deweather convert --from my-bundle --standalone rain --image --size 640x384 --out rain.onnx
              one view for another runtime
        """;
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(Help.value("network", "ONNX", "the network with all its parameters"))
        .addOption(Help.value("visibility", "SAFETENSORS", "which weather sees which parameter"))
        .addOption(Help.value("from", "BUNDLE", "a bundle in fp32, instead of a network"))
        .addOption(Help.value("o", "out", "OUT", "the folder to write; a bundle is replaced"))
        .addOption(Help.value("precision", "P", "fp32 (the default), fp16 or int8"))
        .addOption(Help.value("calibrate", "DIR", "pictures that int8 is calibrated on"))
        .addOption(Help.flag("self-ensemble", "the mean over a frame and its mirror image"))
        .addOption(Help.value("standalone", "W", "write the view of this weather alone"))
        .addOption(Help.flag("image", "standalone: a float image in and out, not a frame"))
        .addOption(Help.value("size", "WxH", "standalone: this size only"))
        .addOption(
            Help.value(
                "name", "NAME", "the bundle's name; by default its folder's, or that of --from"))
        .addOption(Help.value("license", "SPDX", "the licence of the weights"))
        .addOption(Help.value("selector", "ONNX", "what recognises the weather, for the bundle"))
        .addOption(Help.value("provenance", "FILE", "a JSON object: where they come from"))
        .addOption(Help.value("quality", "FILE", "a JSON object: what was measured of them"))
        .addOption(
            Help.value(
                "background", "ONNX", "what a view has where it sees nothing; by default zeros"));
  }

  @Override
  public int run(Arguments arguments, Terminal terminal) throws IOException {
    arguments.noWords();
    Path out = arguments.requiredPath("out");
    requireOneSource(arguments);
    if (arguments.has("standalone")) {
      Output.requireFolderOf(out);
      standalone(arguments, out);
      terminal.out().printf("%s: the view of %s%n", out, arguments.text("standalone").get());
      return DONE;
    }
    arguments.requireBeside("standalone", "image", "size");
    Output.requireFolderFor(out);
    BundleManifest manifest = writer(arguments).write(out);
    terminal
        .out()
        .printf(
            "%s: %,d parameters in %s, views for %s%n",
            out,
            manifest.parameters(),
            manifest.precision(),
            String.join(", ", manifest.weathers().keySet()));
    return DONE;
  }

  private static void requireOneSource(Arguments arguments) {
    arguments.refuseBeside("from", "network", "visibility", "background");
    for (String option : List.of("network", "visibility")) {
      if (!arguments.has("from") && !arguments.has(option)) {
        throw arguments.missing(option);
      }
    }
  }

  private static BundleWriter writer(Arguments arguments) throws IOException {
    Precision precision = precision(arguments);
    BundleWriter writer;
    List<Weather> weathers;
    if (arguments.has("from")) {
      Path from = arguments.requiredPath("from");
      writer = BundleWriter.from(from);
      weathers = BundleContents.read(from).visibility().weathers();
    } else {
      Visibility visibility = Visibility.read(arguments.requiredPath("visibility"));
      writer = BundleWriter.builder(Network.read(arguments.requiredPath("network")), visibility);
      weathers = visibility.weathers();
      arguments.path("background").map(Network::read).ifPresent(writer::background);
    }
    arguments.text("name").ifPresent(writer::name);
    arguments.text("license").ifPresent(writer::license);
    if (arguments.has("provenance")) {
      writer.provenance(object(arguments.requiredPath("provenance")));
    }
    if (arguments.has("quality")) {
      writer.quality(object(arguments.requiredPath("quality")));
    }
    if (arguments.has("selector")) {
      SelectorFile selector = SelectorFile.read(arguments.requiredPath("selector"));
      writer.selector(selector, selector.manifest());
    }
    if (arguments.has("calibrate")) {
      writer.calibration(FrameSet.read(arguments.requiredPath("calibrate"), weathers));
    }
    if (arguments.has("self-ensemble")) {
      writer.selfEnsemble();
    }
    return writer.precision(precision);
  }

  private static Precision precision(Arguments arguments) {
    Precision precision;
    try {
      precision = Precision.of(arguments.text("precision").orElse(Precision.FP32.id()));
    } catch (IllegalArgumentException e) {
      throw UsageException.of(e);
    }
    if ((precision == Precision.INT8) != arguments.has("calibrate")) {
      throw new UsageException("--calibrate DIR goes with --precision int8, and that with it");
    }
    return precision;
  }

  private static void standalone(Arguments arguments, Path out) {
    arguments.refuseBeside(
        "standalone",
        "precision",
        "calibrate",
        "self-ensemble",
        "name",
        "license",
        "provenance",
        "quality",
        "selector");
    Weather weather = arguments.weather("standalone").orElseThrow();
    StandaloneView view;
    if (arguments.has("from")) {
      BundleContents contents = BundleContents.read(arguments.requiredPath("from"));
      requireView(weather, contents.visibility());
      view = StandaloneView.of(contents, weather);
    } else {
      Visibility visibility = Visibility.read(arguments.requiredPath("visibility"));
      requireView(weather, visibility);
      Network network = Network.read(arguments.requiredPath("network"));
      Network background = arguments.path("background").map(Network::read).orElse(null);
      view = StandaloneView.of(network, visibility, background, weather);
    }
    if (arguments.has("image")) {
      view.contract(StandaloneView.Contract.IMAGE);
    }
    arguments.size("size").ifPresent(size -> view.size(size.width(), size.height()));
    view.write(out);
  }

  private static void requireView(Weather weather, Visibility visibility) {
    if (!visibility.weathers().contains(weather)) {
      throw new UsageException(
          "--standalone (%s) must be one of %s".formatted(weather, visibility.weathers()));
    }
  }

  /** What a manifest takes as it is. */
  private static Map<String, Object> object(Path file) throws IOException {
    if (Files.size(file) > MOST_OBJECT_BYTES) {
      throw new DeweatherException(
          "%s has %d bytes; a provenance or quality has at most %d"
              .formatted(file, Files.size(file), MOST_OBJECT_BYTES));
    }
    try {
      return new JsonMapper().readValue(file.toFile(), new TypeReference<Map<String, Object>>() {});
    } catch (JsonProcessingException e) {
      throw new DeweatherException(file + " must be a JSON object: " + e.getOriginalMessage(), e);
    }
  }
}
