package io.deweather;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Gathers the fields of one external tensor and checks them against the file that holds it. */
final class ExternalTensorBuilder {
  private static final int MAX_DIMENSIONS = 8;

  String name = "";
  int elementType;

  private final String graph;
  private final List<Long> shape = new ArrayList<>();
  private String location = "";
  private long offset;
  private long length = -1;

  ExternalTensorBuilder(String graph) {
    this.graph = graph;
  }

  void dimensions(WireReader tensor) {
    if (!tensor.isPacked()) {
      dimension(tensor, tensor.varint());
      return;
    }
    WireReader run = tensor.message();
    while (run.hasRemaining()) {
      dimension(run, run.packedVarint());
    }
  }

  private void dimension(WireReader reader, long value) {
    if (value < 0 || shape.size() == MAX_DIMENSIONS) {
      throw reader.damaged("a tensor's shape");
    }
    shape.add(value);
  }

  void entry(WireReader entry) {
    String key = "";
    String value = "";
    while (entry.next()) {
      switch (entry.field()) {
        case 1 -> key = entry.string();
        case 2 -> value = entry.string();
        default -> entry.skip();
      }
    }
    switch (key) {
      case "location" -> location = value;
      case "offset" -> offset = number(key, value);
      case "length" -> length = number(key, value);
      default -> {} // a checksum, or a hint of a later ONNX
    }
  }

  ExternalTensor build(Map<String, BundleManifest.FileEntry> listed) {
    BundleManifest.FileEntry entry = listed.get(location);
    if (entry == null) {
      throw refused("lies in '" + location + "', which the manifest does not list");
    }
    long bytes = bytesOfShape();
    if (length >= 0 && length != bytes) {
      throw refused("has %d bytes; its shape %s needs %d".formatted(length, shape, bytes));
    }
    if (offset > entry.bytes() - bytes) {
      throw refused(
          "ends at byte %s of %s, which has %d"
              .formatted(Long.toUnsignedString(offset + bytes), location, entry.bytes()));
    }
    return new ExternalTensor(name, elementType, List.copyOf(shape), location, offset, bytes);
  }

  private long bytesOfShape() {
    try {
      long bytes = ElementType.of(elementType).size;
      for (long extent : shape) {
        bytes = Math.multiplyExact(bytes, extent);
      }
      return bytes;
    } catch (ArithmeticException e) {
      throw refused("has a shape beyond measure: " + shape);
    } catch (IllegalArgumentException e) {
      throw refused("is of an element type that cannot lie outside: " + elementType);
    }
  }

  private long number(String key, String value) {
    try {
      long number = Long.parseLong(value);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below, as for a negative one
    }
    throw refused("has the %s '%s', which is no number from 0".formatted(key, value));
  }

  private BundleException refused(String what) {
    return new BundleException("%s: tensor %s %s".formatted(graph, name, what));
  }
}
