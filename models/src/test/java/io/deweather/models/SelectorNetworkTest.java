package io.deweather.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.deweather.converter.GraphBuilder;
import io.deweather.converter.Network;
import io.deweather.converter.Network.ColourOrder;
import io.deweather.converter.SecondOpinion;
import io.deweather.converter.SelectorGraph;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** The independent verifier is ONNX Runtime; the tolerance is 1e-4. */
class SelectorNetworkTest {
  private static final double TOLERANCE = 1e-4;

  @Test
  void theDetectorAgreesWithOnnxRuntime() throws OrtException {
    Network detector = GraphInterpreterTest.perturbed(SelectorNetworks.detector(3, 3));
    assertThat(agreed(detector, 2, 3, 64, 96)).hasSize(2 * 3 * 4 * 6);
  }

  @Test
  void theTrunkAgreesWithOnnxRuntime() throws OrtException {
    Network trunk =
        SelectorNetworks.trunk(GraphInterpreterTest.perturbed(SelectorNetworks.detector(3, 3)), 3);
    assertThat(agreed(trunk, 2 * SelectorGraph.LOOKS, 3, 64, 96))
        .hasSize(2 * SelectorNetworks.features(3));
  }

  @Test
  void theHeadAgreesWithOnnxRuntime() throws OrtException {
    assertThat(agreed(SelectorNetworks.head(3, 4), 5, SelectorNetworks.features(3), 1, 1))
        .hasSize(15);
  }

  @Test
  void theSightOfARestorationNetworkAgreesWithOnnxRuntime() throws OrtException {
    Network sight = SelectorNetworks.sight(GraphInterpreterTest.perturbed(Networks.edge(3)));
    assertThat(agreed(sight, 2 * SecondOpinion.PARTS, 3, 32, 64)).hasSize(2 * 2 * (21 + 2 * 544));
  }

  @Test
  void theSightTellsHowMuchOfAChangeIsNoEvenVeil() throws OrtException {
    float nothing = (float) Math.log(0.1);
    float[] same = seen(darkening(0, 0));
    float[] even = seen(darkening(20, 20));
    float[] rows = seen(darkening(20, 0));
    float[] brighter = seen(darkening(-20, -20));
    assertThat(same[0]).isCloseTo(nothing, within(1e-3f));
    assertThat(even[0]).isCloseTo((float) Math.log(400.1), within(1e-3f));
    assertThat(even[1]).isCloseTo(nothing, within(1e-2f));
    assertThat(even[2]).isCloseTo(even[0], within(1e-3f));
    assertThat(rows[0]).isCloseTo((float) Math.log(200.1), within(1e-3f));
    assertThat(rows[1]).isCloseTo((float) Math.log(100.1), within(1e-3f));
    assertThat(brighter[0]).isCloseTo(even[0], within(1e-3f));
    assertThat(brighter[2]).isCloseTo(nothing, within(1e-3f));
  }

  /** Takes grey levels off the even and off the odd rows. */
  private static Network darkening(float even, float odd) {
    GraphBuilder graph = new GraphBuilder("darkening", 1);
    String folded = graph.spaceToDepth(graph.input(), 2);
    String darker = graph.depthToSpace(graph.conv("darker", folded, 12, 12, 1, 1, 0), 2);
    float[] same = new float[144];
    float[] levels = new float[12];
    for (int i = 0; i < 12; i++) {
      same[13 * i] = 1;
      levels[i] = -(i < 6 ? even : odd) / 255;
    }
    return graph
        .build(darker, 2, ColourOrder.BGR)
        .withParameters(Map.of("darker.weight", same, "darker.bias", levels));
  }

  /** The first features of a grey frame: the means of the logarithms. */
  private static float[] seen(Network restorer) throws OrtException {
    float[] grey = new float[SecondOpinion.PARTS * 3 * 32 * 64];
    Arrays.fill(grey, 0.5f);
    return onnxRuntime(SelectorNetworks.sight(restorer), grey, SecondOpinion.PARTS, 3, 32, 64);
  }

  @Test
  void theTrunkSeesWithTheDetectorsOwnValues() {
    Network detector = SelectorNetworks.detector(2, 9);
    Network trunk = SelectorNetworks.trunk(detector, 2);
    assertThat(trunk.parameters()).hasSameSizeAs(detector.parameters());
    trunk
        .parameters()
        .forEach(
            (name, parameter) ->
                assertThat(parameter.values()).isEqualTo(detector.parameters().get(name).values()));
  }

  @Test
  void plattScalingFindsTheLogisticLawBehindLabels() {
    Random random = new Random(3);
    int count = 20_000;
    float[] scores = new float[count];
    float[] labels = new float[count];
    float[] weights = new float[count];
    for (int i = 0; i < count; i++) {
      scores[i] = (float) (3 * random.nextGaussian());
      double p = 1 / (1 + Math.exp(-0.7 * scores[i] + 1.5));
      labels[i] = random.nextDouble() < p ? 1 : 0;
      weights[i] = 1;
      if (i % 10 == 0) {
        labels[i] = 1 - labels[i];
        weights[i] = 0;
      }
    }
    PlattScaling fit = PlattScaling.fit(scores, labels, weights);
    assertThat(fit.slope()).isCloseTo(0.7, within(0.03));
    assertThat(fit.offset()).isCloseTo(-1.5, within(0.06));
    assertThat(fit.logOdds()).isBetween(-1.0, -0.5);
  }

  @Test
  void plattScalingStaysFiniteWhereScoresTellEverything() {
    float[] scores = {-40, -30, -20, 25, 35, 45};
    float[] labels = {0, 0, 0, 1, 1, 1};
    PlattScaling fit = PlattScaling.fit(scores, labels, new float[] {1, 1, 1, 1, 1, 1});
    assertThat(fit.slope()).isBetween(0.05, 1.0);
    assertThat(fit.offset()).isBetween(-3.0, 3.0);
  }

  private static float[] agreed(Network network, long... shape) throws OrtException {
    int size = 1;
    for (long n : shape) {
      size *= (int) n;
    }
    float[] input = new float[size];
    Random random = new Random(1);
    for (int i = 0; i < size; i++) {
      input[i] = random.nextFloat();
    }
    float[] expected = onnxRuntime(network, input, shape);
    float[] actual = interpreter(network, input, shape);
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i]).isCloseTo(expected[i], within((float) TOLERANCE));
    }
    return actual;
  }

  private static float[] interpreter(Network network, float[] input, long... shape) {
    FlatParameters parameters = new FlatParameters(network, new Device("cpu"));
    GradMode.set_enabled(false);
    try {
      GraphInterpreter interpreter = new GraphInterpreter(network, GraphInterpreter.Precision.FP32);
      return FlatParameters.floats(
          interpreter.evaluate(Tensor.create(input, shape), parameters.leaves()));
    } finally {
      GradMode.set_enabled(true);
    }
  }

  private static float[] onnxRuntime(Network network, float[] input, long... shape)
      throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(network.model().toByteArray());
        OnnxTensor tensor = OnnxTensor.createTensor(environment, FloatBuffer.wrap(input), shape);
        OrtSession.Result result = session.run(Map.of(network.inputName(), tensor))) {
      FloatBuffer values = ((OnnxTensor) result.get(0)).getFloatBuffer();
      float[] output = new float[values.remaining()];
      values.get(output);
      return output;
    }
  }
}
