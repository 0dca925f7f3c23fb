package io.deweather.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.deweather.converter.Network;
import org.junit.jupiter.api.Test;

class NetworksTest {
  @Test
  void edgeStaysWithinItsArithmetic() {
    Network edge = Networks.edge(1);
    assertThat(edge.macs(256, 256)).isEqualTo(697_827_328L);
    assertThat(edge.parameterCount()).isEqualTo(1_330_412L);
    assertThat(edge.multiple()).isEqualTo(32);
  }

  @Test
  void qualityStaysWithinItsArithmetic() {
    assertThat(Networks.quality(1).macs(256, 256)).isBetween(2_000_000_000L, 2_500_000_000L);
  }

  @Test
  void thePapersNetworkHasTheSizeThatThePaperReports() {
    Network paper = Networks.paper(1);
    assertThat(paper.parameterCount()).isEqualTo(4_981_959L);
    assertThat((double) paper.parameterCount()).isCloseTo(4.99e6, withinPercentage(1));
    assertThat((double) paper.macs(256, 256)).isCloseTo(46e9, withinPercentage(2));
    assertThat(paper.parameters()).containsKey("Encoder.2.layer6.conv2.conv.layer.weight");
  }

  @Test
  void theSameSeedGivesTheSameNetwork() {
    assertThat(Networks.edge(4).model()).isEqualTo(Networks.edge(4).model());
    assertThat(Networks.edge(4).model()).isNotEqualTo(Networks.edge(5).model());
  }

  @Test
  void anUnknownNameListsTheKnownOnes() {
    assertThatThrownBy(() -> Networks.byName("huge", 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("huge")
        .hasMessageContaining("edge");
  }
}
