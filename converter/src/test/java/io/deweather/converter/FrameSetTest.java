package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deweather.DeweatherException;
import io.deweather.OpenCv;
import io.deweather.Weather;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Scalar;
import org.opencv.imgcodecs.Imgcodecs;

class FrameSetTest {
  private static final List<Weather> WEATHERS = List.of(Weather.RAIN, Weather.SNOW);
  @TempDir Path folder;

  private Path picture(String name, int width, int height, int level) throws Exception {
    OpenCv.load();
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Mat mat = new Mat(height, width, CvType.CV_8UC3, new Scalar(level, level, level));
    Imgcodecs.imwrite(file.toString(), mat);
    mat.release();
    return file;
  }

  @Test
  void findsPairsOfEachWeatherAsSynthesizeWritesThem() throws Exception {
    picture("rain/input/a.png", 40, 30, 100);
    picture("rain/truth/a.png", 40, 30, 90);
    picture("rain/input/b.png", 20, 20, 50);
    picture("snow/c.png", 16, 16, 7);
    FrameSet frames = FrameSet.read(folder, WEATHERS);
    assertThat(frames.pairs(Weather.RAIN)).hasSize(2);
    assertThat(frames.pairs(Weather.RAIN).get(0).frame().pixels()[0]).isEqualTo((byte) 100);
    assertThat(frames.pairs(Weather.RAIN).get(0).truth().pixels()[0]).isEqualTo((byte) 90);
    assertThat(frames.pairs(Weather.RAIN).get(1).truth()).isNull();
    assertThat(frames.frames(Weather.SNOW))
        .singleElement()
        .satisfies(f -> assertThat(f.width()).isEqualTo(16));
  }

  @Test
  void withoutAFolderOfItsOwnAWeatherTakesThePicturesOfAll() throws Exception {
    picture("one.png", 30, 20, 1);
    picture("snow/two.png", 30, 20, 2);
    FrameSet frames = FrameSet.read(folder, WEATHERS);
    assertThat(frames.frames(Weather.RAIN).get(0).pixels()[0]).isEqualTo((byte) 1);
    assertThat(frames.frames(Weather.SNOW).get(0).pixels()[0]).isEqualTo((byte) 2);
  }

  @Test
  void reducesLargePicturesAndLimitsTheirNumber() throws Exception {
    picture("z.png", 1280, 700, 1);
    for (int i = 0; i < 40; i++) {
      picture("p%02d.png".formatted(i), 16, 16, i);
    }
    List<ProbeFrame> frames = FrameSet.read(folder, WEATHERS).frames(Weather.RAIN);
    assertThat(frames).hasSize(FrameSet.MOST_FRAMES);
    assertThat(frames.get(1).pixels()[0]).as("spread over all").isEqualTo((byte) 1);
    assertThat(frames.get(31).pixels()[0]).isEqualTo((byte) 39);
    Path large = folder.resolve("large");
    Files.createDirectory(large);
    Files.move(folder.resolve("z.png"), large.resolve("z.png"));
    ProbeFrame reduced = FrameSet.read(large, WEATHERS).frames(Weather.RAIN).get(0);
    assertThat(reduced.width()).isEqualTo(640);
    assertThat(reduced.height()).isEqualTo(350);
  }

  @Test
  void refusesAFolderWithoutPicturesAndAFileThatIsNone() throws Exception {
    assertThatThrownBy(() -> FrameSet.read(folder, WEATHERS))
        .isInstanceOf(DeweatherException.class)
        .hasMessage(
            "%s has no pictures (PNG, JPEG or BMP) of rain, and there is no folder %s"
                .formatted(folder, folder.resolve("rain")));
    Files.writeString(folder.resolve("text.png"), "no picture");
    assertThatThrownBy(() -> FrameSet.read(folder, WEATHERS))
        .isInstanceOf(DeweatherException.class)
        .hasMessageContaining("text.png is no picture that OpenCV can read");
    Path missing = folder.resolve("missing");
    assertThatThrownBy(() -> FrameSet.read(missing, WEATHERS))
        .isInstanceOf(DeweatherException.class)
        .hasMessageContaining("missing");
  }

  @Test
  void takesFramesOfMemoryAlsoWithGapsBetweenRows() {
    OpenCv.load();
    Mat whole = new Mat(40, 60, CvType.CV_8UC3, new Scalar(1, 2, 3));
    whole.submat(0, 20, 0, 30).setTo(new Scalar(7, 8, 9));
    FrameSet frames = FrameSet.of(Map.of(Weather.RAIN, List.of(whole.submat(0, 20, 0, 30))));
    ProbeFrame frame = frames.frames(Weather.RAIN).get(0);
    assertThat(frame.pixels()).hasSize(20 * 30 * 3).startsWith(7, 8, 9).endsWith(7, 8, 9);
    assertThatThrownBy(() -> frames.frames(Weather.SNOW)).hasMessage("there are no frames of snow");
  }
}
