package io.deweather.converter;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.deweather.BundleException;

/**
 * How far a view of a bundle is from the same weather's view of another, on the same frames. As
 * JSON its keys are in snake_case, and what is null is left out.
 *
 * @param weather of both views
 * @param frames how many were restored
 * @param max the largest difference of any pixel, in grey levels
 * @param mean the mean difference, in grey levels
 * @param psnr of the one's restored frames against the other's, in dB, over all pixels; null if
 *     they are equal
 * @param gain how much nearer to the truth than its input a frame is that this bundle restored:
 *     PSNR in dB, mean over the frames whose truth is known; null if there are none
 * @param referenceGain the same of the other bundle
 */
@JsonNaming(SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ViewComparison(
    String weather,
    int frames,
    int max,
    double mean,
    Double psnr,
    Double gain,
    Double referenceGain) {

  /** How much of the gain is lost, in dB; 0 if the truth of no frame is known. */
  public double gainLost() {
    return gain == null ? 0 : referenceGain - gain;
  }

  /**
   * What was measured, in one line.
   *
   * @param leastPsnr in dB
   * @throws BundleException saying the same, if the views are not close enough
   */
  String requireClose(double leastPsnr) {
    String measured =
        "max %d, mean %.3f grey levels, PSNR %s (at least %.0f dB) on %d frames"
            .formatted(
                max,
                mean,
                ViewParity.decibels(psnr == null ? Double.POSITIVE_INFINITY : psnr),
                leastPsnr,
                frames);
    if (gain != null) {
      measured +=
          "; gain %.2f dB, there %.2f: %.2f dB lost (at most %s)"
              .formatted(
                  gain,
                  referenceGain,
                  Math.round(100 * gainLost()) / 100.0,
                  BundleVerifier.MOST_GAIN_LOST);
    }
    if ((psnr != null && psnr < leastPsnr) || gainLost() > BundleVerifier.MOST_GAIN_LOST) {
      throw new BundleException(measured);
    }
    return measured;
  }
}
