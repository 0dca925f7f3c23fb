package io.deweather.models;

import io.deweather.DeweatherException;
import io.deweather.Weather;
import io.deweather.converter.Network;
import io.deweather.models.BatchLoader.Batch;
import io.deweather.models.TrainingOptions.Loss;
import io.deweather.models.TrainingOptions.Optimiser;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * The arithmetic of training: forward and backward through a weather's view, one optimiser step
 * over all weathers, the measuring of gradient intensities, and validation. Knows nothing of files,
 * schedules or progress.
 *
 * <p>A view is {@code where(mask, theta, background)}; with everything visible it is {@code theta}.
 * The gradient of the loss of weather {@code w} with respect to {@code theta} is the gradient with
 * respect to its view times the mask, so that a specific parameter learns from its own weather only
 * and a common one from all. (With {@link Muon} that holds of what an update is made from, not of
 * the update: see there.) One thread.
 */
@SuppressWarnings("try") // a PointerScope works by being open
final class Trainer {
  private static final double CHARBONNIER = 1e-3;
  private static final double MSE_FLOOR = 1e-5;

  private final Device device;
  private final Network network;
  private final GraphInterpreter interpreter;
  private final List<Weather> weathers;
  private final Loss loss;
  final FlatParameters parameters;
  private final Tensor total;
  private final List<Tensor> masks = new ArrayList<>();
  private Tensor background;
  private Adam adam;

  Trainer(Network network, List<Weather> weathers, Loss loss, String precision, String device) {
    this.network = network;
    this.loss = loss;
    this.weathers = weathers;
    this.device = computing(device);
    interpreter =
        new GraphInterpreter(
            network,
            precision.equals("bf16")
                ? GraphInterpreter.Precision.BF16
                : GraphInterpreter.Precision.FP32);
    parameters = new FlatParameters(network, this.device);
    total = parameters.zeros();
    start(Optimiser.ADAM);
  }

  private static Device computing(String name) {
    if (name.startsWith("cuda") && !torch.cuda_is_available()) {
      throw new DeweatherException(
          "device (" + name + ") is not available: libtorch here has no CUDA, or finds no GPU");
    }
    return new Device(name);
  }

  Adam adam() {
    return adam;
  }

  /** Replaces the parameters. An optimiser is to be started after that. */
  void set(float[] theta) {
    parameters.theta.copy_(parameters.vector(theta));
  }

  /** Starts an optimiser afresh. */
  void start(Optimiser optimiser) {
    adam =
        new Adam(
            parameters,
            optimiser == Optimiser.MUON
                ? Optional.of(new Muon(network, parameters))
                : Optional.empty());
  }

  /** Shows each weather its own parameters from now on, and elsewhere this background. */
  void mask(byte[] visibility, float[] background) {
    masks.clear();
    for (int w = 0; w < weathers.size(); w++) {
      float[] mask = new float[visibility.length];
      for (int i = 0; i < mask.length; i++) {
        mask[i] = visibility[i] >> w & 1;
      }
      masks.add(parameters.vector(mask));
    }
    this.background = parameters.vector(background);
  }

  /**
   * One step over one batch a weather.
   *
   * @return the sum of the weathers' losses
   */
  double step(List<Batch> batches, double rate, double decay) {
    try (PointerScope step = new PointerScope()) {
      total.zero_();
      double loss = 0;
      for (Batch batch : batches) {
        int w = weathers.indexOf(batch.weather());
        loss += backward(batch, w);
        if (masks.isEmpty()) {
          total.add_(parameters.gradient);
        } else {
          total.addcmul_(parameters.gradient, masks.get(w));
        }
      }
      adam.step(parameters.theta, total, rate, decay);
      return loss;
    }
  }

  /**
   * Adds the absolute gradient of a batch's loss to {@code intensity}.
   *
   * @param intensity one number a parameter; changed in place
   */
  void measure(Batch batch, Tensor intensity) {
    try (PointerScope step = new PointerScope()) {
      backward(batch, weathers.indexOf(batch.weather()));
      intensity.add_(parameters.gradient.abs());
    }
  }

  private double backward(Batch batch, int weather) {
    see(parameters.theta, weather);
    parameters.gradient.zero_();
    Tensor restored = interpreter.evaluate(image(batch, false), parameters.leaves());
    Tensor difference = restored.sub(image(batch, true));
    Tensor loss = penalty(difference.square());
    loss.backward();
    return loss.item_float();
  }

  private Tensor penalty(Tensor squares) {
    return switch (loss) {
      case CHARBONNIER -> squares.add(new Scalar(CHARBONNIER * CHARBONNIER)).sqrt().mean();
      case LOG_MSE -> meanOfEach(squares).add(new Scalar(MSE_FLOOR)).log().mean();
    };
  }

  /** {@code [N, C, H, W]} to the means of each of the N. */
  private static Tensor meanOfEach(Tensor values) {
    return values.mean(new long[] {1, 2, 3}, false, new ScalarTypeOptional());
  }

  /**
   * PSNR in dB of each batch's crops, averaged, through the views of the averaged parameters; with
   * {@code restore} false, of the degraded crops themselves.
   */
  Map<Weather, Double> psnr(List<Batch> batches, boolean restore) {
    Map<Weather, Double> psnr = new LinkedHashMap<>();
    GradMode.set_enabled(false);
    try {
      for (Batch batch : batches) {
        try (PointerScope step = new PointerScope()) {
          Tensor image = image(batch, false);
          if (restore) {
            see(adam.average, weathers.indexOf(batch.weather()));
            image = interpreter.evaluate(image, parameters.leaves());
          }
          Tensor bounded = torch.hardtanh(image, new Scalar(0.0), new Scalar(1.0));
          Tensor error = bounded.sub(image(batch, true)).square();
          Tensor mse = meanOfEach(error);
          double sum = 0;
          for (float value : FlatParameters.floats(mse)) {
            sum += 10 * Math.log10(1 / Math.max(value, 1e-10));
          }
          psnr.put(batch.weather(), sum / batch.count());
        }
      }
    } finally {
      GradMode.set_enabled(true);
    }
    return psnr;
  }

  private void see(Tensor vector, int weather) {
    if (masks.isEmpty()) {
      parameters.view.copy_(vector);
    } else {
      Tensor mask = masks.get(weather);
      parameters.view.copy_(background).lerp_(vector, mask);
    }
  }

  private Tensor image(Batch batch, boolean clean) {
    BytePointer bytes = new BytePointer(clean ? batch.clean() : batch.degraded());
    return image(bytes, batch.count(), batch.side(), batch.side(), device);
  }

  /**
   * Crops {@code [count, height, width, 3]} as {@code [count, 3, height, width]} in 0..1. NHWC
   * bytes seen as NCHW are what libtorch calls channels-last: its fastest layout here.
   */
  static Tensor image(BytePointer bytes, int count, int height, int width, Device device) {
    long[] shape = {count, height, width, 3};
    TensorOptions options = new TensorOptions(torch.ScalarType.Byte);
    return torch
        .from_blob(bytes, shape, options)
        .permute(0, 3, 1, 2)
        .to(device, torch.ScalarType.Float, false, false, new MemoryFormatOptional())
        .div_(new Scalar(255.0));
  }
}
