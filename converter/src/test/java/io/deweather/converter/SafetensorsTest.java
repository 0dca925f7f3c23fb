package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deweather.BundleException;
import io.deweather.converter.Safetensors.DType;
import io.deweather.converter.Safetensors.Limits;
import io.deweather.converter.Safetensors.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {
  @TempDir Path folder;

  @Test
  void returnsWhatWasWritten() {
    Path file = folder.resolve("a.safetensors");
    Safetensors.write(
        file,
        Map.of("format", "pt"),
        List.of(
            Tensor.ofBooleans("flags", new boolean[] {true, false, true}, 3),
            Tensor.ofFloats("weight", new float[] {1, -2.5f, Float.MIN_VALUE, 4}, 2, 2),
            Tensor.ofLongs("step", new long[] {1L << 40}),
            Tensor.ofBytes("bits", new byte[] {0, -1}, 2)));
    try (Safetensors read = Safetensors.open(file)) {
      assertThat(read.metadata()).containsExactly(Map.entry("format", "pt"));
      assertThat(read.entries()).containsOnlyKeys("step", "weight", "flags", "bits");
      assertThat(read.floats("weight")).containsExactly(1, -2.5f, Float.MIN_VALUE, 4);
      assertThat(read.entries().get("weight").shape()).containsExactly(2, 2);
      assertThat(read.entries().get("flags").dtype()).isEqualTo(DType.BOOL);
      assertThat(read.longs("step")).containsExactly(1L << 40);
      assertThat(read.entries().get("step").shape()).isEmpty();
      assertThat(read.bytes("bits")).containsExactly(0, -1);
      assertThat(read.bytes("flags")).containsExactly(1, 0, 1);
    }
  }

  @Test
  void alignsEachArrayToItsElements() {
    Path file = folder.resolve("a.safetensors");
    Safetensors.write(
        file,
        Map.of(),
        List.of(
            Tensor.ofBytes("odd", new byte[3], 3),
            Tensor.ofFloats("f", new float[1], 1),
            Tensor.ofLongs("l", new long[1], 1)));
    try (Safetensors read = Safetensors.open(file)) {
      assertThat(read.entries().get("l").begin()).isZero();
      assertThat(read.entries().get("f").begin()).isEqualTo(8);
      assertThat(read.entries().get("odd").begin()).isEqualTo(12);
    }
  }

  @Test
  void readsIntoADirectBufferFromItsPosition() {
    Path file = folder.resolve("a.safetensors");
    Safetensors.write(file, Map.of(), List.of(Tensor.ofFloats("w", new float[] {1.5f, 2.5f}, 2)));
    ByteBuffer target = ByteBuffer.allocateDirect(12).order(ByteOrder.LITTLE_ENDIAN).position(4);
    try (Safetensors read = Safetensors.open(file)) {
      read.read("w", target);
      assertThat(target.position()).isEqualTo(12);
      assertThat(target.getFloat(4)).isEqualTo(1.5f);
      assertThat(target.getFloat(8)).isEqualTo(2.5f);
      assertThatThrownBy(() -> read.read("w", ByteBuffer.allocate(7)))
          .isInstanceOf(BundleException.class)
          .hasMessageContaining("tensor w has 8 bytes, the buffer has room for 7");
    }
  }

  @Test
  void refusesToReadAnArrayAsAnotherType() {
    Path file = folder.resolve("a.safetensors");
    Safetensors.write(file, Map.of(), List.of(Tensor.ofBytes("b", new byte[4], 4)));
    try (Safetensors read = Safetensors.open(file)) {
      assertThatThrownBy(() -> read.floats("b"))
          .hasMessageEndingWith("tensor b must be F32, is U8");
      assertThatThrownBy(() -> read.bytes("c")).hasMessageEndingWith("has no tensor c");
    }
  }

  @Test
  void leavesNothingBesideAWrittenFileAndClosesTwice() throws IOException {
    Path file = folder.resolve("a.safetensors");
    Safetensors.write(file, Map.of(), List.of());
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
    Safetensors read = Safetensors.open(file);
    read.close();
    read.close();
  }

  @Test
  void refusesTwoTensorsOfOneName() {
    Tensor tensor = Tensor.ofBytes("b", new byte[1], 1);
    assertThatThrownBy(
            () -> Safetensors.write(folder.resolve("a"), Map.of(), List.of(tensor, tensor)))
        .hasMessage("two tensors are named b");
  }

  @Test
  void everyTruncationIsRefusedByName() throws IOException {
    Path file = folder.resolve("whole.safetensors");
    Safetensors.write(
        file, Map.of("k", "v"), List.of(Tensor.ofFloats("w", new float[] {1, 2, 3}, 3)));
    byte[] whole = Files.readAllBytes(file);
    Path cut = folder.resolve("cut.safetensors");
    for (int length = 0; length < whole.length; length++) {
      Files.write(cut, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> Safetensors.open(cut))
          .isInstanceOf(BundleException.class)
          .hasMessageContaining("cut.safetensors");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[]|8|header must be a JSON object",
        "{\"a\"|8|the header is no JSON",
        "{} {}|0|the header is no JSON",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}|8|Duplicate field 'a'",
        "{\"a\":{\"dtype\":\"F7\",\"shape\":[2],\"data_offsets\":[0,8]}}|8|dtype (F7) must be one of",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}|8|must have 12 bytes, has 8",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}|8|list of numbers from 0",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.5],\"data_offsets\":[0,8]}}|8|list of numbers from 0",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":{\"x\":2},\"data_offsets\":[0,8]}}|8|list of numbers",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}|8|data_offsets must be a list of numbers",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}|8|must be [begin, end]",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,2],\"data_offsets\":[0,8]}}|8|is too large",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
            + "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[2,6]}}|8|tensors overlap",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
            + "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,8]}}|8|tensors leave a hole",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}|8|take 2 bytes, the file has 8",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[9],\"data_offsets\":[0,9]}}|8|is truncated",
        "{\"__metadata__\":{\"k\":1}}|0|metadata k must be text",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,1]}}|1|9 dimensions, the limit is 8"
      })
  void refusesADamagedHeader(String header, int dataBytes, String message) throws IOException {
    Path file = folder.resolve("bad.safetensors");
    Files.write(file, bytes(header, dataBytes));
    assertThatThrownBy(() -> Safetensors.open(file))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("bad.safetensors")
        .hasMessageContaining(message);
  }

  @Test
  void refusesAHeaderLengthThatIsNegativeOrHuge() throws IOException {
    Path file = folder.resolve("bad.safetensors");
    for (long length : new long[] {-1, Long.MIN_VALUE, 1L << 40, 0}) {
      ByteBuffer bytes = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
      Files.write(file, bytes.array());
      assertThatThrownBy(() -> Safetensors.open(file))
          .hasMessageContaining("its header's length is " + Long.toUnsignedString(length));
    }
  }

  @Test
  void keepsToItsLimits() {
    Path file = folder.resolve("a.safetensors");
    Safetensors.write(
        file,
        Map.of(),
        List.of(Tensor.ofBytes("a", new byte[9], 9), Tensor.ofBytes("b", new byte[1], 1)));
    assertThatThrownBy(() -> Safetensors.open(file, new Limits(16, 10, 8, 100)))
        .hasMessageContaining("it must be from 2 to 16");
    assertThatThrownBy(() -> Safetensors.open(file, new Limits(1000, 1, 8, 100)))
        .hasMessageContaining("names 2 tensors, the limit is 1");
    assertThatThrownBy(() -> Safetensors.open(file, new Limits(1000, 10, 8, 8)))
        .hasMessageContaining("tensor a has 9 bytes, the limit is 8");
    assertThatThrownBy(() -> new Limits(1, 1, 1, 1L << 31)).hasMessageContaining("tensorBytes");
  }

  @Test
  void saysThatThereIsNoSuchFile() {
    Path file = folder.resolve("none.safetensors");
    assertThatThrownBy(() -> Safetensors.open(file)).hasMessage("no such file: " + file);
  }

  private static byte[] bytes(String header, int dataBytes) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + json.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .array();
  }
}
