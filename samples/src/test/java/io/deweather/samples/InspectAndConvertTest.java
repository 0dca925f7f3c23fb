package io.deweather.samples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.deweather.Weather;
import io.deweather.converter.Network;
import io.deweather.converter.Visibility;
import io.deweather.models.Networks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectAndConvertTest {
  private final CapturedTerminal terminal = new CapturedTerminal();
  @TempDir Path folder;

  @Test
  void aNetworkAndItsMasksBecomeABundleThatInspectDescribes() throws Exception {
    Network network = Networks.edge(3);
    Path onnx = folder.resolve("net.onnx");
    Path masks = folder.resolve("masks.safetensors");
    Path provenance = Files.writeString(folder.resolve("run.json"), "{\"run\": \"first\"}");
    network.write(onnx);
    Visibility.common(List.of(Weather.RAIN, Weather.SNOW), network).write(masks);
    Path bundle = folder.resolve("small");

    int converted =
        terminal.run(
            "convert",
            "--network",
            onnx,
            "--visibility",
            masks,
            "--out",
            bundle,
            "--license",
            "Apache-2.0",
            "--provenance",
            provenance);
    assertThat(terminal.err()).doesNotContain("deweather:");
    assertThat(converted).isZero();
    assertThat(terminal.out()).contains("views for rain, snow");

    CapturedTerminal inspecting = new CapturedTerminal();
    assertThat(inspecting.run("inspect", bundle, "--json", "-")).isZero();
    JsonNode json = new JsonMapper().readTree(inspecting.out());
    assertThat(json.get("parameters").asLong()).isEqualTo(network.parameterCount());
    assertThat(json.get("macs_per_256").asLong()).isEqualTo(network.macs(256, 256));
    assertThat(json.get("weathers").findValuesAsText("id")).containsExactly("rain", "snow");
    assertThat(json.get("bytes").asLong()).isEqualTo(size(bundle));
    assertThat(json.get("provenance").get("run").asText()).isEqualTo("first");
    assertThat(json.get("license").asText()).isEqualTo("Apache-2.0");
    assertThat(inspecting.err()).contains("GMAC for 256x256");
  }

  @Test
  void refusesMasksThatDoNotFitNamingTheTensor() {
    Path onnx = folder.resolve("net.onnx");
    Path masks = folder.resolve("masks.safetensors");
    Networks.edge(3).write(onnx);
    Visibility.common(List.of(Weather.RAIN), Networks.quality(3)).write(masks);
    Path bundle = folder.resolve("bundle");

    int code = terminal.run("convert", "--network", onnx, "--visibility", masks, "--out", bundle);

    assertThat(code).isEqualTo(1);
    assertThat(terminal.err().lines()).hasSize(1);
    assertThat(Files.exists(bundle)).isFalse();
  }

  @Test
  void verifyFailsOnAChangedByteAndNamesTheFile() throws Exception {
    Path bundle = TestBundle.write(folder.resolve("bundle"));
    Path weights = bundle.resolve("weights.bin");
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length / 2] ^= 1;
    Files.write(weights, bytes);

    assertThat(terminal.run("verify", bundle)).isEqualTo(1);

    assertThat(terminal.err().lines()).hasSize(1);
    assertThat(terminal.err()).contains(weights.toString());
    assertThat(terminal.out()).contains("FAILED");
  }

  private static long size(Path bundle) throws Exception {
    try (var files = Files.list(bundle)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    }
  }
}
