package io.deweather.samples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.deweather.Device;
import io.deweather.TensorRtOptions;
import io.deweather.TensorRtOptions.Size;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorAndWarmTest {
  @TempDir private static Path folder;
  private static Path bundle;

  private final CapturedTerminal terminal = new CapturedTerminal();

  @BeforeAll
  static void writeBundle() {
    bundle = TestBundle.write(folder.resolve("bundle"));
  }

  @Test
  void doctorPrintsALineForEachPartAndIsContentWithTheCpu() {
    int code = terminal.run("doctor", "--bundle", bundle, "--device", "cpu", "--seconds", "0");

    assertThat(terminal.err()).isEmpty();
    assertThat(code).isZero();
    for (String part :
        new String[] {"java", "cpu", "onnxruntime", "opencv", "ffmpeg", "bundle", "device"}) {
      assertThat(terminal.out()).containsPattern("(?m)^ok    " + part + " +\\S");
    }
    assertThat(terminal.out()).containsPattern("(?m)^(ok|--)    cuda +\\S");
    assertThat(terminal.out()).containsPattern("(?m)^ok    speed +rain, 1280x720: \\d+\\.\\d ");
  }

  @Test
  void doctorFailsForADeviceThatIsNotThereAndSaysWhatToDo() throws Exception {
    int code = terminal.run("doctor", "-b", bundle, "-d", "cuda:99", "--json", "-");

    assertThat(code).isEqualTo(1);
    JsonNode json = new JsonMapper().readTree(terminal.out());
    assertThat(json.get("works").asBoolean()).isFalse();
    assertThat(json.get("device").asText()).isEqualTo("cuda:99");
    assertThat(json.get("benchmark").isNull()).isTrue();
    assertThat(json.get("providers").get(0).asText()).isEqualTo("CPUExecutionProvider");
    assertThat(json.get("processor").get("processors").asInt())
        .isEqualTo(Runtime.getRuntime().availableProcessors());
    JsonNode last = json.get("checks").get(json.get("checks").size() - 1);
    assertThat(last.get("name").asText()).isEqualTo("device");
    assertThat(last.get("status").asText()).isEqualTo("failed");
    assertThat(last.get("finding").asText()).startsWith("cuda:99: ");
    assertThat(last.has("next_step")).isTrue();
    assertThat(terminal.err()).contains("FAIL  device        cuda:99: ");
  }

  @Test
  void warmRunsEveryViewAtEverySize() throws Exception {
    Path json = folder.resolve("warm.json");
    int code =
        terminal.run("warm", "-b", bundle, "-d", "cpu", "--sizes", "64x48,32x32", "--json", json);

    assertThat(terminal.err()).isEmpty();
    assertThat(code).isZero();
    JsonNode result = new JsonMapper().readTree(Files.readString(json)).get(0);
    assertThat(result.get("device").asText()).isEqualTo("cpu");
    assertThat(result.get("views")).hasSize(6);
    assertThat(result.get("views").get(1).get("weather").asText()).isEqualTo("rain");
    assertThat(result.get("views").get(1).get("width").asInt()).isEqualTo(32);
    assertThat(result.get("views").get(0).get("first_ms").asDouble()).isPositive();
    assertThat(terminal.out()).startsWith("cpu (CPU), open after ");
  }

  @Test
  void selfCheckFindsTheCpuEqualToItself() throws Exception {
    int code =
        terminal.run(
            "self-check",
            "-b",
            bundle,
            "-d",
            "cpu",
            "--frames",
            "1",
            "--streams",
            "2",
            "--json",
            "-");

    assertThat(code).isZero();
    JsonNode result = new JsonMapper().readTree(terminal.out()).get(0);
    assertThat(result.get("parity").get("most_levels").asInt()).isZero();
    assertThat(result.get("parity").get("least_psnr").isNull()).isTrue();
    assertThat(result.get("speeds")).hasSize(2);
    assertThat(result.get("speeds").get(1).get("size").get("width").asInt()).isEqualTo(1920);
    assertThat(result.get("speeds").get(0).get("p50_ms").asDouble()).isPositive();
    assertThat(result.get("speeds").get(0).get("outside_share").asDouble()).isBetween(0.0, 0.9);
    JsonNode batches = result.get("speeds").get(0).get("batches_frames_per_second");
    assertThat(batches.get("2").asDouble()).isPositive();
    assertThat(batches.get("4").asDouble()).isPositive();
    assertThat(terminal.err()).contains("equal").contains("1280x720");
  }

  @Test
  void badDevicesAndSizesAreBadUsage() {
    assertThat(terminal.run("doctor", "-b", bundle, "-d", "gpu")).isEqualTo(2);
    assertThat(terminal.err())
        .isEqualToIgnoringNewLines(
            "deweather: --device (gpu) must be auto, cpu, cuda, cuda:N, tensorrt or tensorrt:N,"
                + " N from 0 to 99");

    CapturedTerminal sizes = new CapturedTerminal();
    assertThat(sizes.run("warm", "-b", bundle, "--sizes", "64x48,big")).isEqualTo(2);
    assertThat(sizes.err())
        .isEqualToIgnoringNewLines(
            "deweather: --sizes: size (big) must be WIDTHxHEIGHT, as 1280x720");
  }

  @Test
  void enginesAreThoseOfOneSizeAlone() {
    Device tensorRt = Device.tensorRt(1);
    assertThat(DeviceOption.forFrames(tensorRt, new Size(800, 600)))
        .isEqualTo(Device.tensorRt(1, TensorRtOptions.DEFAULT.withSizes(new Size(800, 600))));
    assertThat(DeviceOption.forFrames(Device.auto(), new Size(800, 600))).isEqualTo(Device.auto());
  }
}
