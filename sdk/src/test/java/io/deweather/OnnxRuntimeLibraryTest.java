package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class OnnxRuntimeLibraryTest {
  @Test
  @EnabledOnOs(OS.LINUX)
  void isMappedFromTheCacheAndLeavesNoPropertyBehind() throws Exception {
    assertThat(FreshJvm.run(PrintsLibrary.class))
        .contains("/libonnxruntime.so")
        .doesNotContain("onnxruntime-java")
        .contains("property: null");
  }

  static final class PrintsLibrary {
    public static void main(String[] args) throws Exception {
      Engine.of(1);
      System.out.print(Files.readString(Path.of("/proc/self/maps")));
      System.out.println("property: " + System.getProperty("onnxruntime.native.path"));
    }
  }
}
