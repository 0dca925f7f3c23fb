package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deweather.BundleException;
import io.deweather.BundleManifest;
import io.deweather.FilterSettings.Observation;
import io.deweather.SelectorManifest;
import io.deweather.converter.VerificationReport.Check;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundledSelectorTest {
  @TempDir Path folder;
  private Path file;
  private Path bundle;

  @BeforeEach
  void write() throws IOException {
    file = selector("own.onnx", List.of("rain", "snow"));
    bundle = folder.resolve("bundle");
    SelectorFile selector = SelectorFile.read(file);
    Network network = Samples.network(1);
    Samples.bundle(network, Samples.visibility(network, 0.5, 2))
        .selector(selector, selector.manifest())
        .quality(Map.of("psnr", 30.5))
        .write(bundle);
  }

  @Test
  void theManifestSaysWhatItKnowsAndHowItsProbabilitiesAreRead() {
    SelectorManifest manifest = BundleManifest.read(bundle).selector();
    assertThat(manifest.file()).isEqualTo("selector.onnx");
    assertThat(manifest.weathers()).containsExactly("rain", "snow");
    assertThat(manifest.filter().observation())
        .containsEntry("rain", new Observation(1, 1.25))
        .containsEntry("snow", new Observation(1, 0.5));
    assertThat(BundleInspector.inspect(bundle).selector()).isEqualTo(manifest);
  }

  @Test
  void verifyRunsItAtSeveralSizes() {
    VerificationReport report = BundleVerifier.verify(bundle);
    assertThat(report.checks()).allMatch(Check::passed);
    assertThat(report.checks())
        .filteredOn(check -> check.name().equals("selector"))
        .singleElement()
        .satisfies(check -> assertThat(check.detail()).contains("on 5 frames"));
  }

  @Test
  void aBundleConvertedToAnotherPrecisionKeepsIt() throws IOException {
    Path other = folder.resolve("half");
    BundleManifest manifest = BundleWriter.from(bundle).precision(Precision.FP16).write(other);
    assertThat(manifest.selector()).isEqualTo(BundleManifest.read(bundle).selector());
    assertThat(other.resolve("selector.onnx")).hasSameBinaryContentAs(file);
    assertThat(manifest.quality()).isEqualTo(Map.of("fp32", Map.of("psnr", 30.5)));
  }

  @Test
  void aBundleIsGivenAnotherInPlaceAndStaysWhatItWas() throws IOException {
    BundleManifest before = BundleManifest.read(bundle);
    SelectorFile other = SelectorFile.read(selector("other.onnx", List.of("snow", "raindrop")));
    BundleManifest after =
        BundleWriter.from(bundle).selector(other, other.manifest()).write(bundle);
    assertThat(after.selector().weathers()).containsExactly("snow", "raindrop");
    assertThat(after.quality()).isEqualTo(before.quality());
    assertThat(after.provenance()).isEqualTo(before.provenance());
    assertThat(after.files().get(WeightsFile.NAME)).isEqualTo(before.files().get(WeightsFile.NAME));
  }

  @Test
  void verifyRefusesOneOfOtherWeathers() throws IOException {
    Path wrong = selector("wrong.onnx", List.of("snow", "rain"));
    Files.write(bundle.resolve("selector.onnx"), Files.readAllBytes(wrong));
    Samples.rehash(bundle);
    assertThat(BundleVerifier.verify(bundle).checks())
        .filteredOn(check -> !check.passed())
        .singleElement()
        .satisfies(
            check -> {
              assertThat(check.name()).isEqualTo("selector");
              assertThat(check.detail())
                  .contains("knows [snow, rain], the manifest says [rain, snow]");
            });
  }

  @Test
  void refusesOneThatKnowsAWeatherWithoutAView() throws IOException {
    SelectorFile haze = SelectorFile.read(selector("haze.onnx", List.of("rain", "haze")));
    Network network = Samples.network(1);
    BundleWriter writer = Samples.bundle(network, Samples.visibility(network, 0.5, 2));
    assertThatThrownBy(() -> writer.selector(haze, haze.manifest()))
        .isInstanceOf(BundleException.class)
        .hasMessage(
            "the selector knows [rain, haze], the bundle has views for [rain, raindrop, snow]");
  }

  @Test
  void refusesAFileThatIsNoSelector() throws IOException {
    Path network = folder.resolve("network.onnx");
    Samples.network(1).write(network);
    assertThatThrownBy(() -> SelectorFile.read(network))
        .isInstanceOf(BundleException.class)
        .hasMessage(network + " is no selector: its metadata has no deweather.weathers");
    Path text = Files.writeString(folder.resolve("text.onnx"), "not a graph");
    assertThatThrownBy(() -> SelectorFile.read(text))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("is no ONNX file");
  }

  private Path selector(String name, List<String> weathers) throws IOException {
    Path written = folder.resolve(name);
    Files.write(written, Samples.selector(weathers, -1.25, -0.5).toByteArray());
    return written;
  }
}
