package io.deweather.samples;

import io.deweather.samples.quality.ImageQuality;

/**
 * The quality of a picture as JSON has it.
 *
 * @param psnr in dB; null for identical pictures, whose PSNR is infinite
 * @param psnrY the same on luma
 * @param psnrDetail the same without the smooth part of the error
 */
record Scores(Double psnr, Double ssim, Double psnrY, Double ssimY, Double psnrDetail) {
  static Scores of(ImageQuality quality) {
    return new Scores(
        finite(quality.psnr()),
        quality.ssim(),
        finite(quality.psnrY()),
        quality.ssimY(),
        finite(quality.psnrDetail()));
  }

  private static Double finite(double decibels) {
    return Double.isFinite(decibels) ? (Double) decibels : null;
  }
}
