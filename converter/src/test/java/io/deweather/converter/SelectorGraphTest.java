package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import io.deweather.OpenCv;
import io.deweather.converter.Network.ColourOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Rect;
import org.opencv.core.Scalar;

class SelectorGraphTest {
  @BeforeAll
  static void loadOpenCv() {
    OpenCv.load();
  }

  @ParameterizedTest
  @CsvSource({"16, 16", "17, 33", "24, 500", "500, 24", "360, 640", "1081, 607"})
  void givesAProbabilityForEachWeatherAtEverySize(int height, int width) {
    try (SelectorSession session =
        new SelectorSession(Samples.selector(List.of("rain", "snow"), 0, 0), 1)) {
      float[] dark = session.run(filled(height, width, 20)).values();
      float[] light = session.run(filled(height, width, 220)).values();
      assertThat(dark).hasSize(2);
      for (int w = 0; w < 2; w++) {
        assertThat(dark[w]).isBetween(0f, 1f);
        assertThat(light[w]).isNotEqualTo(dark[w]);
      }
    }
  }

  @Test
  void aPartIsRenamedWithEveryValueOfANodeThatGivesSeveral() {
    Network part = SelfEnsemble.of(Samples.network(1));
    ModelProto renamed = SelectorGraph.prefixed(part.model(), "asked/", "seen");
    Set<String> known = new HashSet<>(Set.of("", "seen"));
    renamed.getGraph().getInitializerList().forEach(t -> known.add(t.getName()));
    for (NodeProto node : renamed.getGraph().getNodeList()) {
      assertThat(known).as(node.getOpType()).containsAll(node.getInputList());
      known.addAll(node.getOutputList());
    }
    assertThat(known).contains("asked/" + part.outputName()).doesNotContain(part.outputName());
  }

  @Test
  void theFirstLooksAreTheQuartersOfTheFrame() {
    for (int quarter = 0; quarter < 4; quarter++) {
      Mat frame = filled(360, 640, 0);
      frame.submat(new Rect(quarter % 2 * 320, quarter / 2 * 180, 320, 180)).setTo(Scalar.all(255));
      float[] means = means(frame);
      for (int look = 0; look < 4; look++) {
        assertThat(means[look]).isCloseTo(look == quarter ? 1 : 0, within(1e-5f));
      }
    }
  }

  @Test
  void theOtherLooksArePartsAtFullResolution() {
    Mat frame = filled(1080, 1920, 0);
    // Every second column: reduced it is grey or nothing, in a part exactly half is white.
    for (int x = 0; x < frame.cols(); x += 2) {
      frame.col(x).setTo(Scalar.all(255));
    }
    float[] means = means(frame);
    for (int look = 4; look < SelectorGraph.LOOKS; look++) {
      assertThat(means[look]).isCloseTo(0.5f, within(1e-5f));
    }
  }

  @Test
  void aFrameSmallerThanALookIsContinuedByItsEdges() {
    float[] means = means(filled(16, 16, 102));
    for (float mean : means) {
      assertThat(mean).isCloseTo(0.4f, within(1e-4f));
    }
  }

  @ParameterizedTest
  @CsvSource({"200, 200", "102, 102", "51, 102", "20, 80", "0, 0"})
  void aDarkFrameIsBrightenedToAUsualLightButNotMoreThanFourfold(int grey, int seen) {
    for (float mean : means(filled(360, 640, grey))) {
      assertThat(mean).isCloseTo(seen / 255f, within(1e-4f));
    }
  }

  @Test
  void whatIsBrightInADarkFrameBecomesWhiteAtMost() {
    Mat frame = filled(360, 640, 4);
    frame.submat(new Rect(0, 0, 160, 90)).setTo(Scalar.all(230));
    float[] means = means(frame);
    assertThat(means[0]).isBetween(0.25f, 0.3f);
  }

  /** The mean brightness of each look. */
  private static float[] means(Mat frame) {
    GraphBuilder g = new GraphBuilder("means", 1);
    String grey = g.conv("grey", g.globalAverage(g.input()), 3, 1, 1, 1, 1);
    Network trunk =
        g.buildNumbers(
            g.reshape(grey, -1, SelectorGraph.LOOKS, 1, 1),
            "features",
            ColourOrder.BGR,
            "n",
            SelectorGraph.LOOKS,
            1,
            1);
    float third = 1 / 3f;
    Network exact = trunk.withParameters(Map.of("grey.weight", new float[] {third, third, third}));
    try (SelectorSession session = new SelectorSession(SelectorGraph.features(exact), 1)) {
      return session.run(frame).values();
    }
  }

  private static Mat filled(int height, int width, int level) {
    return new Mat(height, width, CvType.CV_8UC3, Scalar.all(level));
  }
}
