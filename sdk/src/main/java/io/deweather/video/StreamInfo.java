package io.deweather.video;

import java.time.Duration;

/**
 * What is known of a stream before its first frame.
 *
 * @param width in pixels, of the upright frame; 0 if frames may differ in size (a folder of
 *     pictures) or the size is not known yet
 * @param height in pixels; 0 as above
 * @param frameRate frames a second, the average where it varies; 0 if it has none
 * @param frames how many frames the container announces; -1 if unknown
 * @param live whether frames come at their own pace without an end that is announced (camera,
 *     network stream that is no recording)
 * @param duration what the container announces; zero if unknown
 * @param timescale ticks a second in which every timestamp of the stream is a whole number; 0 if
 *     unknown. A sink with the same timescale keeps the timestamps exactly
 * @param pixelAspect how many times wider than high a pixel is to be shown, 1 for square
 * @param colours how its numbers stand for colours
 */
public record StreamInfo(
    int width,
    int height,
    double frameRate,
    long frames,
    boolean live,
    Duration duration,
    int timescale,
    double pixelAspect,
    ColourTags colours) {
  /** A stream of square pixels of which the duration, the timescale and the colours are unknown. */
  public StreamInfo(int width, int height, double frameRate, long frames, boolean live) {
    this(width, height, frameRate, frames, live, Duration.ZERO, 0, 1, ColourTags.NONE);
  }
}
