package io.deweather.video;

import static org.bytedeco.ffmpeg.global.avutil.av_rescale;

import org.bytedeco.ffmpeg.avutil.AVRational;

/** Times as streams count them, in a time base, and in microseconds; rounded to the nearest. */
final class Ticks {
  private static final long SECOND = 1_000_000;

  private Ticks() {}

  static long toMicros(long ticks, AVRational base) {
    return av_rescale(ticks, SECOND * base.num(), base.den());
  }

  static long ofMicros(long micros, AVRational base) {
    return av_rescale(micros, base.den(), SECOND * base.num());
  }
}
