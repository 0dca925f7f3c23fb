package io.deweather.models;

import io.deweather.Weather;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Which weathers a frame is to show: none, one, or one in the air and drops on the lens, which is
 * behind it on the way of the light.
 *
 * @param weathers to choose from
 * @param clear the share of frames that show none
 * @param pairs the share that show two, where there are two that go together
 */
record WeatherDraw(List<Weather> weathers, double clear, double pairs) {
  List<Weather> next(SplittableRandom random) {
    double sort = random.nextDouble();
    Weather one = weathers.get(random.nextInt(weathers.size()));
    if (sort < clear) {
      return List.of();
    }
    List<Weather> air = weathers.stream().filter(w -> !w.equals(Weather.RAINDROP)).toList();
    if (sort >= clear + pairs || air.isEmpty() || air.size() == weathers.size()) {
      return List.of(one);
    }
    return List.of(air.get(random.nextInt(air.size())), Weather.RAINDROP);
  }
}
