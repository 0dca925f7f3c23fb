package io.deweather.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.deweather.converter.GraphBuilder;
import io.deweather.converter.Network;
import io.deweather.converter.Network.ColourOrder;
import java.util.Random;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class MuonTest {
  private static final int ROWS = 16;
  private static final int COLUMNS = 16 * 9;

  @Test
  void givesHiddenLayersOrthogonalRowsAndLeavesOthersAlone() {
    GraphBuilder graph = new GraphBuilder("three", 1);
    String first = graph.relu(graph.conv3("first", graph.input(), 3, ROWS));
    String hidden = graph.relu(graph.conv3("hidden", first, ROWS, ROWS));
    String last = graph.conv3("last", hidden, ROWS, 3);
    Network network = graph.build(last, 1, ColourOrder.BGR);
    FlatParameters parameters = new FlatParameters(network, new Device("cpu"));
    Random random = new Random(3);
    float[] momentum = new float[(int) parameters.size()];
    for (int i = 0; i < momentum.length; i++) {
      momentum[i] = (float) (random.nextGaussian() * (1 + i % 7));
    }
    Tensor update = parameters.zeros();

    new Muon(network, parameters).overwrite(parameters.vector(momentum), update);

    float[] values = FlatParameters.floats(update);
    int offset = (int) parameters.offset("hidden.weight");
    for (int i = 0; i < values.length; i++) {
      if (i < offset || i >= offset + ROWS * COLUMNS) {
        assertThat(values[i]).isZero();
      }
    }
    double scale = 0.2 * Math.sqrt(COLUMNS);
    for (int a = 0; a < ROWS; a++) {
      for (int b = 0; b <= a; b++) {
        double product = 0;
        for (int k = 0; k < COLUMNS; k++) {
          product += values[offset + a * COLUMNS + k] * values[offset + b * COLUMNS + k];
        }
        product /= scale * scale;
        // The iteration leaves singular values between about 0.7 and 1.2.
        assertThat(product)
            .as("row %d, row %d", a, b)
            .isBetween(a == b ? 0.4 : -0.3, a == b ? 1.5 : 0.3);
      }
    }
  }
}
