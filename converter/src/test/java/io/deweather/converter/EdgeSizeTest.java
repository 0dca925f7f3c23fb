package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;

import io.deweather.Weather;
import io.deweather.converter.Network.Parameter;
import io.deweather.converter.VerificationReport.Check;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Precisions of a network as large and as deep as the ones that ship: 1.33 million parameters. */
@Tag("slow")
class EdgeSizeTest {
  private static final int[] CHANNELS = {16, 32, 64, 96, 128};
  @TempDir Path folder;
  private Path single;

  @BeforeEach
  void bake() {
    Network network = network();
    single = folder.resolve("single");
    Samples.bundle(network, Samples.visibility(network, 0.2, 2)).write(single);
  }

  @Test
  void halfPrecisionTakesAtMostThreeFifthsAndKeepsTheCpusGraph() throws Exception {
    Path half = folder.resolve("half");
    BundleWriter.from(single).precision(Precision.FP16).write(half);
    assertThat((double) bytes(half) / bytes(single)).isLessThan(0.6);
    assertThat(OptimisedGraph.of(half.resolve("rain.onnx"), folder).operators())
        .isEqualTo(OptimisedGraph.of(single.resolve("rain.onnx"), folder).operators());
    assertThat(BundleVerifier.verify(half, single, null).checks()).allMatch(Check::passed);
  }

  @Test
  void integersTakeAtMostTwoFifthsAndReachEveryConvolutionAndSum() throws Exception {
    Path integer = folder.resolve("integer");
    BundleWriter.from(single)
        .precision(Precision.INT8)
        .calibration(FrameSet.synthetic(Samples.WEATHERS))
        .target(0)
        .write(integer);
    assertThat((double) bytes(integer) / bytes(single)).isLessThan(0.4);
    for (Weather weather : Samples.WEATHERS) {
      Map<String, Integer> operators =
          OptimisedGraph.of(integer.resolve(weather + ".onnx"), folder).operators();
      assertThat(operators)
          .containsEntry("QLinearConv", 30)
          .containsEntry("QLinearAdd", 15)
          .doesNotContainKeys("Conv", "Add", "Where", "Relu", "Cast");
      // Around the SpaceToDepth that folds the frame, and nowhere else.
      assertThat(operators.get("QuantizeLinear")).isEqualTo(1);
      assertThat(operators.get("DequantizeLinear")).isEqualTo(1);
    }
    assertThat(BundleVerifier.verify(integer, single, null).checks()).allMatch(Check::passed);
  }

  private static long bytes(Path bundle) throws IOException {
    try (Stream<Path> files = Files.list(bundle)) {
      return files.mapToLong(f -> f.toFile().length()).sum();
    }
  }

  /** A residual U-network as it might be trained: random, its correction small. */
  private static Network network() {
    GraphBuilder g = new GraphBuilder("edge-size", 1);
    int levels = CHANNELS.length;
    String folded = g.spaceToDepth(g.input(), 2);
    String x = g.conv3("head", folded, 12, CHANNELS[0]);
    String[] skips = new String[levels];
    for (int level = 0; level < levels; level++) {
      if (level > 0) {
        x = g.relu(g.conv("down" + level, x, CHANNELS[level - 1], CHANNELS[level], 3, 2, 1));
      }
      x = block(g, "encoder" + level, x, CHANNELS[level]);
      x = level == levels - 1 ? block(g, "bottom", x, CHANNELS[level]) : x;
      skips[level] = x;
    }
    for (int level = levels - 2; level >= 0; level--) {
      String up = g.conv("up" + level, x, CHANNELS[level + 1], CHANNELS[level], 1, 1, 0.5);
      x = block(g, "decoder" + level, g.sum(skips[level], g.upsampleNearest2(up)), CHANNELS[level]);
    }
    String correction = g.conv("tail", x, CHANNELS[0], 12, 3, 1, 0.03);
    Network network =
        g.build(g.depthToSpace(g.sum(folded, correction), 2), 1 << levels, Network.ColourOrder.BGR);
    Map<String, float[]> biases = new LinkedHashMap<>();
    SplittableRandom random = new SplittableRandom(5);
    for (Parameter parameter : network.parameters().values()) {
      if (parameter.name().endsWith(".bias")) {
        float[] bias = new float[parameter.values().length];
        for (int i = 0; i < bias.length; i++) {
          bias[i] = (float) (0.02 * random.nextGaussian());
        }
        biases.put(parameter.name(), bias);
      }
    }
    return network.withParameters(biases);
  }

  private static String block(GraphBuilder g, String name, String x, int channels) {
    String inner = g.relu(g.conv3(name + ".conv0", x, channels, channels));
    return g.sum(x, g.conv(name + ".conv1", inner, channels, channels, 3, 1, 0.3));
  }
}
