package io.deweather.converter;

import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.deweather.BundleException;
import io.deweather.FileFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads the data of a graph's initializers, inline or from a file beside it. A place outside that
 * folder or outside the file is refused before anything is opened.
 */
final class WeightsReader {
  private static final Map<Integer, Integer> ELEMENT_BYTES =
      Map.ofEntries(
          Map.entry(DataType.FLOAT_VALUE, 4),
          Map.entry(DataType.DOUBLE_VALUE, 8),
          Map.entry(DataType.FLOAT16_VALUE, 2),
          Map.entry(DataType.BFLOAT16_VALUE, 2),
          Map.entry(DataType.BOOL_VALUE, 1),
          Map.entry(DataType.INT8_VALUE, 1),
          Map.entry(DataType.UINT8_VALUE, 1),
          Map.entry(DataType.INT16_VALUE, 2),
          Map.entry(DataType.UINT16_VALUE, 2),
          Map.entry(DataType.INT32_VALUE, 4),
          Map.entry(DataType.UINT32_VALUE, 4),
          Map.entry(DataType.INT64_VALUE, 8),
          Map.entry(DataType.UINT64_VALUE, 8));

  private final Path folder;
  private final boolean anyFile;

  private WeightsReader(Path folder, boolean anyFile) {
    this.folder = folder;
    this.anyFile = anyFile;
  }

  /** Of a bundle, whose graphs have their data in {@code weights.bin}. */
  static WeightsReader ofBundle(Path folder) {
    return new WeightsReader(folder, false);
  }

  /** Of a network from elsewhere, which may have it in any file of its folder. */
  static WeightsReader ofNetwork(Path onnx) {
    return new WeightsReader(onnx.toAbsolutePath().getParent(), true);
  }

  /**
   * The tensor with its data inside.
   *
   * @throws BundleException naming graph file and tensor, if the data is not where it should be
   */
  TensorProto inline(Path graph, TensorProto tensor) {
    if (tensor.getDataLocation() != TensorProto.DataLocation.EXTERNAL) {
      return tensor;
    }
    String where = graph + ": tensor " + tensor.getName();
    Map<String, String> place = new HashMap<>();
    for (StringStringEntryProto entry : tensor.getExternalDataList()) {
      place.put(entry.getKey(), entry.getValue());
    }
    String location = place.getOrDefault("location", "");
    if (anyFile ? !isPlainName(location) : !location.equals(WeightsFile.NAME)) {
      throw new BundleException(
          "%s has its data in '%s'; %s, beside the graph"
              .formatted(
                  where,
                  location,
                  anyFile
                      ? "it must be in a file"
                      : "in a bundle it must be in " + WeightsFile.NAME));
    }
    long offset = number(where, "offset", place.getOrDefault("offset", "0"));
    long length = number(where, "length", place.getOrDefault("length", ""));
    if (!isKnown(tensor)) {
      throw new BundleException(
          "%s has elements of type %s, of which none may lie outside of the graph"
              .formatted(where, DataType.forNumber(tensor.getDataType())));
    }
    long expected = elements(where, tensor) * ELEMENT_BYTES.get(tensor.getDataType());
    if (length != expected || length > Integer.MAX_VALUE) {
      throw new BundleException(
          "%s of type %s and shape %s has %d bytes of data, it must have %d"
              .formatted(
                  where,
                  DataType.forNumber(tensor.getDataType()),
                  Shapes.text(Onnx.shape(tensor)),
                  length,
                  expected));
    }
    return tensor.toBuilder()
        .clearDataLocation()
        .clearExternalData()
        .setRawData(read(where, folder.resolve(location), offset, (int) length))
        .build();
  }

  /** Whether a tensor's data can be read from outside of its graph. */
  static boolean isKnown(TensorProto tensor) {
    return ELEMENT_BYTES.containsKey(tensor.getDataType());
  }

  private static boolean isPlainName(String location) {
    return location.matches("[^/\\\\:\\p{Cntrl}]+") && !location.matches("\\.{1,2}");
  }

  private static ByteString read(String where, Path file, long offset, int length) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (offset > channel.size() - length) {
        throw new BundleException(
            "%s lies at bytes %d to %d, %s has %d"
                .formatted(where, offset, offset + length, file, Files.size(file)));
      }
      ByteBuffer buffer = ByteBuffer.allocate(length);
      while (buffer.hasRemaining()) {
        if (channel.read(buffer, offset + buffer.position()) < 0) {
          throw new BundleException(file + " became shorter while it was read");
        }
      }
      return UnsafeByteOperations.unsafeWrap(buffer.flip());
    } catch (NoSuchFileException e) {
      throw new BundleException(
          where + " has its data in " + file + ", but there is no such file", e);
    } catch (IOException e) {
      throw new BundleException("cannot read " + file + ": " + FileFailure.reason(e), e);
    }
  }

  private static long number(String where, String key, String value) {
    if (!value.matches("[0-9]{1,18}")) {
      throw new BundleException(
          where + ": external data's " + key + " ('" + value + "') must be a number from 0");
    }
    return Long.parseLong(value);
  }

  /** How many a tensor of this shape has. */
  static long elements(String where, TensorProto tensor) {
    try {
      long elements = Shapes.elements(Onnx.shape(tensor));
      return Math.multiplyExact(elements, (long) Long.BYTES) / Long.BYTES;
    } catch (ArithmeticException e) {
      throw new BundleException(
          where + ": shape " + Shapes.text(Onnx.shape(tensor)) + " is too large", e);
    }
  }
}
