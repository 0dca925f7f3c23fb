package io.deweather.samples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCommandTest {
  private final CapturedTerminal terminal = new CapturedTerminal();
  @TempDir Path folder;

  @Test
  @Tag("slow")
  void everyContenderIsMeasuredAndNamed() throws Exception {
    Path bundle = TestBundle.write(folder.resolve("bundle"));
    Path json = folder.resolve("bench.json");

    int code =
        terminal.run(
            "bench",
            "--bundle",
            bundle,
            "--size",
            "96x64",
            "--frames",
            60,
            "--soak",
            20,
            "--streams",
            2,
            "--sizes",
            "96x64,200x100",
            "--memory-limit",
            400,
            "--peers",
            "--json",
            json);

    assertThat(terminal.err()).doesNotContain("deweather:");
    assertThat(code).isZero();
    JsonNode result = new JsonMapper().readTree(json.toFile());
    for (String name :
        List.of("bare", "restore", "pipeline", "pipeline_decode", "pipeline_codec")) {
      measured(result.get(name));
      assertThat(result.get(name).get("frames").asInt()).isEqualTo(60);
    }
    JsonNode streams = result.get("streams");
    measured(streams.get("speed"));
    assertThat(streams.get("count").asInt()).isEqualTo(2);
    assertThat(streams.get("least_share").asDouble()).isBetween(0.01, 1.0);
    assertThat(result.get("bare").get("ratio").asDouble()).isEqualTo(1);
    for (String name : List.of("opencv_dnn", "libtorch", "naive_java", "onnxruntime_defaults")) {
      measured(result.get("peers").get(name));
    }
    assertThat(result.get("gflops").get("network").asDouble()).isPositive();
    assertThat(result.get("gflops").get("machine_peak").asDouble()).isPositive();
    JsonNode sizes = result.get("sizes");
    assertThat(sizes).hasSize(2);
    assertThat(sizes.get(0).get("memory_limit_mb").isNull()).isTrue();
    assertThat(sizes.get(1).get("memory_limit_mb").asInt()).isEqualTo(400);
    for (JsonNode set : sizes) {
      assertThat(set.get("speeds")).hasSize(2);
      assertThat(set.get("speeds").get(0).get("ratio").asDouble()).isEqualTo(1);
      assertThat(set.get("speeds").get(1).get("width").asInt()).isEqualTo(200);
      assertThat(set.get("speeds").get(1).get("ms_per_megapixel").asDouble()).isPositive();
    }
    if (Files.exists(Path.of("/proc/self/status"))) {
      assertThat(sizes.get(1).get("peak_rss_mb").asDouble()).isBetween(50.0, 400.0);
      assertThat(result.get("rss_mb").get("one_view").asDouble()).isBetween(50.0, 2000.0);
      assertThat(result.get("rss_mb").get("all_views").asDouble()).isPositive();
    }
    assertThat(terminal.out()).contains("pipeline, decode and encode", "libtorch");
  }

  @Test
  void aSizeThatIsNoneIsBadUsage() {
    assertThat(terminal.run("bench", "--size", "big", "--bundle", folder)).isEqualTo(2);

    assertThat(terminal.err()).contains("--size (big) must be WIDTHxHEIGHT");
  }

  @Test
  void aMemoryLimitGoesWithSizes() {
    assertThat(terminal.run("bench", "--memory-limit", 512, "--bundle", folder)).isEqualTo(2);

    assertThat(terminal.err()).contains("--memory-limit goes with --sizes");
  }

  private static void measured(JsonNode speed) {
    assertThat(speed.get("fps").asDouble()).isPositive();
    JsonNode heap = speed.get("heap_bytes_per_frame");
    assertThat(heap.isNull() || heap.asLong() >= 0).as("heap of " + speed).isTrue();
    JsonNode latency = speed.get("latency_ms");
    assertThat(latency.get("p50").asDouble()).isPositive();
    assertThat(latency.get("p999").asDouble())
        .isBetween(latency.get("p50").asDouble(), latency.get("max").asDouble());
  }
}
