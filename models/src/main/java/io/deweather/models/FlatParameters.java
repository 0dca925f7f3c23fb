package io.deweather.models;

import io.deweather.converter.Network;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * All parameters of a network end to end in one vector, so that masking, optimising and averaging
 * are a handful of vector operations whatever the network looks like.
 *
 * <p>{@link #theta} is what is optimised. {@link #view} is what the network sees: the caller fills
 * it before each forward pass. {@link #gradient} is where {@code backward} leaves the gradient with
 * respect to {@code view}. The tensors handed to the interpreter share the memory of {@code view}.
 */
@SuppressWarnings("try") // a PointerScope works by being open
final class FlatParameters {
  private final Network network;
  private final Device device;
  private final Map<String, Tensor> leaves = new LinkedHashMap<>();
  private final Map<String, Long> offsets = new LinkedHashMap<>();
  private final long size;
  final Tensor theta;
  final Tensor view;
  final Tensor gradient;

  FlatParameters(Network network, Device device) {
    this.network = network;
    this.device = device;
    long end = 0;
    for (Network.Parameter parameter : network.parameters().values()) {
      offsets.put(parameter.name(), end);
      end += parameter.values().length;
    }
    size = end;
    theta = vector(endToEnd(network));
    view = theta.clone();
    gradient = zeros();
    network
        .parameters()
        .forEach(
            (name, parameter) -> {
              long offset = offsets.get(name);
              long length = parameter.values().length;
              Tensor leaf = view.narrow(0, offset, length).view(parameter.shape()).detach();
              leaf.set_requires_grad(true);
              leaf.mutable_grad().put(gradient.narrow(0, offset, length).view(parameter.shape()));
              leaves.put(name, leaf);
            });
  }

  /** How many scalars there are. */
  long size() {
    return size;
  }

  /** Where a parameter's scalars begin. */
  long offset(String name) {
    return offsets.get(name);
  }

  /** The view, as the interpreter takes it. */
  Map<String, Tensor> leaves() {
    return leaves;
  }

  /** A vector of zeros beside {@code theta}; closed with the scope it is made in. */
  Tensor zeros() {
    return vector(new float[Math.toIntExact(size)]);
  }

  /** A vector of these values beside {@code theta}; closed with the scope it is made in. */
  Tensor vector(float[] values) {
    return Tensor.create(values, values.length)
        .to(
            device,
            torch.ScalarType.Float,
            false,
            true,
            new org.bytedeco.pytorch.MemoryFormatOptional());
  }

  /** The network with these values, end to end. */
  Network network(float[] all) {
    Map<String, float[]> values = new LinkedHashMap<>();
    network
        .parameters()
        .forEach(
            (name, parameter) -> {
              float[] part = new float[parameter.values().length];
              System.arraycopy(all, Math.toIntExact(offset(name)), part, 0, part.length);
              values.put(name, part);
            });
    return network.withParameters(values);
  }

  /** The parameters of a network, end to end. */
  static float[] endToEnd(Network network) {
    int size = network.parameters().values().stream().mapToInt(p -> p.values().length).sum();
    FloatBuffer all = FloatBuffer.allocate(size);
    network.parameters().values().forEach(parameter -> all.put(parameter.values()));
    return all.array();
  }

  /** Copies a vector out of libtorch. */
  static float[] floats(Tensor vector) {
    try (PointerScope copies = new PointerScope()) {
      Tensor host = vector.cpu().contiguous();
      float[] values = new float[Math.toIntExact(host.numel())];
      new FloatPointer(host.data_ptr_float()).get(values);
      return values;
    }
  }
}
