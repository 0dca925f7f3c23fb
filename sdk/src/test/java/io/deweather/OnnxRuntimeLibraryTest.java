package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class OnnxRuntimeLibraryTest {
  @Test
  @EnabledOnOs(OS.LINUX)
  void isMappedFromTheCacheAndLeavesNoPropertyBehind() throws Exception {
    assertThat(FreshJvm.run(PrintsLibrary.class))
        .contains("/libonnxruntime.so")
        .doesNotContain("onnxruntime-java")
        .contains("property: null");
  }

  /** As a build for JetPack or of CUDA 13 lies there: the runtime without the binding. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void aNamedFolderNeedsNoBinding(@TempDir Path folder) throws Exception {
    Engine.of(0);
    Path runtime = NativeLibraries.pathOf("libonnxruntime.so").orElseThrow();
    Files.copy(runtime, folder.resolve("libonnxruntime.so.1.99.0"));
    Files.createSymbolicLink(
        folder.resolve("libonnxruntime.so.1"), Path.of("libonnxruntime.so.1.99.0"));

    assertThat(FreshJvm.run(PrintsLibrary.class, folder.toString()))
        .contains(folder.toRealPath() + "/libonnxruntime.so.1.99.0")
        .contains("/libonnxruntime4j_jni.so")
        .contains("property: " + folder);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aNamedFolderWithoutARuntimeIsRefused(@TempDir Path folder) throws Exception {
    assertThat(FreshJvm.run(PrintsLibrary.class, folder.toString()))
        .contains("onnxruntime.native.path=" + folder + " has no libonnxruntime.so");
  }

  static final class PrintsLibrary {
    public static void main(String[] args) throws Exception {
      if (args.length > 0) {
        System.setProperty("onnxruntime.native.path", args[0]);
        System.setProperty("org.bytedeco.javacpp.cachedir", args[0] + "/cache");
      }
      try {
        Engine.of(1);
      } catch (InferenceException e) {
        System.out.println(e.getMessage());
      }
      try (var maps = Files.lines(Path.of("/proc/self/maps"))) {
        maps.filter(line -> line.contains("onnxruntime")).forEach(System.out::println);
      }
      System.out.println("property: " + System.getProperty("onnxruntime.native.path"));
    }
  }
}
