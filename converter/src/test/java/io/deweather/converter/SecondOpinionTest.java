package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.ModelProto;
import io.deweather.OpenCv;
import io.deweather.converter.Network.ColourOrder;
import io.deweather.converter.SelectorGraph.Calibration;
import io.deweather.converter.SelectorGraph.Judgement;
import io.deweather.converter.SelectorGraph.Scaling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Scalar;

/**
 * The first answer's log-odds are {@code 10 b - 7} of a frame's brightness b, the second opinion's
 * {@code 4 c - 1} of its first channel c.
 */
class SecondOpinionTest {
  private static final int WIDE = 200;
  private static final float FAR = 100;

  @TempDir Path folder;

  @BeforeAll
  static void loadOpenCv() {
    OpenCv.load();
  }

  @ParameterizedTest
  @CsvSource({"0.42, false", "0.44, false", "0.46, true", "0.7, true", "0.88, true", "0.92, false"})
  void itIsAskedWhereTheFirstAnswerLeavesDoubt(float brightness, boolean asked) {
    float first = 10 * brightness - 7;
    assertThat(SecondOpinion.ASKED.isLeftBy(first)).isEqualTo(asked);
    float expected = asked ? 4 * brightness - 1 : first;
    for (int[] size : new int[][] {{360, 640}, {640, 360}, {16, 16}}) {
      Mat frame = new Mat(size[0], size[1], CvType.CV_32FC3, Scalar.all(255 * brightness));
      frame.convertTo(frame, CvType.CV_8U);
      assertThat(logOdds(model(ColourOrder.BGR), frame)).isCloseTo(expected, within(0.05f));
    }
  }

  @ParameterizedTest
  @CsvSource({"BGR, 0.8", "RGB, 0.6"})
  void itSeesTheColoursInTheOrderThatItsNetworkTakes(ColourOrder order, float channel) {
    Mat frame = new Mat(360, 640, CvType.CV_8UC3, new Scalar(255 * 0.8, 255 * 0.7, 255 * 0.6));
    assertThat(logOdds(model(order), frame)).isCloseTo(4 * channel - 1, within(0.05f));
  }

  @Test
  void whatTheHeadLearnsFromIsTheAnswerAndWhatIsSeenOrZerosWhereItIsNotAsked() {
    ModelProto examples =
        SelectorGraph.opinionFeatures(judgement(), sight(ColourOrder.BGR, SecondOpinion.PARTS));
    try (SelectorSession session = new SelectorSession(examples, 1)) {
      float[] doubt = session.run(grey(0.7f)).values();
      assertThat(doubt).hasSize(1 + SecondOpinion.PARTS);
      assertThat(doubt[0]).isCloseTo(0, within(0.05f));
      for (int part = 1; part < doubt.length; part++) {
        assertThat(doubt[part]).isCloseTo(0.7f, within(0.01f));
      }
      float[] none = session.run(grey(0)).values();
      assertThat(none[0]).isCloseTo(-7, within(0.05f));
      assertThat(Arrays.copyOfRange(none, 1, none.length)).containsOnly(0f);
    }
  }

  @Test
  void itsWeightsAreCountedAndStoredAsThoseOfTheFirst() throws IOException {
    Path file = folder.resolve("selector.onnx");
    Files.write(file, model(ColourOrder.BGR).toByteArray());
    Path compact = folder.resolve("compact.onnx");
    Files.write(compact, SelectorFile.read(file).bytes(Precision.INT8));
    long deep = 9L * WIDE * WIDE;
    assertThat(SelectorFile.stored(file)).containsKey("fp16").doesNotContainKey("int8");
    assertThat(SelectorFile.stored(file).get("fp16")).isGreaterThanOrEqualTo(deep);
    assertThat(SelectorFile.stored(compact)).containsEntry("int8", deep);
    assertThat(Files.size(compact)).isLessThan((long) (0.6 * Files.size(file)));
    assertThat(logOdds(SelectorFile.read(compact).model(), grey(0.7f)))
        .isCloseTo(1.8f, within(0.05f));
  }

  private static Mat grey(float brightness) {
    return new Mat(360, 640, CvType.CV_8UC3, Scalar.all(Math.round(255 * brightness)));
  }

  private static float logOdds(ModelProto model, Mat frame) {
    try (SelectorSession session = new SelectorSession(model, 1)) {
      float p = session.run(frame).values()[0];
      return (float) (Math.log(p) - Math.log1p(-p));
    }
  }

  private static ModelProto model(ColourOrder order) {
    int parts = SecondOpinion.PARTS;
    float[] weights = new float[1 + parts];
    Arrays.fill(weights, 1, weights.length, 4f / parts);
    SecondOpinion opinion =
        new SecondOpinion(
            new Judgement(
                sight(order, parts), scaling(1 + parts), head(weights, -1), Calibration.none(1)));
    return SelectorGraph.of(judgement(), List.of("rain"), opinion);
  }

  private static Judgement judgement() {
    int looks = SelectorGraph.LOOKS;
    float[] weights = new float[looks];
    Arrays.fill(weights, 10f / looks);
    GraphBuilder graph = new GraphBuilder("trunk", 1);
    String grey = graph.conv("grey", graph.globalAverage(graph.input()), 3, 1, 1, 1, 1);
    Network trunk =
        graph
            .buildNumbers(
                graph.reshape(grey, -1, looks, 1, 1), "features", ColourOrder.BGR, "n", looks, 1, 1)
            .withParameters(Map.of("grey.weight", new float[] {1 / 3f, 1 / 3f, 1 / 3f}));
    return new Judgement(trunk, scaling(looks), head(weights, -7), Calibration.none(1));
  }

  /** The mean of the first channel of each part, and a deep layer whose result is not used. */
  private static Network sight(ColourOrder order, int parts) {
    GraphBuilder graph = new GraphBuilder("sight", 1);
    String mean = graph.globalAverage(graph.input());
    String wide = graph.conv("wide", mean, 3, WIDE, 1, 1, 1);
    String deep = graph.conv("deep", wide, WIDE, WIDE, 3, 1, 1);
    String unused = graph.multiply(graph.part(deep, 1, 0, 1), graph.scalar(0));
    String first = graph.sum(graph.part(mean, 1, 0, 1), unused);
    return graph.buildNumbers(
        graph.reshape(first, -1, parts, 1, 1), "features", order, "n", parts, 1, 1);
  }

  private static Network head(float[] weights, float bias) {
    float[] scaled = new float[weights.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = FAR * weights[i];
    }
    GraphBuilder graph = GraphBuilder.ofFeatures("head", 1);
    String score = graph.conv("weigh", graph.input(), weights.length, 1, 1, 1, 0);
    return graph
        .buildNumbers(graph.reshape(score, -1, 1), "scores", ColourOrder.BGR, "n", 1)
        .withParameters(Map.of("weigh.weight", scaled, "weigh.bias", new float[] {bias}));
  }

  /** As good as none: features stay far below the bound, and the head takes it back. */
  private static Scaling scaling(int features) {
    float[] deviations = new float[features];
    Arrays.fill(deviations, FAR);
    return new Scaling(new float[features], deviations);
  }
}
