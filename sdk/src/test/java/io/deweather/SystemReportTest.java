package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.deweather.SystemReport.Check;
import io.deweather.SystemReport.Status;
import io.deweather.video.VideoCodecs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The verifiers are the kernel's own files and {@code nproc}. */
@EnabledOnOs(OS.LINUX)
class SystemReportTest {
  private static SystemReport report;

  @BeforeAll
  static void look() {
    report = SystemReport.of(GoldenBundle.path(), Device.cpu(), Duration.ofMillis(200));
  }

  @Test
  void knowsTheProcessor() throws Exception {
    List<String> lines = Files.readAllLines(Path.of("/proc/cpuinfo"));
    Processor processor = report.processor();

    assertThat(processor.online())
        .isEqualTo((int) lines.stream().filter(l -> l.startsWith("processor")).count());
    assertThat(processor.processors()).isBetween(1, nproc());
    String flags =
        lines.stream()
            .filter(l -> l.startsWith("flags") || l.startsWith("Features"))
            .findFirst()
            .orElseThrow();
    for (String feature : List.of("avx2", "avx512f", "avx512_vnni", "amx_int8", "asimd", "bf16")) {
      assertThat(processor.features().contains(feature))
          .as(feature)
          .isEqualTo(List.of(flags.split("\\s+")).contains(feature));
    }
    lines.stream()
        .filter(l -> l.startsWith("model name"))
        .findFirst()
        .ifPresent(l -> assertThat(l).endsWith(processor.model()));
    assertThat(check("cpu").finding()).startsWith(processor.processors() + " x ");
  }

  private static int nproc() throws Exception {
    Process process = new ProcessBuilder("nproc", "--all").start();
    return Integer.parseInt(new String(process.getInputStream().readAllBytes()).strip());
  }

  @Test
  void readsAnArmProcessor() {
    Processor orin =
        Processor.parse(
            """
            processor\t: 0
            Features\t: fp asimd evtstrm aes asimdhp cpuid asimdrdm asimddp
            CPU part\t: 0xd42

            processor\t: 1
            Features\t: fp asimd asimdhp asimddp
            """,
            2);
    assertThat(orin).isEqualTo(new Processor("", 2, 2, List.of("asimd", "asimdhp", "asimddp")));
  }

  @Test
  void runsTheBundleAndSaysHowFast() {
    assertThat(report.works()).isTrue();
    assertThat(report.device()).isEqualTo("cpu");
    assertThat(report.benchmark().weather()).isEqualTo("rain");
    assertThat(report.benchmark().width()).isEqualTo(1280);
    assertThat(report.benchmark().frames()).isGreaterThanOrEqualTo(1);
    assertThat(report.benchmark().p99Ms()).isGreaterThanOrEqualTo(report.benchmark().p50Ms());
    assertThat(report.benchmark().framesPerSecond() * report.benchmark().p50Ms())
        .isBetween(200.0, 2000.0);
    assertThat(check("bundle").finding()).startsWith("golden: rain, raindrop, snow, fp32,");
    assertThat(check("device").finding()).isEqualTo("cpu, CPU");
  }

  @Test
  void looksAtEveryPartInOrder() {
    assertThat(report.checks())
        .extracting(Check::name)
        .containsExactly(
            "java",
            "cpu",
            "onnxruntime",
            "gpu",
            "cuda",
            "tensorrt",
            "opencv",
            "ffmpeg",
            "cameras",
            "bundle",
            "device",
            "speed");
    assertThat(check("java").finding()).startsWith(System.getProperty("java.version"));
    assertThat(report.providers()).contains("CPUExecutionProvider");
    assertThat(check("opencv").finding()).startsWith("4.");
  }

  @Test
  void camerasAreTheKernelsDevices() throws Exception {
    try (Stream<Path> devices = Files.list(Path.of("/dev"))) {
      boolean any = devices.anyMatch(d -> d.getFileName().toString().startsWith("video"));
      assertThat(check("cameras").status() == Status.ABSENT).isEqualTo(!any);
    }
  }

  @Test
  void listsCodecsThatWorkHere() {
    VideoCodecs codecs = report.codecs();
    assertThat(codecs.ffmpeg()).startsWith("8.");
    assertThat(codecs.encoders().keySet()).containsExactly("h264", "hevc", "mpeg4", "vp9", "av1");
    assertThat(codecs.encoders().get("h264")).contains("libopenh264");
    assertThat(codecs.encoders().get("mpeg4")).contains("mpeg4");
    assertThat(codecs.decoders().get("h264")).contains("h264");
    assertThat(codecs.decoders().get("av1")).contains("libaom-av1").doesNotContain("av1");
    assumeThat(NativeLibraries.load("libnvidia-encode.so.1")).isPresent();
    assertThat(codecs.encoders().get("h264")).doesNotContain("h264_nvenc");
  }

  @Test
  void withoutAGpuTheGpuIsAbsentAndFailsOnlyWhoAskedForIt() {
    assumeThat(NativeLibraries.load("libcuda.so.1")).isPresent();

    assertThat(check("gpu").status()).isEqualTo(Status.ABSENT);
    assertThat(check("gpu").finding())
        .isEqualTo(
            "no NVIDIA driver: libcuda.so.1: cannot open shared object file: No such file or"
                + " directory");
    assertThat(check("cuda").status()).isEqualTo(Status.ABSENT);
    assertThat(check("cuda").nextStep()).isNotEmpty();

    SystemReport asked = SystemReport.of(GoldenBundle.path(), Device.cuda(2), Duration.ZERO);
    assertThat(asked.works()).isFalse();
    assertThat(asked.device()).isEqualTo("cuda:2");
    assertThat(asked.benchmark()).isNull();
    assertThat(asked.checks())
        .filteredOn(check -> check.status() == Status.FAILED)
        .extracting(Check::name)
        .containsExactly("gpu", "cuda", "device");
  }

  @Test
  void aBundleThatIsNotSoundIsAFinding(@TempDir Path folder) {
    SystemReport nothing = SystemReport.of(folder, Device.cpu(), Duration.ZERO);

    assertThat(nothing.works()).isFalse();
    assertThat(nothing.checks())
        .filteredOn(check -> check.status() == Status.FAILED)
        .singleElement()
        .satisfies(check -> assertThat(check.name()).isEqualTo("bundle"))
        .satisfies(check -> assertThat(check.finding()).contains(folder.toString()));
  }

  private static Check check(String name) {
    return report.checks().stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow();
  }
}
