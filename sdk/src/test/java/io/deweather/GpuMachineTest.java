package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deweather.NvidiaGpus.Gpu;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class GpuMachineTest {
  @Test
  void readsWhatNvidiaSmiPrints() {
    NvidiaGpus found =
        NvidiaGpus.parse(
            """
            0, NVIDIA H100 80GB HBM3, 570.124.06, 9.0, 81559
            1, Orin (nvgpu), 540.4.0, 8.7, [N/A]
            """);

    assertThat(found.driver()).isEqualTo("540.4.0");
    assertThat(found.gpus())
        .containsExactly(
            new Gpu(0, "NVIDIA H100 80GB HBM3", "9.0", 81559),
            new Gpu(1, "Orin (nvgpu)", "8.7", 0));
    assertThat(found.problem()).isNull();
    assertThat(NvidiaGpus.parse("No devices were found\n").problem())
        .isEqualTo("nvidia-smi lists no GPU");
  }

  @Test
  void aDriverWithoutAVersionIsUnknown() {
    NvidiaGpus found = NvidiaGpus.parse("0, Orin (nvgpu), [N/A], 8.7, [N/A]");
    assertThat(found.driver()).isNull();
    assertThat(found.gpus()).hasSize(1);
  }

  @Test
  void findsALibraryAmongFilesWhoseNamesAreNoUtf8(@TempDir Path folder) throws IOException {
    Path maps = folder.resolve("maps");
    Files.writeString(
        maps,
        """
        7f00 r--p 0 08:01 1   /opt/caf\u00e9/libother.so
        7f10 r--p 0 08:01 2   /usr/lib/libnvinfer.so.10.9.0
        """,
        StandardCharsets.ISO_8859_1);
    assertThat(NativeLibraries.pathOf("libnvinfer.so", maps))
        .contains(Path.of("/usr/lib/libnvinfer.so.10.9.0"));
    assertThat(NativeLibraries.pathOf("libcudnn.so", maps)).isEmpty();
  }

  @Test
  void readsTheDriversVersionFromTheKernel() {
    assertThat(
            NvidiaGpus.version(
                "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5\n"))
        .isEqualTo("550.54.15");
    assertThat(
            NvidiaGpus.version(
                "NVRM version: NVIDIA UNIX Open Kernel Module for aarch64  540.3.0  Release\n"))
        .isEqualTo("540.3.0");
    assertThat(NvidiaGpus.version("something else")).isNull();
  }

  @Test
  void comparesVersionsByNumber() {
    assertThat(GpuMachine.isOlder("525.60.13", "525.60.13")).isFalse();
    assertThat(GpuMachine.isOlder("470.223.02", "525.60.13")).isTrue();
    assertThat(GpuMachine.isOlder("525.105.17", "525.60.13")).isFalse();
    assertThat(GpuMachine.isOlder("570", "580.65.06")).isTrue();
    assertThat(GpuMachine.isOlder("580.65", "580.65.06")).isTrue();
  }

  @Test
  void missingLibrariesAreNamedWithWhereTheyComeFrom() {
    Map<String, String> missing = new LinkedHashMap<>();
    String absent = ": cannot open shared object file: No such file or directory";
    for (String name :
        List.of(
            "libcuda.so.1", "libcublasLt.so.12", "libcurand.so.10", "libcudnn.so.9", "libx.so")) {
      missing.put(name, name + absent);
    }
    missing.put("libnvinfer.so.10", "libnvinfer.so.10: file too short");

    assertThat(ProviderLibrary.describe(missing))
        .isEqualTo(
            "the loader does not find libcuda.so.1 (the NVIDIA driver), libcublasLt.so.12 (CUDA"
                + " 12), libcurand.so.10 (CUDA), libcudnn.so.9 (cuDNN 9), libx.so;"
                + " libnvinfer.so.10: file too short");
  }

  @Test
  void onnxRuntimesMessagesLoseWhereInItsSourcesTheyAreFrom() {
    assertThat(
            OrtMessage.strip(
                "Error code - ORT_FAIL - message: /onnxruntime_src/onnxruntime/core/session/"
                    + "provider_bridge_ort.cc:1988 onnxruntime::Provider& onnxruntime::"
                    + "ProviderLibrary::Get() [ONNXRuntimeError] : 1 : FAIL : Failed to load"
                    + " library /x/libonnxruntime_providers_cuda.so with error: libcublasLt.so.12:"
                    + " cannot open shared object file: No such file or directory\n"))
        .isEqualTo(
            "Failed to load library /x/libonnxruntime_providers_cuda.so with error:"
                + " libcublasLt.so.12: cannot open shared object file: No such file or directory");
    // As a driver that is too old makes it say.
    assertThat(
            OrtMessage.strip(
                "Error code - ORT_FAIL - message: /a/b/provider_options_utils.h:187 Parse Failed to"
                    + " parse provider option \"device_id\": CUDA failure 35: CUDA driver version"
                    + " is insufficient for CUDA runtime version ; GPU=-1 ; hostname=vm ;"
                    + " file=/a/b.cc ; line=67 ; expr=cudaGetDeviceCount(&num_devices);"))
        .isEqualTo("CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version");
    assertThat(OrtMessage.strip("plain")).isEqualTo("plain");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void readsWhichLibrariesALibraryLinks() throws Exception {
    Engine.of(0);
    Path runtime = NativeLibraries.pathOf("libonnxruntime.so").orElseThrow();

    assertThat(ElfFile.neededBy(runtime)).contains("libc.so.6", "libstdc++.so.6");
    Thread.currentThread().interrupt();
    assertThat(NativeLibraries.missingFor(runtime, List.of())).isEmpty();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(NativeLibraries.missingFor(runtime, List.of("libno-such.so.3")))
        .isEqualTo(
            Map.of(
                "libno-such.so.3",
                "libno-such.so.3: cannot open shared object file: No such file or directory"));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void refusesAnythingButALibrary(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("libcut.so");
    Engine.of(0);
    byte[] whole =
        Files.readAllBytes(NativeLibraries.pathOf("libonnxruntime4j_jni.so").orElseThrow());
    for (int length : new int[] {0, 3, 63, 64, 200, 2000}) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> ElfFile.neededBy(file))
          .isInstanceOf(IOException.class)
          .hasMessage(file + " is no 64-bit ELF library, or is cut short");
    }
    Files.writeString(file, "no library at all, but long enough to have a header of that size.");
    assertThatThrownBy(() -> ElfFile.neededBy(file)).isInstanceOf(IOException.class);
  }
}
