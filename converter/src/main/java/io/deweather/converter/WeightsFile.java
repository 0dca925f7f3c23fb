package io.deweather.converter;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import io.deweather.BundleException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Lays out {@code weights.bin}, the ONNX external data that all graphs of a bundle share.
 *
 * <p>Arrays of at least {@value #LARGE} bytes begin on a page ({@value #PAGE}), so that a runtime
 * can map them; smaller ones on a cache line ({@value #LINE}), because a page for each would cost
 * more than the masks do. What lies between is zero.
 */
final class WeightsFile {
  static final String NAME = "weights.bin";
  static final int PAGE = 4096;
  static final int LINE = 64;
  static final int LARGE = 128 << 10;

  private record Segment(long offset, ByteString data) {}

  private final List<Segment> segments = new ArrayList<>();
  private final Map<Long, ByteString> dataAt = new HashMap<>();
  private long end;

  /** Takes the data of an initializer; returns the initializer that refers to it. */
  TensorProto store(TensorProto tensor) {
    ByteString data = tensor.getRawData();
    long alignment = data.size() >= LARGE ? PAGE : LINE;
    long offset = (end + alignment - 1) / alignment * alignment;
    segments.add(new Segment(offset, data));
    dataAt.put(offset, data);
    end = offset + data.size();
    return tensor.toBuilder()
        .clearRawData()
        .setDataLocation(TensorProto.DataLocation.EXTERNAL)
        .addExternalData(Onnx.entry("location", NAME))
        .addExternalData(Onnx.entry("offset", Long.toString(offset)))
        .addExternalData(Onnx.entry("length", Integer.toString(data.size())))
        .build();
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
      for (Segment segment : segments) {
        out.write(new byte[(int) (segment.offset() - position)]);
        segment.data().writeTo(out);
        position = segment.offset() + segment.data().size();
      }
    } catch (IOException e) {
      throw new BundleException("cannot write " + file + ": " + e.getMessage(), e);
    }
  }
}
