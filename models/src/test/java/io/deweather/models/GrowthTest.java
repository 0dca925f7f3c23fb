package io.deweather.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import io.deweather.DeweatherException;
import io.deweather.converter.Network;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GrowthTest {
  private static final int SIDE = 64;
  private static final long[] SHAPE = {1, 3, SIDE, SIDE};

  @Test
  void theLargerNetworkComputesWhatTheSmallerOneDoes() throws OrtException {
    Network edge = GraphInterpreterTest.perturbed(Networks.edge(3));
    Network grown = new Growth(edge, Networks.quality(4)).grown();
    assertThat(grown.parameterCount()).isEqualTo(Networks.quality(4).parameterCount());

    float[] image = new float[3 * SIDE * SIDE];
    Random random = new Random(1);
    for (int i = 0; i < image.length; i++) {
      image[i] = random.nextFloat();
    }
    float[] before = GraphInterpreterTest.onnxRuntime(edge, image, SHAPE);
    float[] after = GraphInterpreterTest.onnxRuntime(grown, image, SHAPE);
    assertThat(largestDifference(before, image)).isGreaterThan(0.05);
    assertThat(largestDifference(before, after)).isLessThan(1e-5);
  }

  @Test
  void whatIsNewIsCommonAndWhatWasSpecificStaysSo() {
    Network edge = Networks.edge(3);
    Growth growth = new Growth(edge, Networks.quality(4));
    byte[] visibility = Claims.allCommon((int) edge.parameterCount(), 3);
    float[] values = new float[visibility.length];
    for (int i = 0; i < visibility.length; i++) {
      visibility[i] = (byte) (i % 11 == 0 ? 2 : 7);
      values[i] = 1 + i;
    }
    byte[] grown = growth.visibility(visibility, 3);
    float[] grownValues = growth.parameters(values);
    int old = 0;
    for (int i = 0; i < grown.length; i++) {
      if (grownValues[i] >= 1) {
        old++;
        assertThat(grown[i]).isEqualTo(visibility[(int) grownValues[i] - 1]);
      } else {
        assertThat(grown[i]).isEqualTo((byte) 7);
      }
    }
    assertThat(old).isGreaterThanOrEqualTo(visibility.length);
  }

  @Test
  void namesWhatDoesNotFit() {
    Network quality = Networks.quality(1);
    assertThatThrownBy(() -> new Growth(quality, Networks.edge(1)))
        .isInstanceOf(DeweatherException.class)
        .hasMessage(
            "parameter head.weight is [32, 12, 3, 3], which does not fit into [16, 12, 3, 3]");
    assertThatThrownBy(() -> new Growth(Networks.edge(1), Networks.paper(1)))
        .isInstanceOf(DeweatherException.class)
        .hasMessageContaining("the larger network lacks head.weight");
  }

  private static double largestDifference(float[] a, float[] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs(a[i] - b[i]));
    }
    return largest;
  }
}
