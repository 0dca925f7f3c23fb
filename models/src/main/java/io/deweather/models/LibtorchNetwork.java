package io.deweather.models;

import io.deweather.converter.Network;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A network evaluated by libtorch, operator by operator, without gradients: what training computes,
 * to compare the runtime with. Used from one thread at a time; the owner closes it.
 */
@SuppressWarnings("try") // a PointerScope works by being open
public final class LibtorchNetwork implements AutoCloseable {
  private final GraphInterpreter interpreter;
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();

  /**
   * Loads a network.
   *
   * @param threads how many threads libtorch computes on, in this whole process
   * @throws io.deweather.DeweatherException if the network has an operator that is not among those
   *     that can be trained
   */
  public LibtorchNetwork(Network network, int threads) {
    torch.set_num_threads(threads);
    interpreter = new GraphInterpreter(network, GraphInterpreter.Precision.FP32);
    network
        .parameters()
        .forEach((name, p) -> parameters.put(name, Tensor.create(p.values(), p.shape())));
  }

  /**
   * Evaluates the network.
   *
   * @param image {@code [1, 3, height, width]} in [0, 1], direct
   * @param restored as many values, direct; gets the result, not clipped
   */
  public void run(FloatBuffer image, FloatBuffer restored, int height, int width) {
    boolean recorded = GradMode.is_enabled();
    GradMode.set_enabled(false);
    try (PointerScope scope = new PointerScope()) {
      Tensor input = torch.from_blob(new FloatPointer(image), 1, 3, height, width);
      Tensor output = interpreter.evaluate(input, parameters).contiguous();
      FloatPointer values = new FloatPointer(output.data_ptr_float());
      restored.duplicate().put(values.capacity(output.numel()).asBuffer());
    } finally {
      GradMode.set_enabled(recorded);
    }
  }

  @Override
  public void close() {
    parameters.values().forEach(Tensor::close);
  }
}
