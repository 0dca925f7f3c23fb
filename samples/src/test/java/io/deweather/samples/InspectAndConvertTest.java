package io.deweather.samples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.deweather.OpenCv;
import io.deweather.Weather;
import io.deweather.converter.BundleWriter;
import io.deweather.converter.Network;
import io.deweather.converter.Visibility;
import io.deweather.models.Networks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.imgcodecs.Imgcodecs;

class InspectAndConvertTest {
  private final CapturedTerminal terminal = new CapturedTerminal();
  @TempDir Path folder;

  @Test
  void aNetworkAndItsMasksBecomeABundleThatInspectDescribes() throws Exception {
    Network network = Networks.edge(3);
    Path onnx = folder.resolve("net.onnx");
    Path masks = folder.resolve("masks.safetensors");
    Path provenance = Files.writeString(folder.resolve("run.json"), "{\"run\": \"first\"}");
    Path quality =
        Files.writeString(folder.resolve("quality.json"), "{\"rain\": {\"psnr\": 28.5}}");
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
            provenance,
            "--quality",
            quality);
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
    assertThat(json.get("quality").get("rain").get("psnr").asDouble()).isEqualTo(28.5);
    assertThat(json.get("license").asText()).isEqualTo("Apache-2.0");
    assertThat(inspecting.err()).contains("GMAC for 256x256");
  }

  @Test
  void aBundleIsConvertedToOtherPrecisionsAndComparedWithItself() throws Exception {
    Network network = Networks.edge(1);
    Path single = folder.resolve("single");
    BundleWriter.builder(network, Visibility.common(List.of(Weather.RAIN), network)).write(single);
    OpenCv.load();
    Path frames = Files.createDirectory(folder.resolve("frames"));
    for (int i = 0; i < 3; i++) {
      Mat picture = new Mat(48, 64, CvType.CV_8UC3);
      Core.randu(picture, 0, 255);
      Imgcodecs.imwrite(frames.resolve(i + ".png").toString(), picture);
      picture.release();
    }
    for (String precision : List.of("fp16", "int8")) {
      Path out = folder.resolve(precision);
      List<Object> line = new ArrayList<>();
      line.addAll(List.of("convert", "--from", single, "--precision", precision, "--out", out));
      if (precision.equals("int8")) {
        line.addAll(List.of("--calibrate", frames));
      }
      CapturedTerminal converting = new CapturedTerminal();
      assertThat(converting.run(line.toArray())).as(converting.err()).isZero();
      assertThat(converting.out()).contains("parameters in " + precision);

      CapturedTerminal verifying = new CapturedTerminal();
      int code =
          verifying.run("verify", out, "--against", single, "--pairs", frames, "--json", "-");
      assertThat(code).as(verifying.err()).isZero();
      JsonNode comparison = new JsonMapper().readTree(verifying.out()).get("comparisons").get(0);
      assertThat(comparison.get("weather").asText()).isEqualTo("rain");
      assertThat(comparison.get("frames").asInt()).isEqualTo(3);
      assertThat(comparison.get("max").asInt()).isLessThan(255);
      assertThat(comparison.has("gain")).isFalse();
    }
  }

  /** As {@code /dev/stdout} is one. */
  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void aLinkIsWrittenToAndNotReplaced() throws Exception {
    Path bundle = TestBundle.write(folder.resolve("bundle"));
    Path written = Files.createFile(folder.resolve("written.json"));
    Path link = Files.createSymbolicLink(folder.resolve("link.json"), written);

    assertThat(terminal.run("inspect", bundle, "--json", link)).isZero();

    assertThat(link).isSymbolicLink();
    assertThat(new JsonMapper().readTree(written.toFile()).has("parameters")).isTrue();
  }

  @Test
  void oneViewIsWrittenAsAFileOfItsOwn() throws Exception {
    Path bundle = TestBundle.write(folder.resolve("bundle"));
    Path file = folder.resolve("rain.onnx");
    int code =
        terminal.run("convert", "--from", bundle, "--standalone", "rain", "--out", file, "--image");
    assertThat(code).as(terminal.err()).isZero();
    assertThat(Network.read(file).colourOrder()).isEqualTo(Network.ColourOrder.BGR);
    assertThat(terminal.run("convert", "--from", bundle, "--standalone", "fog", "--out", file))
        .isEqualTo(2);
    assertThat(terminal.err()).contains("--standalone (fog) must be one of [rain, raindrop, snow]");
  }

  @Test
  void refusesOptionsOfConvertThatDoNotGoTogether() {
    List<List<String>> lines =
        List.of(
            List.of("--precision", "fp8"),
            List.of("--precision", "int8"),
            List.of("--precision", "fp16", "--calibrate", "x"),
            List.of("--network", "x"),
            List.of("--size", "640x384"),
            List.of("--standalone", "rain", "--size", "640"),
            List.of("--standalone", "rain", "--precision", "fp16"));
    for (List<String> extra : lines) {
      List<Object> line = new ArrayList<>();
      line.addAll(List.of("convert", "--from", TestBundle.write(folder.resolve("bundle"))));
      line.addAll(List.of("--out", folder.resolve("out")));
      line.addAll(extra);
      CapturedTerminal refusing = new CapturedTerminal();
      assertThat(refusing.run(line.toArray())).as(extra.toString()).isEqualTo(2);
      assertThat(refusing.err().lines()).as(extra.toString()).hasSize(1);
      assertThat(folder.resolve("out")).doesNotExist();
    }
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
