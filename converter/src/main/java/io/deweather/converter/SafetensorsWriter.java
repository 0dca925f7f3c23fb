package io.deweather.converter;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.deweather.BundleException;
import io.deweather.converter.Safetensors.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** The writing side of {@link Safetensors}. */
final class SafetensorsWriter {
  private static final JsonMapper MAPPER = new JsonMapper();

  private SafetensorsWriter() {}

  static void write(Path file, Map<String, String> metadata, List<Tensor> tensors) {
    List<Tensor> ordered = new ArrayList<>(tensors);
    ordered.sort(Comparator.comparingInt((Tensor t) -> t.dtype().bytes()).reversed());
    ByteBuffer header = header(metadata, ordered);
    WholeFile.write(
        file,
        part -> {
          try (FileChannel out =
              FileChannel.open(
                  part,
                  StandardOpenOption.CREATE,
                  StandardOpenOption.TRUNCATE_EXISTING,
                  StandardOpenOption.WRITE)) {
            writeFully(out, header);
            for (Tensor tensor : ordered) {
              writeFully(out, tensor.data().duplicate());
            }
          }
        });
  }

  private static ByteBuffer header(Map<String, String> metadata, List<Tensor> tensors) {
    ObjectNode root = MAPPER.createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode node = root.putObject(SafetensorsHeader.METADATA);
      metadata.forEach(node::put);
    }
    long offset = 0;
    for (Tensor tensor : tensors) {
      if (root.has(tensor.name())) {
        throw new BundleException("two tensors are named " + tensor.name());
      }
      ObjectNode node = root.putObject(tensor.name());
      node.put("dtype", tensor.dtype().name());
      ArrayNode shape = node.putArray("shape");
      for (long n : tensor.shape()) {
        shape.add(n);
      }
      long end = offset + tensor.data().remaining();
      node.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    byte[] json = root.toString().getBytes(StandardCharsets.UTF_8);
    int padded =
        (json.length + SafetensorsHeader.LENGTH_BYTES - 1)
            / SafetensorsHeader.LENGTH_BYTES
            * SafetensorsHeader.LENGTH_BYTES;
    ByteBuffer header =
        ByteBuffer.allocate(SafetensorsHeader.LENGTH_BYTES + padded)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(padded);
    header.put(json).put(" ".repeat(padded - json.length).getBytes(StandardCharsets.US_ASCII));
    return header.flip();
  }

  private static void writeFully(FileChannel out, ByteBuffer data) throws IOException {
    while (data.hasRemaining()) {
      out.write(data);
    }
  }
}
