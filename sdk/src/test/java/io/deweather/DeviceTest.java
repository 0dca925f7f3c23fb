package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtProvider;
import io.deweather.CudaOptions.ConvolutionSearch;
import io.deweather.DeviceChoice.Refusal;
import io.deweather.TensorRtOptions.Size;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opencv.core.Mat;

class DeviceTest {
  private static Set<OrtProvider> providers() {
    Engine.of(0);
    return OrtEnvironment.getAvailableProviders();
  }

  private static boolean driverLoads() {
    return NativeLibraries.load("libcuda.so.1").isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "auto, auto",
    "cpu, cpu",
    "cuda, cuda:0",
    "cuda:0, cuda:0",
    "cuda:12, cuda:12",
    "tensorrt, tensorrt:0",
    "tensorrt:3, tensorrt:3"
  })
  void isReadFromItsNameAndWrittenAsIt(String name, String written) {
    assertThat(Device.parse(name)).hasToString(written);
    assertThat(Device.parse(written)).isEqualTo(Device.parse(name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "gpu", "CUDA", "cuda:", "cuda:x", "cuda:-1", "cuda:100", "cpu:0", " cpu"})
  void otherNamesAreRefusedWithTheRule(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Device.parse(name))
        .withMessage(
            "device (%s) must be auto, cpu, cuda, cuda:N, tensorrt or tensorrt:N, N from 0 to 99",
            name);
  }

  @Test
  void optionsAreRefusedWhereTheyEnter() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Device.cuda(-1))
        .withMessage("device id (-1) must be at least 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CudaOptions.DEFAULT.withMemoryLimit(-5))
        .withMessage("memoryLimit (-5) must be 0 for none, or a number of bytes");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorRtOptions.DEFAULT.withSizes())
        .withMessage("sizes must have at least one size, such as 1280x720");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Size.parse("1280*720"))
        .withMessage("size (1280*720) must be WIDTHxHEIGHT, as 1280x720");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Size(15, 720))
        .withMessage("size (15x720) must be at least 16x16");
  }

  @Test
  void defaultsAreTheDocumentedOnes() {
    assertThat(CudaOptions.DEFAULT)
        .isEqualTo(new CudaOptions(0, ConvolutionSearch.EXHAUSTIVE, true, false));
    assertThat(TensorRtOptions.DEFAULT.fp16()).isTrue();
    assertThat(TensorRtOptions.DEFAULT.int8()).isFalse();
    assertThat(TensorRtOptions.DEFAULT.cudaGraph()).isFalse();
    assertThat(TensorRtOptions.DEFAULT.cache()).isNull();
    assertThat(TensorRtOptions.DEFAULT.sizes())
        .containsExactly(new Size(640, 360), new Size(1280, 720), new Size(1920, 1080));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cuda:0", "tensorrt:0"})
  void aGpuWithoutItsProviderIsRefusedWithTheBuildThatHasIt(String name) {
    assumeThat(providers()).doesNotContain(OrtProvider.CUDA);

    assertThatThrownBy(() -> open(Device.parse(name)))
        .isInstanceOf(DeviceException.class)
        .hasMessageMatching(
            ("device %s is not available: this build of ONNX Runtime \\(1\\.\\d+\\.\\d+\\) has no"
                    + " %sExecutionProvider, only CPUExecutionProvider; build with Maven's -P.*")
                .formatted(name, name.startsWith("cuda") ? "CUDA" : "Tensorrt"))
        .hasMessageContaining("-Pcuda12");
  }

  @Test
  void aGpuWithoutItsLibrariesIsRefusedWithTheirNames() {
    assumeThat(providers()).contains(OrtProvider.CUDA);
    assumeThat(driverLoads()).isFalse();

    assertThatThrownBy(() -> open(Device.cuda(0)))
        .isInstanceOf(DeviceException.class)
        .hasMessageStartingWith("device cuda:0 is not available: the loader does not find")
        .hasMessageContaining("libcuda.so.1 (the NVIDIA driver)")
        .hasMessageMatching(".*libcublasLt\\.so\\.1[23] \\(CUDA 1[23]\\).*")
        .hasMessageContaining("libcudnn.so.9 (cuDNN 9)");
  }

  @Test
  void autoRunsOnTheCpuAndSaysWhyOnNoOther() {
    assumeThat(driverLoads()).isFalse();

    try (OnnxRestorer restorer = open(Device.auto())) {
      assertThat(restorer.device().device()).isEqualTo(Device.cpu());
      assertThat(restorer.device().refused())
          .extracting(Refusal::device)
          .containsExactly(Device.tensorRt(0), Device.cuda(0));
      assertThat(restorer.device().refused())
          .extracting(Refusal::reason)
          .satisfiesExactly(
              tensorRt -> assertThat(tensorRt).startsWith("taken only by name"),
              cuda ->
                  assertThat(cuda).matches(".*(has no CUDA|no NVIDIA driver: libcuda\\.so\\.1).*"));
      assertThat(restorer.device().toString()).startsWith("cpu (CPU)").contains("not cuda:0: ");
      assertThat(restorer.placements()).isEmpty();

      Mat frame = TestFrames.noise(40, 60, 3);
      Mat restored = new Mat();
      restorer.restore(frame, restored, Weather.RAIN);
      assertThat(TestFrames.difference(frame, restored)).isGreaterThan(1);
    }
  }

  @Test
  void autoIsTheDefaultAndTheCpuByNameHasNothingToExplain() {
    try (OnnxRestorer byDefault = OnnxRestorer.open(GoldenBundle.path());
        OnnxRestorer cpu = open(Device.cpu())) {
      assumeThat(driverLoads()).isFalse();
      assertThat(byDefault.device().refused()).hasSize(2);
      assertThat(cpu.device()).hasToString("cpu (CPU)");
    }
  }

  private static OnnxRestorer open(Device device) {
    Path bundle = GoldenBundle.path();
    return OnnxRestorer.builder(bundle).device(device).warmup(Warmup.ON_DEMAND).open();
  }
}
