package io.deweather.converter;

import java.util.SplittableRandom;

/**
 * A frame to try a view on: a smooth scene with bright streaks and noise, so that every grey level
 * and every frequency occurs. The same size gives the same frame.
 *
 * @param height in pixels
 * @param width in pixels
 * @param pixels [height, width, 3], BGR
 */
record ProbeFrame(int height, int width, byte[] pixels) {
  static ProbeFrame of(int height, int width) {
    SplittableRandom random = new SplittableRandom(31L * height + width);
    byte[] pixels = new byte[height * width * 3];
    int at = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double streak = (x + 3 * y) % 29 < 2 ? 70 : 0;
        for (int c = 0; c < 3; c++) {
          double scene =
              128 + 90 * Math.sin(0.05 * x + c) * Math.cos(0.04 * y) + 30 * Math.sin(0.9 * (x - y));
          double level = scene + streak + 12 * random.nextGaussian();
          pixels[at++] = (byte) Math.max(0, Math.min(255, Math.round(level)));
        }
      }
    }
    return new ProbeFrame(height, width, pixels);
  }

  /** The same frame, black for white. */
  ProbeFrame inverted() {
    byte[] inverted = new byte[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      inverted[i] = (byte) ~pixels[i];
    }
    return new ProbeFrame(height, width, inverted);
  }
}
