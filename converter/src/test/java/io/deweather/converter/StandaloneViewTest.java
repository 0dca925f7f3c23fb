package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.deweather.BundleException;
import io.deweather.OpenCv;
import io.deweather.Weather;
import io.deweather.converter.VerificationReport.Check;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.dnn.Dnn;
import org.opencv.dnn.Net;

/**
 * Standalone files beside the bundle's graph of the same weather. Verifiers: plain ONNX Runtime for
 * the frame contract, OpenCV's DNN module for the image; tolerance one grey level.
 */
class StandaloneViewTest {
  @TempDir Path folder;
  private Path bundle;

  @BeforeEach
  void bake() {
    bundle = folder.resolve("bundle");
    Network network = Samples.network(1);
    Samples.bundle(network, Samples.visibility(network, 0.5, 2))
        .background(Samples.network(3))
        .write(bundle);
  }

  private StandaloneView rain() {
    return StandaloneView.of(BundleContents.read(bundle), Weather.RAIN);
  }

  @Test
  void isOneFileOfStandardOperators() throws Exception {
    Path file = folder.resolve("rain.onnx");
    rain().write(file);
    ModelProto model = ModelProto.parseFrom(Files.readAllBytes(file));
    assertThat(model.getFunctionsCount()).isZero();
    assertThat(model.getOpsetImportList())
        .singleElement()
        .satisfies(
            o -> {
              assertThat(o.getDomain()).isEmpty();
              assertThat(o.getVersion()).isEqualTo(17);
            });
    assertThat(model.getGraph().getNodeList()).extracting(NodeProto::getDomain).containsOnly("");
    assertThat(model.getGraph().getInitializerList())
        .extracting(TensorProto::getDataLocation)
        .containsOnly(TensorProto.DataLocation.DEFAULT);
    assertThat(folder.resolve("rain.onnx.part")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void ofFramesGivesWhatTheBundleGives(boolean fixedSize) {
    Path file = folder.resolve("rain.onnx");
    (fixedSize ? rain().size(51, 33) : rain()).write(file);
    ProbeFrame frame = ProbeFrame.of(33, 51);
    try (BakedView standalone = BakedView.open(file);
        BakedView baked = BakedView.open(bundle.resolve("rain.onnx"));
        BakedView other = BakedView.open(bundle.resolve("snow.onnx"))) {
      byte[] restored = standalone.restore(frame);
      assertThat(restored).isEqualTo(baked.restore(frame)).isNotEqualTo(other.restore(frame));
    }
  }

  @Test
  void ofAnImageIsANetworkToBakeAgain() {
    Path file = folder.resolve("rain.onnx");
    rain().contract(StandaloneView.Contract.IMAGE).write(file);
    Network network = Network.read(file);
    Samples.bundle(network, Samples.visibility(network, 0.5, 7)).write(folder.resolve("again"));
    assertThat(BundleVerifier.verify(folder.resolve("again")).checks()).allMatch(Check::passed);
  }

  @Test
  void ofImagesRunsInOpenCv() {
    OpenCv.load();
    int width = 52;
    int height = 36;
    Path file = folder.resolve("rain.onnx");
    rain().contract(StandaloneView.Contract.IMAGE).size(width, height).write(file);
    ProbeFrame frame = ProbeFrame.of(height, width);
    Mat bgr = new Mat(height, width, CvType.CV_8UC3);
    bgr.put(0, 0, frame.pixels());
    Net net = Dnn.readNetFromONNX(file.toString());
    net.setInput(
        Dnn.blobFromImage(bgr, 1 / 255.0, bgr.size(), new org.opencv.core.Scalar(0), true));
    float[] planes = new float[3 * height * width];
    net.forward().reshape(1, 1).get(0, 0, planes);
    byte[] restored = new byte[planes.length];
    for (int i = 0; i < height * width; i++) {
      for (int c = 0; c < 3; c++) {
        float value = planes[(2 - c) * height * width + i];
        restored[3 * i + c] = (byte) Math.rint(255 * Math.max(0, Math.min(1, value)));
      }
    }
    try (BakedView baked = BakedView.open(bundle.resolve("rain.onnx"))) {
      Difference difference = new Difference();
      difference.add(baked.restore(frame), restored);
      assertThat(difference.max()).isLessThanOrEqualTo(1);
      assertThat(difference.mean()).isLessThan(0.01);
    }
  }

  @Test
  void refusesAnImageSizeThatTheNetworkDoesNotTake() {
    StandaloneView view = rain().contract(StandaloneView.Contract.IMAGE).size(50, 36);
    assertThatThrownBy(view::model)
        .isInstanceOf(BundleException.class)
        .hasMessage("an image of 50x36 does not fit: width and height must be multiples of 4");
    assertThatThrownBy(() -> rain().size(8, 36))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("size (8x36) must be at least 16x16");
  }

  @Test
  void refusesAWeatherWithoutAViewAndABundleInAnotherPrecision() {
    BundleContents contents = BundleContents.read(bundle);
    assertThatThrownBy(() -> StandaloneView.of(contents, new Weather("haze")))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("weather haze has no view; there is [rain, raindrop, snow]");
    Path half = folder.resolve("half");
    BundleWriter.from(bundle).precision(Precision.FP16).write(half);
    assertThatThrownBy(() -> StandaloneView.of(BundleContents.read(half), Weather.RAIN))
        .isInstanceOf(BundleException.class)
        .hasMessage("bundle sample is fp16; a standalone file is made from a bundle in fp32");
  }
}
