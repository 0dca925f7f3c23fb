package io.deweather.video;

import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.av_rescale;

import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVRational;

/**
 * Turns a stream's presentation times into microseconds from its start that strictly rise, whatever
 * the stream says. A missing time follows the frame before it at that frame's duration; a time that
 * repeats or goes back a little becomes half that duration after the frame before it, which leaves
 * room for the next frame at its own time; one that goes back by more than {@value #JUMP} us begins
 * a new count, which goes on from there.
 */
final class PresentationClock {
  static final long JUMP = 500_000;
  private static final long SECOND = 1_000_000;

  private final long numerator;
  private final long denominator;
  private final long usualStep;
  private long start;
  private long shift;
  private long last = -1;
  private long lastStep;

  /**
   * Creates a clock for a time base of {@code numerator / denominator} seconds.
   *
   * @param start the stream's first time, {@code AV_NOPTS_VALUE} for that of its first frame
   * @param frameRate for frames that have no duration; 0 if unknown
   */
  PresentationClock(long numerator, long denominator, long start, double frameRate) {
    this.numerator = numerator;
    this.denominator = denominator;
    this.start = start;
    this.usualStep = frameRate > 0 ? Math.max(1, Math.round(SECOND / frameRate)) : 40_000;
  }

  /** A clock for a stream that has times of its own; {@code frameRate} as above. */
  static PresentationClock of(AVStream stream, double frameRate) {
    AVRational base = stream.time_base();
    return new PresentationClock(base.num(), base.den(), stream.start_time(), frameRate);
  }

  /** The next frame's time, from its time and duration as the stream has them. */
  long next(long time, long duration) {
    long micros = time == AV_NOPTS_VALUE ? last + lastStep : fromStart(time);
    if (last >= 0 && micros <= last) {
      long rising = last - micros > JUMP ? last + lastStep : last + Math.max(1, lastStep / 2);
      if (last - micros > JUMP) {
        shift += rising - micros;
      }
      micros = rising;
    }
    lastStep = duration > 0 ? micros(duration) : usualStep;
    last = Math.max(micros, 0);
    return last;
  }

  /** What the present count adds to the stream's times, in microseconds. */
  long shift() {
    return shift;
  }

  /** The time of the frame that came last; -1 before the first. */
  long last() {
    return last;
  }

  /** For how long the frame that came last is shown. */
  long lastDuration() {
    return lastStep;
  }

  /** A span in the stream's time base, in microseconds. */
  long micros(long span) {
    return av_rescale(span, SECOND * numerator, denominator);
  }

  private long fromStart(long time) {
    if (start == AV_NOPTS_VALUE || (last < 0 && time < start)) {
      start = time;
    }
    return micros(time - start) + shift;
  }
}
