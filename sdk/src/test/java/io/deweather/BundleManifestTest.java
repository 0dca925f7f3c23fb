package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BundleManifestTest {
  @TempDir Path folder;

  @Test
  void readsWhatItWrites() {
    Map<String, String> weathers = new LinkedHashMap<>();
    weathers.put("snow", "snow.onnx");
    weathers.put("rain", "rain.onnx");
    BundleManifest written =
        new BundleManifest(
            1,
            "edge",
            "2026-01-01T00:00:00Z",
            "Apache-2.0",
            "fp32",
            "zero",
            BundleManifest.FrameContract.BGR_UINT8,
            weathers,
            null,
            new SelectorManifest(
                "selector.onnx",
                List.of("snow", "rain"),
                3,
                new FilterSettings(
                    0.99,
                    2,
                    0.1,
                    List.of(List.of("snow", "rain")),
                    5,
                    0.8,
                    0.9,
                    3,
                    Map.of("rain", new FilterSettings.Observation(0.5, -1)))),
            348_000,
            540_000_000,
            Map.of("run", Map.of("seed", 7, "data", List.of("a", "b")), "final", true),
            Map.of("psnr", 31.25),
            Map.of("rain.onnx", new BundleManifest.FileEntry(5_000_000_000L, "0".repeat(64))));
    written.write(folder);
    BundleManifest read = BundleManifest.read(folder);
    assertThat(read).isEqualTo(written);
    assertThat(read.weathers().keySet()).containsExactly("snow", "rain");
  }

  @Test
  void namesTheGraphsThatComputeInHalfPrecisionForEveryWeatherOrNone() throws IOException {
    GoldenBundle.copyTo(folder.resolve("bundle"));
    assertThat(BundleManifest.read(folder.resolve("bundle")).halfPrecision()).isNull();
    Map<String, String> weathers = BundleManifest.read(folder.resolve("bundle")).weathers();
    GoldenBundle.editManifest(
        folder.resolve("bundle"),
        tree -> {
          var half = tree.putObject("half_precision");
          weathers.keySet().forEach(id -> half.put(id, id + ".half.onnx"));
        });
    BundleManifest read = BundleManifest.read(folder.resolve("bundle"));
    assertThat(read.halfPrecision()).containsEntry("rain", "rain.half.onnx");
    read.write(folder);
    assertThat(BundleManifest.read(folder)).isEqualTo(read);
    GoldenBundle.editManifest(
        folder.resolve("bundle"),
        tree -> tree.putObject("half_precision").put("rain", "rain.half.onnx"));
    assertThatThrownBy(() -> BundleManifest.read(folder.resolve("bundle")))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("half_precision must have the weathers");
  }

  @Test
  void aSelectorNeedsNoMoreThanItsFileAndItsWeathers() {
    GoldenBundle.copyTo(folder.resolve("bundle"));
    GoldenBundle.editManifest(
        folder.resolve("bundle"),
        tree ->
            tree.putObject("selector")
                .put("file", "selector.onnx")
                .putArray("weathers")
                .add("snow")
                .add("rain"));
    BundleManifest read = BundleManifest.read(folder.resolve("bundle"));
    assertThat(read.selector())
        .isEqualTo(new SelectorManifest("selector.onnx", List.of("snow", "rain")));
    assertThat(read.selector().every()).isEqualTo(SelectorManifest.EVERY);
    assertThat(read.selector().filter())
        .isEqualTo(new FilterSettings(0.995, 1, 0.2, null, 10, 0.7, 0.95, 4, Map.of()));
    read.write(folder);
    assertThat(BundleManifest.read(folder)).isEqualTo(read);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"selector.onnx\" | selector must be an object, is selector.onnx",
        "{\"weathers\": [\"rain\"]} | file is missing",
        "{\"file\": \"s\", \"weathers\": \"rain\"} | weathers must be a list, is rain",
        "{\"file\": \"s\", \"weathers\": []} | weathers ([]) must be 1 to 16 different ones",
        "{\"file\": \"s\", \"weathers\": [\"haze\"]} | the selector's weathers must be among ",
        "{\"file\": \"s\", \"weathers\": [\"rain\"], \"every\": 0} | every (0) must be at least 1",
        "{\"file\": \"s\", \"weathers\": [\"rain\"], \"filter\": {\"stay\": 1}}"
            + " | stay (1.0) must be in (0, 1)",
        "{\"file\": \"s\", \"weathers\": [\"rain\"], \"filter\": {\"pairs\": [[\"rain\", \"snow\"]]}}"
            + " | pairs ([rain, snow]) must be of [rain]",
      })
  void refusesASelectorByWhatIsWrongWithIt(String json, String message) throws IOException {
    GoldenBundle.copyTo(folder.resolve("bundle"));
    var selector = new com.fasterxml.jackson.databind.json.JsonMapper().readTree(json);
    GoldenBundle.editManifest(folder.resolve("bundle"), tree -> tree.set("selector", selector));
    assertThatThrownBy(() -> BundleManifest.read(folder.resolve("bundle")))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining(message);
  }

  @Test
  void leavesOutWhatIsNotThere() throws IOException {
    GoldenBundle.copyTo(folder.resolve("bundle"));
    BundleManifest manifest = BundleManifest.read(folder.resolve("bundle"));
    manifest.write(folder);
    assertThat(manifest.selector()).isNull();
    assertThat(Files.readString(folder.resolve("bundle.json")))
        .doesNotContain("selector")
        .contains("\"schema_version\" : 1", "\"macs_per_256\" : 56623104");
  }

  @Test
  void refusesANewerSchemaWhateverElseItHolds() throws IOException {
    refuses(
        "{\"schema_version\": 2, \"weathers\": []}",
        " is of schema version 2; this Deweather reads up to 1: use a newer Deweather");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "schema_version",
        "name",
        "precision",
        "background",
        "weathers",
        "files",
        "frame_contract"
      })
  void refusesAMissingKeyByName(String key) throws IOException {
    GoldenBundle.copyTo(folder.resolve("bundle"));
    GoldenBundle.editManifest(folder.resolve("bundle"), tree -> tree.remove(key));
    assertThatThrownBy(() -> BundleManifest.read(folder.resolve("bundle")))
        .isInstanceOf(BundleException.class)
        .hasMessageEndingWith("bundle.json: " + key + " is missing");
  }

  @Test
  void refusesAnotherFrameContract() {
    GoldenBundle.copyTo(folder.resolve("bundle"));
    GoldenBundle.editManifest(
        folder.resolve("bundle"),
        tree -> tree.withObject("frame_contract").put("colour_order", "RGB"));
    assertThatThrownBy(() -> BundleManifest.read(folder.resolve("bundle")))
        .hasMessageContaining("frame_contract must be FrameContract[input=frame")
        .hasMessageContaining("colourOrder=RGB");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"schema_version\": 1 | expected close marker for Object (start marker at [Source: (File); line: 1,",
        "[1, 2] | the manifest must be an object, is [1, 2]",
        "`` | the manifest must be an object, is null",
        "nonsense | is damaged: ",
        "{\"schema_version\": \"1\"} | schema_version must be a whole number, is 1",
        "{\"schema_version\": 0} | schema_version must be a number from 1, is 0",
        "{\"schema_version\": 1, \"schema_version\": 1} | is damaged: Duplicate field",
        "{\"schema_version\": 1, \"weathers\": 5} | weathers must be an object, is 5",
        "{\"schema_version\": 1} {} | is damaged: something follows its end",
      })
  void refusesWhatIsNoManifest(String json, String message) throws IOException {
    refuses(json, message);
  }

  @Test
  void refusesNestingAndSizeWithoutEnd() throws IOException {
    refuses("[".repeat(100_000), " is damaged: ");
    refuses(" ".repeat(2 << 20), " bytes; a manifest has at most 1048576");
  }

  private void refuses(String json, String message) throws IOException {
    Files.writeString(folder.resolve("bundle.json"), json);
    assertThatThrownBy(() -> BundleManifest.read(folder))
        .isInstanceOf(BundleException.class)
        .hasMessageStartingWith(folder.resolve("bundle.json").toString())
        .hasMessageContaining(message);
  }
}
