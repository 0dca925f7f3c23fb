package io.deweather.converter;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import io.deweather.BundleException;
import io.deweather.FileFailure;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Lays out {@code weights.bin}, the ONNX external data that all graphs of a bundle share.
 *
 * <p>Arrays of at least {@value #LARGE} bytes begin on a page ({@value #PAGE}), so that a runtime
 * can map them; smaller ones on a cache line ({@value #LINE}), because a page for each would cost
 * more than the masks do. The large ones come first: most are whole pages long, so that little is
 * lost between them, which is zero.
 */
final class WeightsFile {
  static final String NAME = "weights.bin";
  static final int PAGE = 4096;
  static final int LINE = 64;
  static final int LARGE = 128 << 10;

  /** Where small arrays are said to begin until it is known where large ones end. */
  private static final long SMALL = 1L << 48;

  private final TreeMap<Long, ByteString> dataAt = new TreeMap<>();
  private long endOfLarge;
  private long endOfSmall = SMALL;

  /**
   * Takes the data of an initializer; returns the initializer that refers to it, for {@link
   * #placed} in the end.
   */
  TensorProto store(TensorProto tensor) {
    ByteString data = tensor.getRawData();
    boolean large = data.size() >= LARGE;
    long offset = large ? aligned(endOfLarge, PAGE) : aligned(endOfSmall, LINE);
    dataAt.put(offset, data);
    if (large) {
      endOfLarge = offset + data.size();
    } else {
      endOfSmall = offset + data.size();
    }
    return referring(tensor.toBuilder().clearRawData(), offset, data.size());
  }

  /** The model with every initializer referring to where its data lies in the file. */
  ModelProto placed(ModelProto model) {
    GraphProto.Builder graph = model.getGraph().toBuilder();
    for (TensorProto.Builder tensor : graph.getInitializerBuilderList()) {
      if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
        long offset = offset(tensor.build());
        int length = dataAt.get(offset).size();
        referring(tensor.clearExternalData(), inFile(offset), length);
      }
    }
    return model.toBuilder().setGraph(graph).build();
  }

  private long inFile(long offset) {
    return offset < SMALL ? offset : aligned(endOfLarge, LINE) + offset - SMALL;
  }

  private static TensorProto referring(TensorProto.Builder tensor, long offset, int length) {
    return tensor
        .setDataLocation(TensorProto.DataLocation.EXTERNAL)
        .addExternalData(Onnx.entry("location", NAME))
        .addExternalData(Onnx.entry("offset", Long.toString(offset)))
        .addExternalData(Onnx.entry("length", Integer.toString(length)))
        .build();
  }

  private static long aligned(long end, long alignment) {
    return (end + alignment - 1) / alignment * alignment;
  }

  /** The inverse of {@link #store}; a tensor that has its data inside comes back as it is. */
  TensorProto inline(TensorProto tensor) {
    if (tensor.getDataLocation() != TensorProto.DataLocation.EXTERNAL) {
      return tensor;
    }
    ByteString data = dataAt.get(offset(tensor));
    return tensor.toBuilder().clearDataLocation().clearExternalData().setRawData(data).build();
  }

  /** The model with all data inside. */
  ModelProto inline(ModelProto model) {
    GraphProto.Builder graph = model.getGraph().toBuilder();
    for (int i = 0; i < graph.getInitializerCount(); i++) {
      graph.setInitializer(i, inline(graph.getInitializer(i)));
    }
    return model.toBuilder().setGraph(graph).build();
  }

  /** Where the data of a stored tensor begins. */
  static long offset(TensorProto stored) {
    return stored.getExternalDataList().stream()
        .filter(e -> e.getKey().equals("offset"))
        .mapToLong(e -> Long.parseLong(e.getValue()))
        .findFirst()
        .orElseThrow();
  }

  void write(Path folder) {
    Path file = folder.resolve(NAME);
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
      long position = 0;
      for (Map.Entry<Long, ByteString> stored : dataAt.entrySet()) {
        long offset = inFile(stored.getKey());
        out.write(new byte[(int) (offset - position)]);
        stored.getValue().writeTo(out);
        position = offset + stored.getValue().size();
      }
    } catch (IOException e) {
      throw new BundleException("cannot write " + file + ": " + FileFailure.reason(e), e);
    }
  }
}
