package io.deweather.models;

import io.deweather.converter.Network;
import io.deweather.models.GraphInterpreter.Precision;
import io.deweather.models.TrainingOptions.Optimiser;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** A network of a selector with what trains it, on the CPU. One thread. */
final class Learner {
  static final Device DEVICE = new Device("cpu");

  private final GraphInterpreter interpreter;
  private final FlatParameters parameters;
  private final Adam adam;
  private final double decay;

  /**
   * Begins with a network.
   *
   * @param decay of the moving average of the parameters
   */
  Learner(Network network, Precision precision, Optimiser optimiser, double decay) {
    this.decay = decay;
    interpreter = new GraphInterpreter(network, precision);
    parameters = new FlatParameters(network, DEVICE);
    Optional<Muon> muon =
        optimiser == Optimiser.MUON ? Optional.of(new Muon(network, parameters)) : Optional.empty();
    adam = new Adam(parameters, muon);
  }

  /** From now on evaluates the parameters that are trained; their gradient is 0. */
  void seeTrained() {
    parameters.view.copy_(parameters.theta);
    parameters.gradient.zero_();
  }

  /** From now on evaluates their moving average. */
  void seeAverage() {
    parameters.view.copy_(adam.average);
  }

  Tensor evaluate(Tensor x) {
    return interpreter.evaluate(x, parameters.leaves()).to(torch.ScalarType.Float);
  }

  /** One step along the gradient that {@code backward} left. */
  void step(double rate) {
    adam.step(parameters.theta, parameters.gradient, rate, decay);
  }

  /** Takes this share off all parameters. */
  void shrink(double share) {
    parameters.theta.mul_(new Scalar(1 - share));
  }

  /** Replaces the moving average. */
  void setAverage(Network network) {
    adam.average.copy_(parameters.vector(FlatParameters.endToEnd(network)));
  }

  /** The network with the moving average of its parameters. */
  Network averaged() {
    return parameters.network(FlatParameters.floats(adam.average));
  }

  /** See {@link Adam#state}. */
  Map<String, float[]> state(String prefix) {
    return adam.state(prefix);
  }

  /** See {@link Adam#resume}. */
  void resume(String prefix, Map<String, float[]> state, long steps) {
    adam.resume(prefix, state, steps);
  }
}
