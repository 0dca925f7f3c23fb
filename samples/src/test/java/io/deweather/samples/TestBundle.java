package io.deweather.samples;

import io.deweather.Weather;
import io.deweather.converter.BundleWriter;
import io.deweather.converter.Network;
import io.deweather.converter.Visibility;
import io.deweather.models.Networks;
import java.nio.file.Path;
import java.util.List;

/** A bundle whose views all return the frame as it is: the edge network before training. */
final class TestBundle {
  private static final List<Weather> WEATHERS =
      List.of(Weather.RAIN, Weather.RAINDROP, Weather.SNOW);

  private TestBundle() {}

  static Path write(Path folder) {
    Network network = Networks.edge(1);
    BundleWriter.builder(network, Visibility.common(WEATHERS, network))
        .name("identity")
        .write(folder);
    return folder;
  }
}
