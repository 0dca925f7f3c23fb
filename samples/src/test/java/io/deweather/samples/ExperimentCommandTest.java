package io.deweather.samples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.deweather.converter.GraphBuilder;
import io.deweather.converter.Network.ColourOrder;
import io.deweather.samples.scene.RoadScene;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.Mat;

@Tag("slow")
class ExperimentCommandTest {
  @TempDir Path folder;
  private Path clean;
  private Path network;
  private Path out;

  @BeforeEach
  void drawPicturesAndNetwork() throws Exception {
    clean = Files.createDirectory(folder.resolve("clean"));
    out = folder.resolve("experiment");
    try (RoadScene scene = new RoadScene(128, 96)) {
      Mat frame = new Mat();
      for (int i = 0; i < 18; i++) {
        scene.draw(10 * i, frame);
        Media.write(frame, clean.resolve("road%02d.png".formatted(i)));
      }
    }
    Path few = Files.createDirectory(folder.resolve("few"));
    for (int i = 0; i < 3; i++) {
      String name = "road%02d.png".formatted(i);
      Files.copy(clean.resolve(name), few.resolve(name));
    }
    for (String weather : List.of("rain", "raindrop", "snow")) {
      Path pairs = folder.resolve("pairs").resolve(weather);
      Files.createDirectories(pairs);
      int code =
          new CapturedTerminal()
              .run("synthesize", "--clean", few, "--weather", weather, "--out", pairs);
      assertThat(code).isZero();
    }
    GraphBuilder graph = new GraphBuilder("tiny", 1);
    String folded = graph.spaceToDepth(graph.input(), 2);
    String inner = graph.relu(graph.conv3("first", folded, 12, 16));
    String result = graph.sum(folded, graph.conv("second", inner, 16, 12, 3, 1, 0.1));
    network = folder.resolve("tiny.onnx");
    graph.build(graph.depthToSpace(result, 2), 2, ColourOrder.BGR).write(network);
  }

  @Test
  void everyRunIsTrainedMeasuredAndReportedOnce() throws Exception {
    CapturedTerminal terminal = new CapturedTerminal();
    assertThat(run(terminal)).as(terminal.err()).isZero();

    JsonNode results = new JsonMapper().readTree(out.resolve("results.json").toFile());
    List<String> methods = new ArrayList<>();
    for (JsonNode run : results.get("runs")) {
      methods.add(run.get("variant").get("method").asText());
      assertThat(run.get("quality").get("snow").get("psnr").asDouble()).isBetween(8.0, 60.0);
    }
    assertThat(methods)
        .containsExactly(
            "START",
            "JOINT",
            "GRADIENT",
            "GRADIENT",
            "RANDOM",
            "STRONGEST",
            "SEPARATE",
            "GRADIENT",
            "GRADIENT",
            "RANDOM",
            "STRONGEST");
    JsonNode gradient = results.get("runs").get(2);
    JsonNode random = results.get("runs").get(4);
    assertThat(random.get("masks").get("specific"))
        .as("random masks are of the same sizes")
        .isEqualTo(gradient.get("masks").get("specific"));
    assertThat(gradient.get("masks").get("layers").get("first").asDouble()).isBetween(0.01, 0.9);
    assertThat(results.get("overlap").get("1").get("0.6").asDouble()).isBetween(0.01, 1.0);

    String table = Files.readString(out.resolve("table.md"));
    assertThat(table).isEqualTo(terminal.out());
    assertThat(table)
        .contains("| (a) joint training only |")
        .contains("| (c) gradient masks, background base | 0.6 | 1 |")
        .contains("| (f) gradient masks, the strongest claim, background base | 0.8 | 1 |")
        .contains("| (e) three networks |");
    DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(out.resolve("plot.svg").toFile());

    Path bundle = out.resolve("joint-seed1/bundle/bundle.json");
    FileTime before = Files.getLastModifiedTime(bundle);
    Files.delete(out.resolve("separate-seed1/result.json"));
    CapturedTerminal second = new CapturedTerminal();
    assertThat(run(second)).as(second.err()).isZero();
    assertThat(second.out()).isEqualTo(table);
    assertThat(Files.getLastModifiedTime(bundle)).isEqualTo(before);
    assertThat(second.err()).contains("run separate-seed1").doesNotContain("run joint-seed1");

    CapturedTerminal third = new CapturedTerminal();
    assertThat(run(third, "--crops", 1)).isEqualTo(1);
    assertThat(third.err()).contains("holds an experiment with crops 2, not 1");
  }

  private int run(CapturedTerminal terminal, Object... more) {
    List<Object> words =
        new ArrayList<>(
            List.of("experiment", "--network", network, "--clean", clean, "--out", out));
    words.addAll(List.of("--pairs", folder.resolve("pairs"), "--limit", 2, "--seeds", "1"));
    words.addAll(List.of("--quantiles", "0.6,0.8", "--steps", 6, "--measure-batches", 4));
    words.addAll(List.of("--side", 64, "--threads", 1));
    words.addAll(more.length == 0 ? List.of("--crops", 2) : List.of(more));
    return terminal.run(words.toArray());
  }
}
