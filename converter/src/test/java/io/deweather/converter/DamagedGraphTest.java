package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;

import io.deweather.BundleException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Graphs whose hashes are right and whose bytes are not: read or refused, never anything else. */
class DamagedGraphTest {
  private static final List<String> GRAPHS = List.of("rain.onnx", "raindrop.onnx", "snow.onnx");

  private static Path bundle;
  private static byte[] whole;

  @BeforeContainer
  static void bake() throws IOException {
    bundle = Files.createTempDirectory("deweather").resolve("bundle");
    Network network = Samples.network(1);
    Samples.bundle(network, Samples.visibility(network, 0.5, 2))
        .background(Samples.network(2))
        .write(bundle);
    whole = Files.readAllBytes(bundle.resolve("rain.onnx"));
  }

  @AfterContainer
  static void remove() throws IOException {
    try (var files = Files.list(bundle)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(bundle);
    Files.delete(bundle.getParent());
  }

  @Property(tries = 300)
  void aDamagedGraphIsReadOrRefused(@ForAll long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] damaged = whole.clone();
    for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
    }
    for (String graph : GRAPHS) {
      Files.write(bundle.resolve(graph), damaged);
    }
    try {
      assertThat(BundleContents.read(bundle).network().parameters()).isNotEmpty();
    } catch (BundleException refused) {
      assertThat(refused.getMessage()).isNotBlank();
    }
  }
}
