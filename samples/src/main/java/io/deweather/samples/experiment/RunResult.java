package io.deweather.samples.experiment;

import io.deweather.Weather;
import io.deweather.samples.quality.ImageQuality;
import java.util.Map;

/**
 * What came of one run.
 *
 * @param variant what ran
 * @param quality by weather's id, through its own baked view
 * @param masks who sees what; null without masks
 */
record RunResult(Variant variant, Map<String, ImageQuality> quality, MaskShares masks) {
  ImageQuality of(Weather weather) {
    return quality.get(weather.id());
  }

  /** The mean of the weathers' PSNR, in dB. */
  double meanPsnr() {
    return quality.values().stream().mapToDouble(ImageQuality::psnr).average().orElseThrow();
  }
}
