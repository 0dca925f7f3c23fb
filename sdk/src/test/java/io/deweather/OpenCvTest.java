package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;

import io.deweather.video.VideoCodecs;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.opencv.opencv_java;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Scalar;

class OpenCvTest {
  @Test
  void loadsAnyNumberOfTimesAndBesideJavaCpp() {
    OpenCv.load();
    OpenCv.load();
    Loader.load(opencv_java.class);
    Mat mat = new Mat(2, 3, CvType.CV_8UC3, new Scalar(1, 2, 3));
    assertThat(mat.get(1, 2)).containsExactly(1, 2, 3);
    mat.release();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void mapsOnlyTheLibrariesThatTheJavaApiLinks() throws Exception {
    assertThat(FreshJvm.run(PrintsMaps.class))
        .contains("libopencv_java.so")
        .contains("libopencv_core.so")
        .doesNotContain("libjniopencv_core.so");
  }

  /** A file stands where JavaCPP's cache is to be: nothing can be unpacked. */
  @Test
  void opensWithOneClearLineWhereLibrariesCannotBeUnpacked(@TempDir Path folder) throws Exception {
    Path taken = Files.createFile(folder.resolve("taken"));
    assertThat(FreshJvm.run(OpensWithoutCache.class, taken.toString()))
        .contains("refused: cannot load JavaCPP's native library: ")
        .contains("(libraries are unpacked into ")
        .contains("-Dorg.bytedeco.javacpp.cachedir names another folder)");
  }

  /** Unpacking locks a channel, which an interrupted thread cannot; and it is tried once only. */
  @Test
  void librariesAreUnpackedOnAThreadThatIsInterrupted(@TempDir Path cache) throws Exception {
    assertThat(FreshJvm.run(LoadsInterrupted.class, cache.toString()))
        .contains("onnx runtime started, still interrupted: true")
        .contains("opencv loaded, still interrupted: true")
        .contains("ffmpeg loaded, still interrupted: true");
  }

  static final class LoadsInterrupted {
    public static void main(String[] args) {
      System.setProperty("org.bytedeco.javacpp.cachedir", args[0]);
      Thread.currentThread().interrupt();
      OnnxRuntime.environment();
      System.out.println("onnx runtime started, still interrupted: " + Thread.interrupted());
      Thread.currentThread().interrupt();
      OpenCv.load();
      System.out.println("opencv loaded, still interrupted: " + Thread.interrupted());
      Thread.currentThread().interrupt();
      VideoCodecs.atHand();
      System.out.println("ffmpeg loaded, still interrupted: " + Thread.interrupted());
    }
  }

  static final class OpensWithoutCache {
    public static void main(String[] args) {
      System.setProperty("org.bytedeco.javacpp.cachedir", args[0]);
      System.setProperty("java.io.tmpdir", args[0]);
      System.setProperty("user.home", args[0]);
      try {
        OnnxRestorer.open(GoldenBundle.path()).close();
      } catch (DeweatherException e) {
        System.out.println("refused: " + e.getMessage());
      }
    }
  }

  static final class PrintsMaps {
    public static void main(String[] args) throws Exception {
      OpenCv.load();
      new Mat(4, 4, CvType.CV_8UC1).release();
      System.out.print(Files.readString(Path.of("/proc/self/maps")));
    }
  }
}
