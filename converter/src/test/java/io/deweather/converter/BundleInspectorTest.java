package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.deweather.BundleException;
import io.deweather.Weather;
import io.deweather.converter.BundleSummary.TensorSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundleInspectorTest {
  @TempDir Path folder;

  @Test
  void summarisesWhatTheBundleHolds() throws IOException {
    Network network = Samples.network(1);
    Visibility visibility = Samples.withCommon(Samples.visibility(network, 0.6, 2), "head.bias");
    Path bundle = folder.resolve("bundle");
    Samples.bundle(network, visibility).write(bundle);
    BundleSummary summary = BundleInspector.inspect(bundle);
    assertThat(summary.name()).isEqualTo("sample");
    assertThat(summary.parameters()).isEqualTo(network.parameterCount());
    assertThat(summary.macsPer256()).isEqualTo(network.macs(256, 256));
    long bytes = 0;
    try (var files = Files.list(bundle)) {
      for (Path file : files.toList()) {
        bytes += Files.size(file);
      }
    }
    assertThat(summary.bytes()).isEqualTo(bytes);
    assertThat(summary.weightsRatio()).isEqualTo(bytes / (4.0 * network.parameterCount()));
    assertThat(summary.commonShare()).isCloseTo(0.4, Offset.offset(0.02));
    assertThat(summary.weathers())
        .extracting(BundleSummary.WeatherSummary::id)
        .containsExactly("rain", "raindrop", "snow");
    assertThat(summary.weathers().get(1).bytes())
        .isEqualTo(Files.size(bundle.resolve("raindrop.onnx")));
    assertThat(summary.weathers())
        .allSatisfy(w -> assertThat(w.specificShare()).isCloseTo(0.2, Offset.offset(0.02)));
    assertThat(summary.tensors())
        .extracting(TensorSummary::name)
        .containsExactlyElementsOf(network.parameters().keySet());
    TensorSummary head = summary.tensors().get(0);
    assertThat(head.shape()).containsExactly(16, 12, 3, 3);
    assertThat(head.parameters()).isEqualTo(1728);
    assertThat(head.specificShare().get("snow"))
        .isEqualTo(visibility.specificShare("head.weight", Weather.SNOW));
    assertThat(summary.tensors().get(1).commonShare()).isEqualTo(1);
  }

  @Test
  void isWrittenAsJsonInSnakeCase() {
    Network network = Samples.network(1);
    Path bundle = folder.resolve("bundle");
    Samples.bundle(network, Samples.visibility(network, 0.6, 2)).write(bundle);
    JsonNode json = new ObjectMapper().valueToTree(BundleInspector.inspect(bundle));
    assertThat(json.fieldNames())
        .toIterable()
        .contains("parameters", "macs_per_256", "weathers", "bytes", "weights_ratio");
    assertThat(json.at("/weathers/0/specific_share").isDouble()).isTrue();
    assertThat(json.at("/tensors/0/common_share").isDouble()).isTrue();
  }

  @Test
  void namesTheFolderThatIsNoBundle() {
    assertThatThrownBy(() -> BundleInspector.inspect(folder))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining(folder + " is no bundle");
  }
}
