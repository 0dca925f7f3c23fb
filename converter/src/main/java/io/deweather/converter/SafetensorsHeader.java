package io.deweather.converter;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.deweather.BundleException;
import io.deweather.converter.Safetensors.DType;
import io.deweather.converter.Safetensors.Entry;
import io.deweather.converter.Safetensors.Limits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The head of a safetensors file: eight bytes of length (little-endian), then that many of JSON,
 * then the data section.
 */
record SafetensorsHeader(Map<String, String> metadata, Map<String, Entry> entries, long dataStart) {
  static final String METADATA = "__metadata__";
  static final int LENGTH_BYTES = 8;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(8).build())
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  static SafetensorsHeader read(Path file, FileChannel channel, Limits limits) throws IOException {
    long size = channel.size();
    if (size < LENGTH_BYTES) {
      throw new BundleException(
          "%s is no safetensors file: it has %d bytes, the header's length alone takes %d"
              .formatted(file, size, LENGTH_BYTES));
    }
    long length = read(channel, 0, LENGTH_BYTES).getLong();
    if (length < 2 || length > limits.headerBytes()) {
      throw new BundleException(
          "%s is no safetensors file: its header's length is %s, it must be from 2 to %d"
              .formatted(file, Long.toUnsignedString(length), limits.headerBytes()));
    }
    if (length > size - LENGTH_BYTES) {
      throw new BundleException(
          "%s is truncated: its header takes %d bytes, the file has %d"
              .formatted(file, LENGTH_BYTES + length, size));
    }
    byte[] json = read(channel, LENGTH_BYTES, (int) length).array();
    long dataStart = LENGTH_BYTES + length;
    try {
      SafetensorsHeader header = parse(file, MAPPER.readTree(json), dataStart, limits);
      header.requireGapless(file, size - dataStart);
      return header;
    } catch (JsonProcessingException e) {
      throw new BundleException(file + ": the header is no JSON: " + e.getOriginalMessage(), e);
    }
  }

  private static SafetensorsHeader parse(Path file, JsonNode root, long dataStart, Limits limits) {
    if (!root.isObject()) {
      throw new BundleException(file + ": the header must be a JSON object");
    }
    if (root.size() > limits.tensors()) {
      throw new BundleException(
          file
              + ": the header names "
              + root.size()
              + " tensors, the limit is "
              + limits.tensors());
    }
    Map<String, String> metadata = new LinkedHashMap<>();
    Map<String, Entry> entries = new LinkedHashMap<>();
    root.properties()
        .forEach(
            field -> {
              if (field.getKey().equals(METADATA)) {
                metadata(file, field.getValue(), metadata);
              } else {
                entries.put(field.getKey(), entry(file, field.getKey(), field.getValue(), limits));
              }
            });
    return new SafetensorsHeader(
        Collections.unmodifiableMap(metadata), Collections.unmodifiableMap(entries), dataStart);
  }

  private static void metadata(Path file, JsonNode node, Map<String, String> into) {
    node.properties()
        .forEach(
            entry -> {
              if (!entry.getValue().isTextual()) {
                throw new BundleException(file + ": metadata " + entry.getKey() + " must be text");
              }
              into.put(entry.getKey(), entry.getValue().textValue());
            });
  }

  private static Entry entry(Path file, String name, JsonNode node, Limits limits) {
    String where = file + ": tensor " + name;
    DType dtype = dtype(where, node.path("dtype").asText());
    long[] shape = numbers(where + ": shape", node.path("shape"));
    long[] offsets = numbers(where + ": data_offsets", node.path("data_offsets"));
    if (shape.length > limits.dimensions()) {
      throw new BundleException(
          where + " has " + shape.length + " dimensions, the limit is " + limits.dimensions());
    }
    if (offsets.length != 2 || offsets[1] < offsets[0]) {
      throw new BundleException(
          where + ": data_offsets must be [begin, end], is " + Shapes.text(offsets));
    }
    long expected = bytes(where, dtype, shape);
    long length = offsets[1] - offsets[0];
    if (length != expected) {
      throw new BundleException(
          "%s of type %s and shape %s must have %d bytes, has %d"
              .formatted(where, dtype, Shapes.text(shape), expected, length));
    }
    if (length > limits.tensorBytes()) {
      throw new BundleException(
          where + " has " + length + " bytes, the limit is " + limits.tensorBytes());
    }
    return new Entry(dtype, shape, offsets[0], offsets[1]);
  }

  private static DType dtype(String where, String name) {
    for (DType dtype : DType.values()) {
      if (dtype.name().equals(name)) {
        return dtype;
      }
    }
    throw new BundleException(
        where + ": dtype (" + name + ") must be one of " + List.of(DType.values()));
  }

  private static long[] numbers(String where, JsonNode node) {
    long[] numbers = new long[node.size()];
    for (int i = 0; i < numbers.length; i++) {
      JsonNode n = node.get(i);
      if (n == null || !n.isIntegralNumber() || !n.canConvertToLong() || n.longValue() < 0) {
        throw new BundleException(where + " must be a list of numbers from 0, is " + node);
      }
      numbers[i] = n.longValue();
    }
    if (!node.isArray()) {
      throw new BundleException(where + " must be a list of numbers from 0, is " + node);
    }
    return numbers;
  }

  private static long bytes(String where, DType dtype, long[] shape) {
    try {
      return Math.multiplyExact(Shapes.elements(shape), dtype.bytes());
    } catch (ArithmeticException e) {
      throw new BundleException(where + ": shape " + Shapes.text(shape) + " is too large", e);
    }
  }

  private void requireGapless(Path file, long dataBytes) {
    List<Map.Entry<String, Entry>> ordered = new ArrayList<>(entries.entrySet());
    ordered.sort(
        Comparator.comparingLong((Map.Entry<String, Entry> e) -> e.getValue().begin())
            .thenComparingLong(e -> e.getValue().end()));
    long end = 0;
    for (Map.Entry<String, Entry> entry : ordered) {
      if (entry.getValue().begin() != end) {
        throw new BundleException(
            "%s: tensor %s begins at byte %d, it must begin at %d: tensors %s"
                .formatted(
                    file,
                    entry.getKey(),
                    entry.getValue().begin(),
                    end,
                    entry.getValue().begin() < end ? "overlap" : "leave a hole"));
      }
      end = entry.getValue().end();
    }
    if (end != dataBytes) {
      throw new BundleException(
          "%s is %s: its tensors take %d bytes, the file has %d for them"
              .formatted(file, end > dataBytes ? "truncated" : "damaged", end, dataBytes));
    }
  }

  private static ByteBuffer read(FileChannel channel, long position, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new IOException("it became shorter while it was read");
      }
    }
    return buffer.flip();
  }
}
