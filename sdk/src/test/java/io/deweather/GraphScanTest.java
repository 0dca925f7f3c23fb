package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deweather.BundleManifest.FileEntry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GraphScanTest {
  private static final Map<String, FileEntry> LISTED =
      Map.of("weights.bin", new FileEntry(1000, "0".repeat(64)));

  @Test
  void findsAnExternalInitializer() {
    byte[] tensor = external("w", 1, new long[] {2, 3}, "weights.bin", "976", "24");
    assertThat(scan(model(message(5, tensor))))
        .containsExactly(new ExternalTensor("w", 1, List.of(2L, 3L), "weights.bin", 976, 24));
  }

  @Test
  void readsPackedShapesToo() {
    byte[] tensor =
        join(
            message(1, new byte[] {2, (byte) 0x80, 1}),
            number(2, 2),
            text(8, "w"),
            entry("location", "weights.bin"),
            number(14, 1));
    assertThat(scan(model(message(5, tensor))).get(0).shape()).containsExactly(2L, 128L);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"*/_ORT_MEM_ADDR_/*", "", "other.bin", "../weights.bin", "sub/../weights.bin"})
  void refusesALocationThatIsNotListed(String location) {
    byte[] tensor = external("w", 1, new long[] {1}, location, "0", "4");
    refuses(
        model(message(5, tensor)),
        "a.onnx: tensor w lies in '" + location + "', which the manifest does not list");
  }

  @Test
  void refusesATensorThatReachesBeyondItsFile() {
    refuses(
        model(message(5, external("w", 1, new long[] {6}, "weights.bin", "977", "24"))),
        "a.onnx: tensor w ends at byte 1001 of weights.bin, which has 1000");
    refuses(
        model(message(5, external("w", 1, new long[] {1000}, "weights.bin", "0", "4000"))),
        "a.onnx: tensor w ends at byte 4000 of weights.bin, which has 1000");
  }

  @Test
  void refusesALengthThatIsNotTheShapes() {
    refuses(
        model(message(5, external("w", 1, new long[] {6}, "weights.bin", "0", "23"))),
        "a.onnx: tensor w has 23 bytes; its shape [6] needs 24");
  }

  @Test
  void refusesNumbersThatAreNone() {
    refuses(
        model(message(5, external("w", 1, new long[] {1}, "weights.bin", "-4", "4"))),
        "a.onnx: tensor w has the offset '-4', which is no number from 0");
    refuses(
        model(message(5, external("w", 1, new long[] {1}, "weights.bin", "0x", "4"))),
        "a.onnx: tensor w has the offset '0x', which is no number from 0");
    refuses(
        model(
            message(5, external("w", 1, new long[] {1L << 32, 1L << 32}, "weights.bin", "0", "4"))),
        "a.onnx: tensor w has a shape beyond measure: [4294967296, 4294967296]");
    refuses(
        model(message(5, external("w", 8, new long[] {1}, "weights.bin", "0", "4"))),
        "a.onnx: tensor w is of an element type that cannot lie outside: 8");
  }

  /** ONNX Runtime is given the data by name: it would look for the other's in the file system. */
  @Test
  void refusesNamesThatTwoInitializersWouldShare() {
    byte[] tensor = external("w", 1, new long[] {1}, "weights.bin", "0", "4");
    refuses(
        model(message(5, tensor), message(5, tensor)),
        "a.onnx has two initializers of the name w, which a bundle must not have");
    for (byte damaged : new byte[] {(byte) 0xfe, (byte) 0xff}) {
      byte[] named = join(tensor, message(8, new byte[] {damaged}));
      refuses(
          model(message(5, named)), "a.onnx is no sound ONNX graph: a text that is no UTF-8 at");
    }
  }

  @Test
  void refusesExternalDataAnywhereButInTheMainInitializers() {
    byte[] tensor = external("w", 1, new long[] {1}, "weights.bin", "0", "4");
    byte[] attribute = message(5, tensor); // AttributeProto.t
    byte[] node = message(5, attribute); // NodeProto.attribute
    byte[] subgraph = message(5, message(6, message(5, tensor)));
    String message =
        "a.onnx has external data outside the main graph's initializers: w, which a bundle must"
            + " not have";
    refuses(model(message(1, node)), message);
    refuses(model(message(1, message(5, message(10, tensor)))), message);
    refuses(model(message(1, subgraph)), message);
    refuses(model(message(15, message(1, tensor))), message);
    refuses(join(model(), message(25, message(7, node))), message);
    refuses(join(model(), message(25, message(11, attribute))), message);
    refuses(join(model(), message(20, model())), "a.onnx has training information, which");
  }

  @Test
  void refusesNestingWithoutEnd() {
    byte[] graph = new byte[0];
    for (int i = 0; i < 17; i++) {
      graph = message(1, message(5, message(6, graph)));
    }
    refuses(model(graph), "a.onnx has graphs nested deeper than 16, which a bundle must not have");
  }

  @Test
  void damagedGraphsAreRefusedAndNothingElseHappens() throws IOException {
    byte[] sound = Files.readAllBytes(GoldenBundle.path().resolve("rain.onnx"));
    FileEntry weights = BundleManifest.read(GoldenBundle.path()).files().get("weights.bin");
    Random random = new Random(1);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = Arrays.copyOf(sound, i < sound.length ? i : sound.length);
      for (int k = 0; i >= sound.length && k <= i % 4; k++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      try {
        GraphScan.externalTensors(
            "a.onnx", damaged, Map.of("weights.bin", weights), BundleLimits.DEFAULT);
      } catch (BundleException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(3000);
    assertThatCode(
            () ->
                GraphScan.externalTensors(
                    "a.onnx", sound, Map.of("weights.bin", weights), BundleLimits.DEFAULT))
        .doesNotThrowAnyException();
  }

  private static List<ExternalTensor> scan(byte[] model) {
    return GraphScan.externalTensors("a.onnx", model, LISTED, BundleLimits.DEFAULT);
  }

  private static void refuses(byte[] model, String message) {
    assertThatThrownBy(() -> scan(model))
        .isInstanceOf(BundleException.class)
        .hasMessageStartingWith(message);
  }

  private static byte[] model(byte[]... graphFields) {
    return join(number(1, 8), message(7, join(graphFields)));
  }

  private static byte[] external(
      String name, int type, long[] shape, String location, String offset, String length) {
    byte[] dimensions = new byte[0];
    for (long extent : shape) {
      dimensions = join(dimensions, number(1, extent));
    }
    return join(
        dimensions,
        number(2, type),
        text(8, name),
        entry("location", location),
        entry("offset", offset),
        entry("length", length),
        number(14, 1));
  }

  private static byte[] entry(String key, String value) {
    return message(13, join(text(1, key), text(2, value)));
  }

  private static byte[] text(int field, String text) {
    return message(field, text.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] message(int field, byte[] contents) {
    return join(varint(field << 3 | 2), varint(contents.length), contents);
  }

  private static byte[] number(int field, long value) {
    return join(varint((long) field << 3), varint(value));
  }

  private static byte[] varint(long value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (; (value & ~0x7fL) != 0; value >>>= 7) {
      out.write((int) (value & 0x7f | 0x80));
    }
    out.write((int) value);
    return out.toByteArray();
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
