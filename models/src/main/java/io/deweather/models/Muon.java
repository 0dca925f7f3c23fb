package io.deweather.models;

import io.deweather.converter.Network;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The update of Muon (Jordan et al., <i>Muon: an optimizer for hidden layers in neural
 * networks</i>, 2024): the momentum of a layer's weights, seen as a matrix with a row for each
 * output channel (of a transposed convolution: input channel), is replaced by the nearest matrix
 * with orthonormal rows, so that every direction of a layer learns at the same pace. Found by five
 * steps of a Newton-Schulz iteration, and scaled by {@code 0.2 sqrt(longer side)} so that learning
 * rates of Adam fit (Liu et al., <i>Muon is scalable for LLM training</i>, 2025).
 *
 * <p>A layer's update depends on all of its momentum, so that a parameter that is specific to one
 * weather also moves a little where only others have gradients in its layer; with {@link Adam} it
 * does not.
 *
 * <p>For convolutions with at least {@value #LEAST_CHANNELS} channels in and out; biases and layers
 * that are narrower at one end, as to an image, stay with {@link Adam}.
 */
final class Muon {
  private static final int STEPS = 5;
  private static final double A = 3.4445;
  private static final double B = -4.7750;
  private static final double C = 2.0315;
  private static final int LEAST_CHANNELS = 16;

  private final List<Layer> layers = new ArrayList<>();

  /** A layer's weights in the vector of all parameters, row after row. */
  private record Layer(long offset, long rows, long columns) {
    Tensor of(Tensor vector) {
      return vector.narrow(0, offset, rows * columns).view(rows, columns);
    }
  }

  Muon(Network network, FlatParameters parameters) {
    for (Network.Parameter parameter : network.parameters().values()) {
      long[] shape = parameter.shape();
      if (shape.length == 4 && shape[0] >= LEAST_CHANNELS && shape[1] >= LEAST_CHANNELS) {
        layers.add(
            new Layer(
                parameters.offset(parameter.name()), shape[0], shape[1] * shape[2] * shape[3]));
      }
    }
  }

  /** Overwrites the layers' part of {@code update} with that of this momentum. */
  void overwrite(Tensor momentum, Tensor update) {
    for (Layer layer : layers) {
      Tensor orthogonal = orthogonal(layer.of(momentum));
      double scale = 0.2 * Math.sqrt(Math.max(layer.rows, layer.columns));
      layer.of(update).copy_(orthogonal.mul_(new Scalar(scale)));
    }
  }

  /** Nearly {@code U V'} of the singular value decomposition {@code U S V'}; wide or tall. */
  private static Tensor orthogonal(Tensor matrix) {
    boolean tall = matrix.size(0) > matrix.size(1);
    Tensor x = tall ? matrix.t() : matrix;
    x = x.div(x.norm().add_(new Scalar(1e-12))).to(torch.ScalarType.BFloat16).contiguous();
    for (int step = 0; step < STEPS; step++) {
      Tensor square = x.mm(x.t().contiguous());
      Tensor polynomial = square.mul(new Scalar(B)).add_(square.mm(square), new Scalar(C));
      x = x.mul(new Scalar(A)).add_(polynomial.mm(x));
    }
    return tall ? x.t() : x;
  }
}
