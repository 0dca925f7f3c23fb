package io.deweather.models;

import ai.onnx.proto.OnnxMl.ModelProto;
import io.deweather.converter.Safetensors;
import io.deweather.models.SelectorFrames.Sample;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The features of a run's frames as one safetensors file. What they depend on stands in its
 * metadata; a file of other options is made anew.
 */
final class SelectorStore {
  private static final int PART = 4096;

  private final Path file;
  private final String made;
  private final int weathers;

  /**
   * A store.
   *
   * @param name of its file
   * @param photographs that frames are made of, see {@link Photographs#identity}
   * @param asked the graph that gives the features
   */
  SelectorStore(SelectorOptions options, String name, String photographs, ModelProto asked) {
    file = options.out().resolve(name);
    weathers = options.weathers().size();
    made =
        "%s %s %d %08x"
            .formatted(
                photographs, options.weathers(), options.seed(), asked.toByteString().hashCode());
  }

  /** Adds what is there, if it was made with these options. */
  void read(List<Sample> samples, List<Sample> heldOut) {
    if (!Files.exists(file)) {
      return;
    }
    try (Safetensors tensors = Safetensors.open(file)) {
      if (made.equals(tensors.metadata().get("options"))) {
        read(tensors, "train", samples);
        read(tensors, "held_out", heldOut);
      }
    }
  }

  private void read(Safetensors tensors, String name, List<Sample> samples) {
    for (int part = 0; tensors.entries().containsKey(name + part); part++) {
      float[] all = tensors.floats(name + part);
      int row = (int) tensors.entries().get(name + part).shape()[1];
      for (int at = 0; at < all.length; at += row) {
        int features = row - 2 * weathers;
        samples.add(
            new Sample(
                slice(all, at, features),
                slice(all, at + features, weathers),
                slice(all, at + features + weathers, weathers)));
      }
    }
  }

  private static float[] slice(float[] all, int at, int length) {
    float[] part = new float[length];
    System.arraycopy(all, at, part, 0, length);
    return part;
  }

  void write(List<Sample> samples, List<Sample> heldOut) {
    List<Safetensors.Tensor> tensors = new ArrayList<>();
    add("train", samples, tensors);
    add("held_out", heldOut, tensors);
    Safetensors.write(file, Map.of("options", made), tensors);
  }

  private void add(String name, List<Sample> samples, List<Safetensors.Tensor> tensors) {
    for (int begin = 0; begin < samples.size(); begin += PART) {
      List<Sample> part = samples.subList(begin, Math.min(samples.size(), begin + PART));
      int row = part.get(0).features().length + 2 * weathers;
      ByteBuffer bytes =
          ByteBuffer.allocate(Float.BYTES * row * part.size()).order(ByteOrder.LITTLE_ENDIAN);
      for (Sample sample : part) {
        for (float[] values : List.of(sample.features(), sample.labels(), sample.weights())) {
          bytes.asFloatBuffer().put(values);
          bytes.position(bytes.position() + Float.BYTES * values.length);
        }
      }
      tensors.add(
          new Safetensors.Tensor(
              name + begin / PART,
              Safetensors.DType.F32,
              new long[] {part.size(), row},
              bytes.flip()));
    }
  }
}
