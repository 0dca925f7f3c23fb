package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;

import io.deweather.video.FrameSource;
import io.deweather.video.FrameStamp;
import io.deweather.video.VideoSink;
import java.nio.file.Path;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opencv.core.CvType;
import org.opencv.core.Mat;

/** JavaCPP's limit is read once a process, at the first use of its pointers. */
class NativeMemoryTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"restorer", "clip", "sink"})
  void whateverIsUsedFirstThereIsNoLimitByTheHeap(String first) throws Exception {
    OpenCv.load();
    Path clip = folder.resolve("clip.mp4");
    Mat frame = Mat.zeros(64, 64, CvType.CV_8UC3);
    try (VideoSink sink = VideoSink.builder(clip).frameRate(10).open()) {
      sink.write(frame, new FrameStamp(0, 0));
    }
    frame.release();

    assertThat(FreshJvm.run(PrintsLimit.class, first, clip.toString())).contains("limit 0.");
  }

  @Test
  void theProgramsOwnLimitStays() throws Exception {
    assertThat(FreshJvm.run(PrintsLimit.class, "own")).contains("limit 1000000000.");
  }

  /** The main class of the other process. */
  static final class PrintsLimit {
    private PrintsLimit() {}

    public static void main(String[] arguments) {
      switch (arguments[0]) {
        case "restorer" -> OnnxRestorer.open(GoldenBundle.path()).close();
        case "clip" -> FrameSource.open(Path.of(arguments[1])).close();
        case "sink" -> VideoSink.builder(Path.of(arguments[1])).frameRate(10).open().close();
        default -> {
          System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "1000000000");
          OpenCv.load();
        }
      }
      System.out.println("limit " + Pointer.maxPhysicalBytes() + ".");
    }
  }
}
