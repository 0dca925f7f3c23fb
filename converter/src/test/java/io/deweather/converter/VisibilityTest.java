package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deweather.BundleException;
import io.deweather.Weather;
import io.deweather.converter.Network.ColourOrder;
import io.deweather.converter.Safetensors.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VisibilityTest {
  private static final List<Weather> TWO = List.of(Weather.RAIN, Weather.SNOW);

  @TempDir Path folder;

  @Test
  void knowsMasksAndShares() {
    Visibility visibility =
        Visibility.of(
            TWO, Map.of("t", new byte[] {3, 3, 1, 2, 0, 3, 1, 3}), Map.of("t", new long[] {2, 4}));
    assertThat(visibility.mask("t", Weather.RAIN))
        .containsExactly(true, true, true, false, false, true, true, true);
    assertThat(visibility.mask("t", Weather.SNOW))
        .containsExactly(true, true, false, true, false, true, false, true);
    assertThat(visibility.commonShare("t")).isEqualTo(0.5);
    assertThat(visibility.specificShare("t", Weather.RAIN)).isEqualTo(0.25);
    assertThat(visibility.specificShare(Weather.SNOW)).isEqualTo(0.125);
    assertThat(visibility.commonShare()).isEqualTo(0.5);
    assertThat(visibility.isCommon("t")).isFalse();
    assertThatThrownBy(() -> visibility.mask("t", Weather.RAINDROP))
        .hasMessageContaining("no weather raindrop");
    assertThatThrownBy(() -> visibility.mask("u", Weather.RAIN))
        .hasMessageContaining("no tensor u");
  }

  @Test
  void readsMasksByWeatherAsBooleansOrBytes() {
    Path file = folder.resolve("v.safetensors");
    write(
        file,
        "rain,snow",
        Tensor.ofBooleans("rain/a/b", new boolean[] {true, false, true}, 3),
        Tensor.ofBytes("snow/a/b", new byte[] {1, 1, 0}, 3),
        Tensor.ofBytes("other/c", new byte[] {2}, 1));
    Visibility visibility = Visibility.read(file);
    assertThat(visibility.tensors()).containsExactlyInAnyOrder("a/b", "other/c");
    assertThat(visibility.bits("a/b")).containsExactly(3, 2, 1);
    assertThat(visibility.bits("other/c")).containsExactly(2);
  }

  /** As of a network with a branch of its own for each weather. */
  @Test
  void aTensorThatIsNamedLikeAMaskIsReadAsItWasWritten() {
    Visibility visibility =
        Visibility.of(
            TWO,
            Map.of("rain/conv", new byte[] {3, 1, 2}, "conv", new byte[] {2}),
            Map.of("rain/conv", new long[] {3}, "conv", new long[] {1}));
    Path file = folder.resolve("v.safetensors");
    visibility.write(file);
    Visibility read = Visibility.read(file);
    assertThat(read.tensors()).containsExactlyInAnyOrder("rain/conv", "conv");
    assertThat(read.bits("rain/conv")).containsExactly(3, 1, 2);
    assertThat(read.bits("conv")).containsExactly(2);
  }

  @Test
  void refusesFilesThatDoNotSayWhatTheyMean() {
    refuses("metadata must have 'weathers'", null, Tensor.ofBytes("t", new byte[1], 1));
    refuses("weather id (Rain) must match", "Rain", Tensor.ofBytes("t", new byte[1], 1));
    refuses("1 to 8 different ones", "rain,rain", Tensor.ofBytes("t", new byte[1], 1));
    refuses("without clear", "rain,clear", Tensor.ofBytes("t", new byte[1], 1));
    refuses("1 to 8 different ones", "a,b,c,d,e,f,g,h,i", Tensor.ofBytes("t", new byte[1], 1));
    refuses("tensor t must be U8, is F32", "rain,snow", Tensor.ofFloats("t", new float[] {1}, 1));
    refuses(
        "mask rain/t must be BOOL or U8, is F32",
        "rain,snow",
        Tensor.ofFloats("rain/t", new float[] {1}, 1));
    refuses(
        "the name must begin with one of [rain, snow]",
        "rain,snow",
        Tensor.ofBooleans("haze/t", new boolean[1], 1));
    refuses(
        "mask rain/t has value 2, it must be 0 or 1",
        "rain,snow",
        Tensor.ofBytes("rain/t", new byte[] {2}, 1));
    refuses("has no mask snow/t", "rain,snow", Tensor.ofBytes("rain/t", new byte[1], 1));
    refuses(
        "mask snow/t has shape [2, 1], another weather's mask of that tensor has [2]",
        "rain,snow",
        Tensor.ofBytes("rain/t", new byte[2], 2),
        Tensor.ofBytes("snow/t", new byte[2], 2, 1));
    refuses(
        "comes both as packed bits and as masks",
        "rain,snow",
        Tensor.ofBytes("t", new byte[1], 1),
        Tensor.ofBytes("rain/t", new byte[1], 1),
        Tensor.ofBytes("snow/t", new byte[1], 1));
    refuses(
        "comes both as packed bits and as masks",
        "rain,snow",
        Tensor.ofBytes("rain/t", new byte[1], 1),
        Tensor.ofBytes("snow/t", new byte[1], 1),
        Tensor.ofBytes("t", new byte[1], 1));
    refuses(
        "tensor t has value 4 at 1; with 2 weathers it must be at most 3",
        "rain,snow",
        Tensor.ofBytes("t", new byte[] {3, 4}, 2));
  }

  @Test
  void fitsTheNetworkThatItWasMadeFor() {
    Network network = Samples.singleLayer(1, ColourOrder.RGB);
    Visibility.common(TWO, network).requireFits(network);
    assertThat(Visibility.common(TWO, network).commonShare()).isEqualTo(1);
  }

  @Test
  void refusesMaskOfAnotherShape() {
    Network network = Samples.singleLayer(1, ColourOrder.RGB);
    assertThatThrownBy(() -> flat("only.weight", 81).requireFits(network))
        .isInstanceOf(BundleException.class)
        .hasMessage(
            "visibility of tensor only.weight has shape [81], the network's has [3, 3, 3, 3]");
  }

  @Test
  void refusesMaskOfAnUnknownTensor() {
    Network network = Samples.singleLayer(1, ColourOrder.RGB);
    assertThatThrownBy(() -> flat("lonely.weight", 3).requireFits(network))
        .isInstanceOf(BundleException.class)
        .hasMessage(
            "visibility names tensor lonely.weight, which is no parameter of the network"
                + " (it has only.weight, only.bias)");
  }

  @Test
  void refusesAMissingTensor() {
    Network network = Samples.singleLayer(1, ColourOrder.RGB);
    Visibility whole = Visibility.common(TWO, network);
    Visibility part =
        Visibility.of(
            TWO,
            Map.of("only.weight", whole.bits("only.weight")),
            Map.of("only.weight", whole.shape("only.weight")));
    assertThatThrownBy(() -> part.requireFits(network))
        .isInstanceOf(BundleException.class)
        .hasMessageStartingWith("visibility lacks tensor only.bias of shape [3]");
    assertThatThrownBy(() -> BundleWriter.builder(network, part))
        .hasMessageStartingWith("visibility lacks tensor only.bias");
  }

  @Test
  void refusesValuesThatDoNotFillTheShape() {
    assertThatThrownBy(
            () -> Visibility.of(TWO, Map.of("t", new byte[3]), Map.of("t", new long[] {2, 2})))
        .hasMessage("visibility of tensor t has 3 values, its shape [2, 2] has 4");
    assertThatThrownBy(() -> Visibility.of(TWO, Map.of("t", new byte[3]), Map.of()))
        .hasMessage("visibility of t has no shape");
  }

  private void refuses(String message, String weathers, Tensor... tensors) {
    Path file = folder.resolve("v.safetensors");
    write(file, weathers, tensors);
    assertThatThrownBy(() -> Visibility.read(file))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("v.safetensors")
        .hasMessageContaining(message);
  }

  private static void write(Path file, String weathers, Tensor... tensors) {
    Map<String, String> metadata = weathers == null ? Map.of() : Map.of("weathers", weathers);
    Safetensors.write(file, metadata, List.of(tensors));
  }

  /** Hidden everywhere: a flat tensor of this name and size, and only.bias. */
  private static Visibility flat(String name, int size) {
    Map<String, byte[]> bits = Map.of(name, new byte[size], "only.bias", new byte[3]);
    Map<String, long[]> shapes = Map.of(name, new long[] {size}, "only.bias", new long[] {3});
    return Visibility.of(TWO, bits, shapes);
  }
}
