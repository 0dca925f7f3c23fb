package io.deweather.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.deweather.OpenCv;
import io.deweather.Weather;
import io.deweather.converter.BundleVerifier;
import io.deweather.converter.VerificationReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.imgcodecs.Imgcodecs;

/** From a first step to a verified bundle, in as few steps as show that every part works. */
@Tag("slow")
class PaperNetworkTest {
  @TempDir Path folder;

  @Test
  void isTrainedBakedAndVerified() throws Exception {
    OpenCv.load();
    Path clean = Files.createDirectory(folder.resolve("clean"));
    Random random = new Random(2);
    for (int i = 0; i < 4; i++) {
      Mat picture = new Mat(72, 96, CvType.CV_8UC3);
      byte[] pixels = new byte[72 * 96 * 3];
      random.nextBytes(pixels);
      picture.put(0, 0, pixels);
      Imgcodecs.imwrite(clean.resolve("picture%d.png".formatted(i)).toString(), picture);
    }
    TrainingOptions options =
        TrainingOptions.builder(List.of(clean), folder.resolve("run"))
            .network("paper")
            .weathers(List.of(Weather.RAIN, Weather.SNOW))
            .jointSteps(1)
            .measureBatches(2)
            .maskedSteps(1)
            .crops(1)
            .side(64)
            .threads(1)
            .build();
    Path bundle = Training.run(options, new Silence());

    VerificationReport report = BundleVerifier.verify(bundle);
    assertThat(report.checks())
        .as("%s", report)
        .allMatch(check -> check.passed() || check.name().equals("views differ"));
    assertThat(report.checks()).anyMatch(check -> check.name().contains("rain"));
  }

  private static final class Silence implements TrainingListener {
    @Override
    public void progress(Progress progress) {}

    @Override
    public void message(String line) {}
  }
}
