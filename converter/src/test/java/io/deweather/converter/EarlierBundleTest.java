package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;

import io.deweather.OnnxRestorer;
import io.deweather.Weather;
import io.deweather.converter.Network.ColourOrder;
import io.deweather.converter.VerificationReport.Check;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A bundle whose masks have a bit for every parameter, as {@link GoldenBundle} wrote it with
 * background base in version 1 of the functions.
 */
class EarlierBundleTest {
  @TempDir Path folder;

  private static Path earlier() throws URISyntaxException {
    return Path.of(EarlierBundleTest.class.getResource("/bundle-version-1").toURI());
  }

  @Test
  void isReadBack() throws Exception {
    BundleContents contents = BundleContents.read(earlier());
    Network network = Samples.network(20, 16, ColourOrder.RGB);
    Visibility visibility = Samples.visibility(network, 0.5, 21);
    Network base = Samples.network(22);
    for (String tensor : visibility.tensors()) {
      assertThat(contents.visibility().bits(tensor)).isEqualTo(visibility.bits(tensor));
      float[] theta = network.parameters().get(tensor).values();
      assertThat(contents.network().parameters().get(tensor).values()).isEqualTo(theta);
      float[] under = base.parameters().get(tensor).values().clone();
      for (int i = 0; i < under.length; i++) {
        under[i] = visibility.bits(tensor)[i] == 7 ? theta[i] : under[i];
      }
      assertThat(contents.background().orElseThrow().parameters().get(tensor).values())
          .isEqualTo(under);
    }
  }

  @Test
  void isBroughtUpToDateWithTheSamePicturesAndFewerBytes() throws Exception {
    Path now = folder.resolve("now");
    BundleWriter.from(earlier()).created(Samples.CREATED).write(now);
    assertThat(BundleVerifier.verify(now).checks()).allMatch(Check::passed);
    assertThat(Files.size(now.resolve("weights.bin")))
        .isLessThan(Files.size(earlier().resolve("weights.bin")));
    ProbeFrame frame = ProbeFrame.of(45, 77);
    for (Weather weather : Samples.WEATHERS) {
      try (BakedView before = BakedView.open(earlier().resolve(weather + ".onnx"));
          BakedView after = BakedView.open(now.resolve(weather + ".onnx"))) {
        assertThat(after.restore(frame)).isEqualTo(before.restore(frame));
      }
    }
  }

  @Test
  void runsAsItIsButVerificationSaysWhatToDo() throws Exception {
    OnnxRestorer.open(earlier()).close();
    assertThat(BundleVerifier.verify(earlier()).checks())
        .last()
        .satisfies(
            check -> {
              assertThat(check.name()).isEqualTo("structure");
              assertThat(check.passed()).isFalse();
              assertThat(check.detail())
                  .endsWith(
                      "rain.onnx: version of domain deweather must be 2, is 1;"
                          + " convert --from BUNDLE --out BUNDLE brings it up to date");
            });
  }
}
