package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import io.deweather.OnnxRestorer;
import io.deweather.OpenCv;
import io.deweather.Weather;
import io.deweather.converter.Network.ColourOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.opencv.core.CvType;
import org.opencv.core.Mat;

/**
 * Baked views against two independent verifiers: OpenCV's engine and ONNX Runtime without its
 * optimiser, both on a plain network masked in Java. Tolerance: one grey level a pixel, 0.01 on
 * average.
 */
class BakedViewTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"false,RGB,4", "true,RGB,4", "false,BGR,1", "true,BGR,7", "false,RGB,32"})
  void givesWhatTheMaskedNetworkGives(boolean overBase, ColourOrder order, int multiple) {
    Network network =
        multiple == 4 ? Samples.network(1, 16, order) : Samples.singleLayer(multiple, order);
    Network base =
        multiple == 4
            ? Samples.network(2, 16, order)
            : network.withParameters(
                java.util.Map.of("only.bias", new float[] {0.2f, -0.1f, 0.3f}));
    Visibility visibility = Samples.visibility(network, 0.6, 3);
    Path bundle = folder.resolve("bundle");
    BundleWriter writer = Samples.bundle(network, visibility);
    if (overBase) {
      writer.background(base);
    }
    writer.write(bundle);
    for (Weather weather : Samples.WEATHERS) {
      Network masked = MaskedNetwork.masked(network, visibility, weather, overBase ? base : null);
      try (BakedView view = BakedView.open(bundle.resolve(weather + ".onnx"))) {
        for (int[] size : new int[][] {{16, 16}, {17, 31}, {64, 48}, {51, 90}}) {
          ProbeFrame frame = ProbeFrame.of(size[0], size[1]);
          byte[] actual = view.restore(frame);
          for (ReferenceEngine engine :
              List.of(new ReferenceEngine.OpenCvEngine(), new ReferenceEngine.PlainRuntime())) {
            Difference difference = new Difference();
            difference.add(new MaskedNetwork(masked, engine).restore(frame), actual);
            assertThat(difference.max()).as("%s at %dx%d", engine, size[1], size[0]).isLessThan(2);
            assertThat(difference.mean()).isLessThan(0.01);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void showsParametersThatSeveralWeathersSeeAndHidesThoseThatNoneSees(boolean overBase) {
    Network network = Samples.network(1);
    Network base = Samples.network(2);
    Visibility visibility = Samples.anyVisibility(network, 3);
    BundleWriter writer = Samples.bundle(network, visibility);
    (overBase ? writer.background(base) : writer).write(folder.resolve("bundle"));
    ProbeFrame frame = ProbeFrame.of(40, 52);
    for (Weather weather : Samples.WEATHERS) {
      Network masked = MaskedNetwork.masked(network, visibility, weather, overBase ? base : null);
      try (BakedView view = BakedView.open(folder.resolve("bundle").resolve(weather + ".onnx"))) {
        Difference difference = new Difference();
        difference.add(
            new MaskedNetwork(masked, new ReferenceEngine.PlainRuntime()).restore(frame),
            view.restore(frame));
        assertThat(difference.max()).isLessThan(2);
        assertThat(difference.mean()).isLessThan(0.01);
      }
    }
    Visibility read = BundleContents.read(folder.resolve("bundle")).visibility();
    for (String tensor : visibility.tensors()) {
      assertThat(read.bits(tensor)).isEqualTo(visibility.bits(tensor));
    }
  }

  @Test
  void bothVerifiersAgreeOnEveryOperatorThatOpenCvIsTrustedWith() {
    Network network = Samples.otherOperators(6);
    Set<String> used =
        Stream.of(network, Samples.network(1))
            .flatMap(n -> n.model().getGraph().getNodeList().stream())
            .map(NodeProto::getOpType)
            .collect(Collectors.toSet());
    assertThat(used).containsExactlyInAnyOrderElementsOf(ReferenceEngine.OpenCvEngine.OPERATORS);
    ProbeFrame frame = ProbeFrame.of(50, 70);
    Difference difference = new Difference();
    difference.add(
        new MaskedNetwork(network, new ReferenceEngine.OpenCvEngine()).restore(frame),
        new MaskedNetwork(network, new ReferenceEngine.PlainRuntime()).restore(frame));
    assertThat(difference.max()).isLessThan(2);
    assertThat(difference.mean()).isLessThan(0.01);
  }

  @Test
  void anIdentityNetworkReturnsEveryGreyLevelUnchanged() {
    Network network =
        Samples.singleLayer(8, ColourOrder.RGB)
            .withParameters(
                java.util.Map.of("only.weight", new float[81], "only.bias", new float[3]));
    Path bundle = folder.resolve("bundle");
    Samples.bundle(network, Visibility.common(Samples.WEATHERS, network)).write(bundle);
    byte[] levels = new byte[16 * 17 * 3];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = (byte) i;
    }
    try (BakedView view = BakedView.open(bundle.resolve("snow.onnx"))) {
      assertThat(view.restore(new ProbeFrame(16, 17, levels))).isEqualTo(levels);
    }
  }

  @Test
  void roundsTiesToEvenAndClips() {
    float[] bias = {0.5f / 255, 1.5f / 255, 2};
    Network network =
        Samples.singleLayer(1, ColourOrder.BGR)
            .withParameters(java.util.Map.of("only.weight", new float[81], "only.bias", bias));
    Path bundle = folder.resolve("bundle");
    Samples.bundle(network, Visibility.common(Samples.WEATHERS, network)).write(bundle);
    try (BakedView view = BakedView.open(bundle.resolve("rain.onnx"))) {
      byte[] restored = view.restore(new ProbeFrame(16, 16, new byte[16 * 16 * 3]));
      assertThat(restored).startsWith(0, 2, 255).endsWith(0, 2, 255);
    }
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void masksAreFoldedWhenTheGraphIsLoaded(boolean overBase) throws Exception {
    Network network = Samples.network(1);
    Path bundle = folder.resolve("bundle");
    BundleWriter writer = Samples.bundle(network, Samples.visibility(network, 0.5, 2));
    if (overBase) {
      writer.background(Samples.network(9));
    }
    writer.write(bundle);
    assertThat(operators(bundle.resolve("rain.onnx")))
        .contains("MaskedView" + (overBase ? "Over" : ""));
    for (OrtSession.SessionOptions.OptLevel level :
        List.of(
            OrtSession.SessionOptions.OptLevel.BASIC_OPT,
            OrtSession.SessionOptions.OptLevel.ALL_OPT)) {
      Path optimised = folder.resolve("optimised.onnx");
      try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
        options.setOptimizationLevel(level);
        options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
        options.setOptimizedModelFilePath(optimised.toString());
        OrtEnvironment.getEnvironment()
            .createSession(bundle.resolve("rain.onnx").toString(), options)
            .close();
      }
      assertThat(operators(optimised))
          .contains("Conv")
          .doesNotContain(
              "MaskedView",
              "MaskedViewOver",
              "FrameIn",
              "FrameOut",
              "BitShift",
              "Where",
              "CumSum",
              "GatherElements",
              "Not",
              "Or",
              "Reshape",
              "Split",
              "UnpackBits",
              "Places",
              "Seen",
              "Underlay");
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void theRuntimeGivesWhatTheGraphGives(Precision precision) {
    Network network = Samples.network(1);
    Path bundle = folder.resolve("bundle");
    Samples.bundle(network, Samples.visibility(network, 0.5, 2))
        .background(Samples.network(2))
        .precision(precision)
        .calibration(FrameSet.synthetic(Samples.WEATHERS))
        .write(bundle);
    ProbeFrame frame = ProbeFrame.of(45, 77);
    OpenCv.load();
    Mat image = new Mat(45, 77, CvType.CV_8UC3);
    image.put(0, 0, frame.pixels());
    Mat target = new Mat();
    try (OnnxRestorer restorer = OnnxRestorer.open(bundle)) {
      for (Weather weather : Samples.WEATHERS) {
        restorer.restore(image, target, weather);
        byte[] restored = new byte[frame.pixels().length];
        target.get(0, 0, restored);
        try (BakedView view = BakedView.open(bundle.resolve(weather + ".onnx"))) {
          assertThat(restored).isEqualTo(view.restore(frame));
        }
      }
    } finally {
      image.release();
      target.release();
    }
  }

  @Test
  void aNetworkWhoseValuesAreNamedLikeTheFrameContractIsRenamed() {
    Network network = Samples.network(4);
    ModelProto.Builder model = network.model().toBuilder();
    var graph = model.getGraphBuilder();
    graph.getInputBuilder(0).setName("frame");
    graph.getOutputBuilder(0).setName("restored");
    for (NodeProto.Builder node : graph.getNodeBuilderList()) {
      for (int i = 0; i < node.getInputCount(); i++) {
        node.setInput(i, node.getInput(i).replaceAll("^" + network.inputName() + "$", "frame"));
      }
      for (int i = 0; i < node.getOutputCount(); i++) {
        node.setOutput(
            i, node.getOutput(i).replaceAll("^" + network.outputName() + "$", "restored"));
      }
    }
    Path bundle = folder.resolve("bundle");
    Visibility visibility = Samples.visibility(network, 0.5, 2);
    Samples.bundle(Network.of(model.build()), visibility).write(bundle);
    Path plain = folder.resolve("plain");
    Samples.bundle(network, visibility).write(plain);
    ProbeFrame frame = ProbeFrame.of(20, 30);
    try (BakedView renamed = BakedView.open(bundle.resolve("rain.onnx"));
        BakedView original = BakedView.open(plain.resolve("rain.onnx"))) {
      assertThat(renamed.restore(frame)).isEqualTo(original.restore(frame));
    }
    assertThat(BundleContents.read(bundle).network().inputName()).isEqualTo("network_frame");
  }

  @Test
  void readsBackNetworkVisibilityAndBackground() {
    Network network = Samples.network(1);
    Network base = Samples.network(2);
    Visibility visibility = Samples.withCommon(Samples.visibility(network, 0.5, 2), "body.weight");
    Path bundle = folder.resolve("bundle");
    Samples.bundle(network, visibility).background(base).write(bundle);
    BundleContents contents = BundleContents.read(bundle);
    assertThat(contents.network().parameters().keySet())
        .containsExactlyElementsOf(network.parameters().keySet());
    assertThat(contents.visibility().weathers()).isEqualTo(Samples.WEATHERS);
    for (String tensor : visibility.tensors()) {
      float[] theta = network.parameters().get(tensor).values();
      assertThat(contents.network().parameters().get(tensor).values()).isEqualTo(theta);
      assertThat(contents.visibility().bits(tensor)).isEqualTo(visibility.bits(tensor));
      float[] under = base.parameters().get(tensor).values().clone();
      for (int i = 0; i < under.length; i++) {
        under[i] = visibility.bits(tensor)[i] == 7 ? theta[i] : under[i];
      }
      assertThat(contents.background().orElseThrow().parameters().get(tensor).values())
          .isEqualTo(under);
    }
    assertThat(contents.network().multiple()).isEqualTo(4);
    Path again = folder.resolve("again");
    Samples.bundle(contents.network(), contents.visibility())
        .background(contents.background().orElseThrow())
        .write(again);
    assertThat(again.resolve("weights.bin")).hasSameBinaryContentAs(bundle.resolve("weights.bin"));
    Path zero = folder.resolve("zero");
    Samples.bundle(network, visibility).write(zero);
    assertThat(BundleContents.read(zero).background()).isEqualTo(Optional.empty());
  }

  private static Set<String> operators(Path graph) throws Exception {
    ModelProto model = ModelProto.parseFrom(Files.readAllBytes(graph));
    return model.getGraph().getNodeList().stream()
        .map(NodeProto::getOpType)
        .collect(Collectors.toSet());
  }
}
