package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BundleTest {
  @TempDir Path temporary;
  private Path folder;

  @BeforeEach
  void copyTheGoldenBundle() {
    folder = GoldenBundle.copyTo(temporary.resolve("bundle"));
  }

  @Test
  void listsItsWeathersInTheOrderOfTheManifest() {
    Bundle bundle = Bundle.open(folder);
    assertThat(bundle.weathers()).containsExactly(Weather.RAIN, Weather.RAINDROP, Weather.SNOW);
    assertThat(bundle.graph(Weather.SNOW)).isEqualTo(folder.resolve("snow.onnx"));
    assertThat(bundle.folder()).isEqualTo(folder);
    assertThat(bundle.manifest().parameters()).isEqualTo(3484);
    assertThat(bundle).hasToString("Bundle[golden: rain, raindrop, snow; fp32; " + folder + "]");
  }

  @Test
  void unknownWeatherIsAnsweredWithTheKnownOnes() {
    Bundle bundle = Bundle.open(folder);
    assertThatThrownBy(() -> bundle.graph(new Weather("haze")))
        .isInstanceOf(BundleException.class)
        .hasMessage("bundle golden knows rain, raindrop, snow; it has no view for haze");
  }

  @ParameterizedTest
  @ValueSource(strings = {"weights.bin", "rain.onnx"})
  void refusesOneChangedByteNamingTheFile(String name) throws IOException {
    byte[] contents = Files.readAllBytes(folder.resolve(name));
    contents[contents.length / 2] ^= 1;
    Files.write(folder.resolve(name), contents);
    refuses(folder.resolve(name) + " is damaged: its SHA-256 is ");
  }

  @Test
  void refusesAFileOfAnotherSize() throws IOException {
    byte[] contents = Files.readAllBytes(folder.resolve("weights.bin"));
    Files.write(folder.resolve("weights.bin"), Arrays.copyOf(contents, 1000));
    refuses(
        folder.resolve("weights.bin") + " has 1000 bytes; the manifest says " + contents.length);
  }

  @Test
  void refusesAMissingFile() throws IOException {
    Files.delete(folder.resolve("weights.bin"));
    refuses(folder.resolve("weights.bin") + " is missing; the manifest lists it");
  }

  @Test
  void refusesAFolderWithoutManifest() {
    assertThatThrownBy(() -> Bundle.open(temporary.resolve("nowhere")))
        .isInstanceOf(BundleException.class)
        .hasMessage(temporary.resolve("nowhere") + " is no bundle: it has no bundle.json");
  }

  @Test
  void refusesTheManifestItself() {
    Path manifest = folder.resolve("bundle.json");
    assertThatThrownBy(() -> Bundle.open(manifest))
        .isInstanceOf(BundleException.class)
        .hasMessage(manifest + " is no bundle: it is no folder");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../outside.bin",
        "/etc/hostname",
        "a/../../b",
        "C:\\b",
        ".hidden",
        "a//b",
        "",
        "a b"
      })
  void refusesFileNamesThatAreNotPlainRelativePaths(String name) {
    refusesManifest(
        tree ->
            tree.withObject("files").putObject(name).put("bytes", 1).put("sha256", "0".repeat(64)),
        ": file name (" + name + ") must match ");
  }

  @Test
  void refusesAFileNameOfAnyLengthWithoutOverflow() {
    refusesManifest(
        tree ->
            tree.withObject("files")
                .putObject("a/".repeat(20_000) + "a")
                .put("bytes", 1)
                .put("sha256", "0".repeat(64)),
        ": a file name has at most 255 characters, not 40001");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void refusesALinkThatLeadsOut() throws IOException {
    Path outside = temporary.resolve("outside.bin");
    Files.move(folder.resolve("weights.bin"), outside);
    Files.createSymbolicLink(folder.resolve("weights.bin"), outside);
    refuses(folder.resolve("weights.bin") + " leads out of the bundle, to " + outside.toRealPath());
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void acceptsABundleBehindALink() throws IOException {
    Path link = Files.createSymbolicLink(temporary.resolve("link"), folder);
    assertThat(Bundle.open(link).weathers()).hasSize(3);
  }

  @Test
  void refusesAFolderInTheFilesPlace() throws IOException {
    Files.delete(folder.resolve("weights.bin"));
    Files.createDirectory(folder.resolve("weights.bin"));
    refuses(folder.resolve("weights.bin") + " is no regular file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/etc/passwd", "../weig.bin", "weights.bix", "./weigh.bin"})
  void refusesExternalDataThatTheManifestDoesNotList(String location) {
    GoldenBundle.replace(
        folder, "snow.onnx", GoldenBundle.withText(folder, "snow.onnx", "weights.bin", location));
    refuses(
        folder.resolve("snow.onnx")
            + ": tensor head.weight lies in '"
            + location
            + "', which the manifest does not list");
  }

  @Test
  void refusesATruncatedGraphWhoseHashIsRight() throws IOException {
    byte[] contents = Files.readAllBytes(folder.resolve("rain.onnx"));
    GoldenBundle.replace(folder, "rain.onnx", Arrays.copyOf(contents, contents.length / 2));
    refuses(folder.resolve("rain.onnx") + " is no sound ONNX graph: a field of ");
  }

  @Test
  void refusesAnEmptyGraph() {
    GoldenBundle.replace(folder, "rain.onnx", new byte[0]);
    refuses(folder.resolve("rain.onnx") + " is no ONNX model: it has no graph");
  }

  @Test
  void refusesAGraphThatIsNotAmongTheFiles() {
    refusesManifest(
        tree -> tree.withObject("weathers").put("haze", "haze.onnx"),
        ": graph haze.onnx is not among its files");
  }

  @Test
  void refusesASelectorThatIsNotAmongTheFiles() {
    refusesManifest(
        tree ->
            tree.putObject("selector")
                .put("file", "selector.onnx")
                .putArray("weathers")
                .add("rain"),
        ": graph selector.onnx is not among its files");
  }

  @Test
  void refusesAViewForClear() {
    refusesManifest(
        tree -> tree.withObject("weathers").put("clear", "rain.onnx"),
        ": clear means that nothing is to be removed; it can have no view");
  }

  @Test
  void refusesAWeatherIdThatIsNone() {
    refusesManifest(
        tree -> tree.withObject("weathers").put("Heavy Rain", "rain.onnx"),
        ": weather id (Heavy Rain) must match [a-z][a-z0-9_-]{0,31}");
  }

  @Test
  void refusesAHashThatIsNone() {
    refusesManifest(
        tree -> tree.withObject("files").withObject("rain.onnx").put("sha256", "ABC"),
        ": sha256 of rain.onnx must be 64 lower-case hexadecimal digits");
  }

  @Test
  void staysInsideItsLimits() {
    BundleLimits all = BundleLimits.DEFAULT;
    refuses(
        new BundleLimits(3, all.totalBytes(), all.graphBytes(), all.tensors(), all.nesting()),
        folder.resolve("bundle.json") + " lists 4 files; at most 3 are read");
    refuses(
        new BundleLimits(all.files(), 40_000, all.graphBytes(), all.tensors(), all.nesting()),
        folder.resolve("bundle.json") + " lists ");
    refuses(
        new BundleLimits(all.files(), all.totalBytes(), 2000, all.tensors(), all.nesting()),
        folder.resolve("rain.onnx") + " has ");
    refuses(
        new BundleLimits(all.files(), all.totalBytes(), all.graphBytes(), 7, all.nesting()),
        folder.resolve("rain.onnx") + " has more than 7 tensors");
  }

  @Test
  void manyWeathersOfOneGraphCostWhatOneDoes() {
    GoldenBundle.editManifest(
        folder,
        tree -> {
          for (int i = 0; i < 253; i++) {
            tree.withObject("weathers").put("rain" + i, "rain.onnx");
          }
        });
    BundleContents contents = BundleContents.read(folder, BundleLimits.DEFAULT);
    assertThat(contents.graphs()).hasSize(256);
    assertThat(contents.graphs().get(new Weather("rain252")).model())
        .isSameAs(contents.graphs().get(Weather.RAIN).model());
    refusesManifest(
        tree -> tree.withObject("weathers").put("haze", "rain.onnx"),
        " lists 257 weathers; at most 256 are read");
  }

  @Test
  void sizesThatOverflowAreOverTheLimit() {
    refusesManifest(
        tree -> {
          for (String name : new String[] {"a", "b", "c"}) {
            tree.withObject("files")
                .putObject(name)
                .put("bytes", Long.MAX_VALUE)
                .put("sha256", "0".repeat(64));
          }
        },
        " bytes of files; at most 1073741824 are read");
  }

  @Test
  void limitsHaveDocumentedDefaultsAndAreChecked() {
    assertThat(BundleLimits.DEFAULT)
        .isEqualTo(new BundleLimits(256, 1_073_741_824L, 67_108_864L, 100_000, 16));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BundleLimits(0, 1, 1, 1, 1))
        .withMessage("files (0) must be at least 1");
  }

  private void refuses(String message) {
    refuses(BundleLimits.DEFAULT, message);
  }

  private void refuses(BundleLimits limits, String message) {
    assertThatThrownBy(() -> Bundle.open(folder, limits))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining(message);
  }

  private void refusesManifest(Consumer<ObjectNode> edit, String message) {
    GoldenBundle.editManifest(folder, edit);
    refuses(folder.resolve("bundle.json") + "");
    refuses(message);
  }
}
