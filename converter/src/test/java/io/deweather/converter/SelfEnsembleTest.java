package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.deweather.BundleException;
import io.deweather.BundleManifest;
import io.deweather.Weather;
import io.deweather.converter.ReferenceEngine.PlainRuntime;
import io.deweather.converter.VerificationReport.Check;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SelfEnsembleTest {
  private static final int HEIGHT = 12;
  private static final int WIDTH = 20;

  @TempDir Path folder;

  private final Network network = Samples.network(1);

  @Test
  void givesTheMeanOfAPictureAndItsMirrorImage() {
    SplittableRandom random = new SplittableRandom(1);
    float[] image = new float[3 * HEIGHT * WIDTH];
    for (int i = 0; i < image.length; i++) {
      image[i] = (float) random.nextDouble();
    }
    float[] restored = run(network, image);
    float[] mirrored = mirrored(run(network, mirrored(image)));

    float[] ensemble = run(SelfEnsemble.of(network), image);

    for (int i = 0; i < image.length; i++) {
      assertThat(ensemble[i]).isCloseTo((restored[i] + mirrored[i]) / 2, within(1e-5f));
    }
    assertThat(restored).isNotEqualTo(mirrored);
  }

  private static float[] run(Network network, float[] image) {
    return new PlainRuntime().run(network.sized(HEIGHT, WIDTH), image, HEIGHT, WIDTH);
  }

  private static float[] mirrored(float[] image) {
    float[] mirrored = new float[image.length];
    for (int row = 0; row < 3 * HEIGHT; row++) {
      for (int column = 0; column < WIDTH; column++) {
        mirrored[row * WIDTH + column] = image[row * WIDTH + WIDTH - 1 - column];
      }
    }
    return mirrored;
  }

  /** Split, among others, is not written alike in all of them. */
  @ParameterizedTest
  @ValueSource(longs = {13, 18, 21})
  void networksOfEveryOpsetAreTaken(long opset) {
    ModelProto.Builder model = network.model().toBuilder();
    model.getOpsetImportBuilder(0).setVersion(opset);
    Network other = Network.of(model.build());
    Path bundle = folder.resolve("bundle");
    Samples.bundle(other, Samples.visibility(other, 0.5, 2)).selfEnsemble().write(bundle);
    assertThat(BundleVerifier.verify(bundle).checks()).allMatch(Check::passed);
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void aBundleOfItIsVerifiedInEveryPrecisionAndTakesSeveralFramesAtOnce(Precision precision) {
    Path bundle = folder.resolve("bundle");
    writer().selfEnsemble().precision(precision).write(bundle);

    assertThat(BundleVerifier.verify(bundle).checks()).allMatch(Check::passed);
    ProbeFrame frame = ProbeFrame.of(45, 77);
    ProbeFrame other = frame.inverted();
    try (BakedView view = BakedView.open(bundle.resolve("rain.onnx"))) {
      byte[] together = view.restore(frame, other);
      assertThat(Arrays.copyOfRange(together, together.length / 2, together.length))
          .isEqualTo(view.restore(other));
    }
  }

  @Test
  void aBundleIsMadeOneWithTheSameWeightsAndSaysSo() throws Exception {
    Path single = folder.resolve("single");
    BundleManifest before = writer().write(single);
    Path twice = folder.resolve("twice");

    BundleManifest after = BundleWriter.from(single).selfEnsemble().name("twice").write(twice);

    assertThat(Files.mismatch(single.resolve("weights.bin"), twice.resolve("weights.bin")))
        .isEqualTo(-1);
    assertThat(after.parameters()).isEqualTo(before.parameters());
    assertThat(after.macsPer256()).isEqualTo(2 * before.macsPer256());
    assertThat(after.provenance())
        .containsEntry("seed", 1)
        .containsKey("self_ensemble")
        .containsKey("converted_from");
    assertThat(after.quality()).isEqualTo(Map.of("without_self_ensemble", Map.of("psnr", 30.5)));
    assertThat(BundleVerifier.verify(twice).checks()).allMatch(Check::passed);
    Path again = folder.resolve("again");
    BundleWriter.from(twice).write(again);
    assertThat(Files.mismatch(twice.resolve("rain.onnx"), again.resolve("rain.onnx")))
        .isEqualTo(-1);
    assertThat(BundleManifest.read(again).provenance()).isEqualTo(after.provenance());
    StandaloneView.of(BundleContents.read(twice), Weather.RAIN).write(folder.resolve("rain.onnx"));
    assertThat(BundleContents.read(twice).selfEnsemble()).isTrue();
    assertThat(BundleContents.read(single).selfEnsemble()).isFalse();
    assertThatThrownBy(() -> BundleWriter.from(twice).selfEnsemble())
        .isInstanceOf(BundleException.class)
        .hasMessage("the network is a self-ensemble already");
  }

  private BundleWriter writer() {
    return Samples.bundle(network, Samples.visibility(network, 0.5, 2))
        .background(Samples.network(3))
        .calibration(FrameSet.synthetic(Samples.WEATHERS));
  }

  /** What the camera meets may be brighter than anything that was calibrated on. */
  @Test
  void inIntegersThePictureHasTheLevelsOfTheFrame() {
    Network ensemble = SelfEnsemble.of(network);
    Map<String, Levels> none = Map.of();
    IntegerPlan plan = IntegerPlan.of(ensemble, Set.of());
    NodeProto head =
        ensemble.model().getGraph().getNodeList().stream()
            .filter(node -> node.getOpType().equals("Conv"))
            .findFirst()
            .orElseThrow();

    assertThat(plan.levels(head.getInput(0), none)).isEqualTo(Levels.FRAME);
    assertThat(plan.levels(SelfEnsemble.restored(ensemble), none)).isEqualTo(Levels.FRAME);
  }

  @Test
  void theNetworkMustKeepThePicturesOfABatchApart() {
    ModelProto.Builder model = network.model().toBuilder();
    model
        .getGraphBuilder()
        .setInput(0, Onnx.image(network.inputName(), DataType.FLOAT, 1, 3, "height", "width"));
    Network one = Network.of(model.build());
    assertThat(SelfEnsemble.of(one)).as("what is declared does not count").isNotNull();

    GraphBuilder g = new GraphBuilder("joined", 4);
    String joined = g.reshape(g.input(), 1, 3, -1, 4);
    String restored = g.conv("only", joined, 3, 3, 3, 1, 0.3);
    Network joins = g.build(g.reshape(restored, -1, 3, 20, 28), 4, Network.ColourOrder.BGR);
    assertThatThrownBy(() -> SelfEnsemble.of(joins))
        .isInstanceOf(BundleException.class)
        .hasMessageStartingWith(
            "a self-ensemble needs a network that takes two pictures at a time as it takes each");
  }
}
