package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;

import io.deweather.EngineCache.Machine;
import io.deweather.NvidiaGpus.Gpu;
import io.deweather.TensorRtOptions.Size;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineCacheTest {
  private static final Gpu ORIN = new Gpu(0, "Orin", "8.7", 30697);
  private static final Machine MACHINE =
      new Machine(ORIN, "550.54.15", "1.29.0", "10.9.0", "9.8.0");

  @TempDir private Path cache;

  @Test
  void everythingThatAnEngineDependsOnGivesAFolderOfItsOwn() {
    Path other = GoldenBundle.copyTo(cache.resolve("bundle"));
    GoldenBundle.replace(other, "rain.onnx", new byte[] {8, 8});
    TensorRtOptions options = TensorRtOptions.DEFAULT.withCache(cache);
    Set<Path> folders = new HashSet<>();

    folders.add(folder(options, GoldenBundle.path(), MACHINE));
    folders.add(folder(options, other, MACHINE));
    folders.add(folder(options.withFp16(false), GoldenBundle.path(), MACHINE));
    folders.add(folder(options.withInt8(true), GoldenBundle.path(), MACHINE));
    folders.add(folder(options.withCudaGraph(true), GoldenBundle.path(), MACHINE));
    folders.add(folder(options.withSizes(new Size(640, 360)), GoldenBundle.path(), MACHINE));
    folders.add(folder(options.withBatch(2), GoldenBundle.path(), MACHINE));
    for (Machine machine :
        List.of(
            new Machine(new Gpu(0, "Xavier", "7.2", 1), "550.54.15", "1.29.0", "10.9.0", "9.8.0"),
            new Machine(ORIN, "560.35.03", "1.29.0", "10.9.0", "9.8.0"),
            new Machine(ORIN, "550.54.15", "1.24.1", "10.9.0", "9.8.0"),
            new Machine(ORIN, "550.54.15", "1.29.0", "10.10.0", "9.8.0"),
            new Machine(ORIN, "550.54.15", "1.29.0", "10.9.0", "9.9.0"))) {
      folders.add(folder(options, GoldenBundle.path(), machine));
    }

    assertThat(folders).hasSize(12).allMatch(folder -> folder.getParent().equals(cache));
    assertThat(folder(options, GoldenBundle.path(), MACHINE)).isIn(folders);
  }

  private static Path folder(TensorRtOptions options, Path bundle, Machine machine) {
    return EngineCache.of(options, BundleManifest.read(bundle), machine).folder();
  }

  @Test
  void theFolderSaysWhatItIsFor() {
    BundleManifest manifest = BundleManifest.read(GoldenBundle.path());
    EngineCache engines =
        EngineCache.of(TensorRtOptions.DEFAULT.withCache(cache), manifest, MACHINE);

    engines.create();
    engines.create();

    assertThat(engines.folder().resolve("key.txt"))
        .content()
        .contains("gpu Orin\n", "tensorrt 10.9.0\n", "sizes 640x360 1280x720 1920x1080\n");
  }
}
