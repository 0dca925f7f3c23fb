package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;

import io.deweather.Weather;
import io.deweather.converter.Safetensors.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class RoundTripTest {
  @Property
  void bitsComeBackAndTakeAnEighthOfTheirBytes(@ForAll boolean[] bits) {
    byte[] packed = PackedBits.pack(bits);
    assertThat(packed).hasSize((bits.length + 7) / 8);
    assertThat(PackedBits.unpack(packed, bits.length)).isEqualTo(bits);
    int ones = 0;
    for (byte b : packed) {
      ones += Integer.bitCount(b & 0xFF);
    }
    int expected = 0;
    for (boolean bit : bits) {
      expected += bit ? 1 : 0;
    }
    assertThat(ones).isEqualTo(expected);
  }

  @Property(tries = 100)
  void arraysOfAnyLengthAndNameComeBack(
      @ForAll @Size(max = 6) Map<String, float[]> floats, @ForAll @Size(max = 6) List<byte[]> bytes)
      throws IOException {
    floats.remove("__metadata__");
    List<Tensor> tensors = new ArrayList<>();
    floats.forEach((name, v) -> tensors.add(Tensor.ofFloats("f" + name, v, v.length)));
    for (int i = 0; i < bytes.size(); i++) {
      tensors.add(Tensor.ofBytes("b" + i + "/", bytes.get(i), bytes.get(i).length));
    }
    Path file = Files.createTempFile("deweather", ".safetensors");
    try {
      Safetensors.write(file, Map.of("key", "é\"\n"), tensors);
      try (Safetensors read = Safetensors.open(file)) {
        assertThat(read.metadata()).containsEntry("key", "é\"\n");
        assertThat(read.entries()).hasSize(tensors.size());
        floats.forEach((name, v) -> assertThat(read.floats("f" + name)).isEqualTo(v));
        for (int i = 0; i < bytes.size(); i++) {
          assertThat(read.bytes("b" + i + "/")).isEqualTo(bytes.get(i));
        }
      }
    } finally {
      Files.delete(file);
    }
  }

  @Property(tries = 100)
  void visibilityComesBackAndItsSharesAddUp(
      @ForAll @Size(min = 1, max = 300) byte[] values, @ForAll @IntRange(min = 1, max = 8) int n)
      throws IOException {
    List<Weather> weathers =
        java.util.stream.IntStream.range(0, n).mapToObj(k -> new Weather("w" + k)).toList();
    byte[] bits = values.clone();
    for (int i = 0; i < bits.length; i++) {
      bits[i] &= (byte) ((1 << n) - 1);
    }
    Visibility visibility =
        Visibility.of(weathers, Map.of("t", bits), Map.of("t", new long[] {bits.length}));
    Path file = Files.createTempFile("deweather", ".safetensors");
    try {
      visibility.write(file);
      Visibility read = Visibility.read(file);
      assertThat(read.weathers()).isEqualTo(weathers);
      assertThat(read.bits("t")).isEqualTo(bits);
      for (Weather weather : weathers) {
        boolean[] mask = read.mask("t", weather);
        double seen = 0;
        for (boolean b : mask) {
          seen += b ? 1.0 / mask.length : 0;
        }
        assertThat(read.commonShare("t") + read.specificShare("t", weather))
            .isCloseTo(seen, org.assertj.core.data.Offset.offset(1e-9));
      }
    } finally {
      Files.delete(file);
    }
  }
}
