package io.deweather.models;

import io.deweather.converter.Network;
import io.deweather.converter.SelectorGraph;
import io.deweather.models.SelectorBatches.Batch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The arithmetic of training a selector: binary cross-entropy of each weather, since several may be
 * there at once, averaged over the frames whose label is known. One thread.
 */
@SuppressWarnings("try") // a PointerScope works by being open
final class SelectorTrainer {
  private final GraphInterpreter interpreter;
  final FlatParameters parameters;
  private final Adam adam;
  private FloatBuffer buffer = FloatBuffer.allocate(0);

  SelectorTrainer(Network network, GraphInterpreter.Precision precision) {
    interpreter = new GraphInterpreter(network, precision);
    parameters = new FlatParameters(network, new Device("cpu"));
    adam = new Adam(parameters);
  }

  /** The network with the moving average of the parameters. */
  Network average() {
    return parameters.network(FlatParameters.floats(adam.average));
  }

  /**
   * One step.
   *
   * @return the loss before it
   */
  double step(Batch batch, double rate, double decay) {
    try (PointerScope scope = new PointerScope()) {
      parameters.view.copy_(parameters.theta);
      parameters.gradient.zero_();
      Tensor loss = loss(scores(batch), batch);
      loss.backward();
      adam.step(parameters.theta, parameters.gradient, rate, decay);
      return loss.item_float();
    }
  }

  /** Scores {@code [count, weathers]} of the averaged network, row after row. */
  float[] evaluate(Batch batch) {
    GradMode.set_enabled(false);
    try (PointerScope scope = new PointerScope()) {
      parameters.view.copy_(adam.average);
      return FlatParameters.floats(scores(batch));
    } finally {
      GradMode.set_enabled(true);
    }
  }

  private Tensor scores(Batch batch) {
    int size = batch.looks()[0].length;
    if (buffer.capacity() < size * batch.count()) {
      buffer =
          ByteBuffer.allocateDirect(Float.BYTES * size * batch.count())
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
    }
    buffer.clear();
    for (float[] looks : batch.looks()) {
      buffer.put(looks);
    }
    long images = (long) batch.count() * SelectorGraph.LOOKS;
    Tensor image =
        torch
            .from_blob(new FloatPointer(buffer.flip()), images, 3, batch.height(), batch.width())
            .contiguous(torch.MemoryFormat.ChannelsLast);
    return interpreter.evaluate(image, parameters.leaves()).to(torch.ScalarType.Float);
  }

  /** {@code max(s, 0) - s y + log(1 + exp(-|s|))}, which does not overflow. */
  private static Tensor loss(Tensor scores, Batch batch) {
    long[] shape = {batch.count(), batch.labels().length / batch.count()};
    Tensor labels = Tensor.create(batch.labels(), shape);
    Tensor weights = Tensor.create(batch.weights(), shape);
    Tensor entropy =
        torch.relu(scores).sub(scores.mul(labels)).add(scores.abs().neg().exp().log1p());
    return entropy.mul(weights).sum().div(weights.sum().add(new Scalar(1e-6)));
  }
}
