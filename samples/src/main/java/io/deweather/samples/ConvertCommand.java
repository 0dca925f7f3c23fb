package io.deweather.samples;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.deweather.BundleManifest;
import io.deweather.DeweatherException;
import io.deweather.converter.BundleWriter;
import io.deweather.converter.Network;
import io.deweather.converter.Visibility;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.commons.cli.Options;

/** {@code convert}: a network and its masks become a bundle. */
final class ConvertCommand implements Command {
  private static final long MOST_PROVENANCE_BYTES = 1 << 20;

  @Override
  public String name() {
    return "convert";
  }

  @Override
  public String summary() {
    return "bake a network and its masks into a bundle";
  }

  @Override
  public String synopsis() {
    return "--network ONNX --visibility SAFETENSORS --out BUNDLE [--name NAME]\n"
        + "       [--license SPDX] [--provenance FILE] [--background ONNX]";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example(
            "convert --network net.onnx --visibility masks.safetensors --out my-bundle",
            "one graph per weather over one weights.bin"),
        new Example(
            "convert --network net.onnx --visibility masks.safetensors --out my-bundle"
                + " --provenance run.json",
            "the same, saying where the weights come from"));
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(Help.value(null, "network", "ONNX", "the network with all its parameters"))
        .addOption(
            Help.value(null, "visibility", "SAFETENSORS", "which weather sees which parameter"))
        .addOption(Help.value(null, "out", "BUNDLE", "the folder to write; a bundle is replaced"))
        .addOption(Help.value(null, "name", "NAME", "the bundle's name; by default its folder's"))
        .addOption(Help.value(null, "license", "SPDX", "the licence of the weights"))
        .addOption(Help.value(null, "provenance", "FILE", "a JSON object: where they come from"))
        .addOption(
            Help.value(
                null,
                "background",
                "ONNX",
                "what a view has where it sees nothing; by default zeros"));
  }

  @Override
  public int run(Arguments arguments, Terminal terminal) throws IOException {
    arguments.noWords();
    Path network = arguments.requiredPath("network");
    Path visibility = arguments.requiredPath("visibility");
    Path out = arguments.requiredPath("out");
    Output.requireFolderFor(out);
    BundleWriter writer = BundleWriter.builder(Network.read(network), Visibility.read(visibility));
    arguments.text("name").ifPresent(writer::name);
    arguments.text("license").ifPresent(writer::license);
    arguments.path("background").map(Network::read).ifPresent(writer::background);
    if (arguments.has("provenance")) {
      writer.provenance(provenance(arguments.requiredPath("provenance")));
    }
    BundleManifest manifest = writer.write(out);
    terminal
        .out()
        .printf(
            "%s: %,d parameters, views for %s%n",
            out, manifest.parameters(), String.join(", ", manifest.weathers().keySet()));
    return DONE;
  }

  private static Map<String, Object> provenance(Path file) throws IOException {
    if (Files.size(file) > MOST_PROVENANCE_BYTES) {
      throw new DeweatherException(
          "%s has %d bytes; a provenance has at most %d"
              .formatted(file, Files.size(file), MOST_PROVENANCE_BYTES));
    }
    try {
      return new JsonMapper().readValue(file.toFile(), new TypeReference<Map<String, Object>>() {});
    } catch (JsonProcessingException e) {
      throw new DeweatherException(file + " must be a JSON object: " + e.getOriginalMessage(), e);
    }
  }
}
