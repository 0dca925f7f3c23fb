package io.deweather.video;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_rescale_ts;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;

import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVStream;

/**
 * A track of a clip on its way into an output. Where the times of the clip go back, as at the joins
 * of clips that were put one behind the other, it follows the video into the new count of {@link
 * PresentationClock}.
 */
final class CopiedTrack {
  private static final long NONE = Long.MAX_VALUE;

  private final AVStream from;
  private final AVStream to;

  private long lastMicros = NONE;
  private long shift;
  private long followedShift;
  private long lastDts = AV_NOPTS_VALUE;

  CopiedTrack(AVStream from, AVStream to) {
    this.from = from;
    this.to = to;
  }

  /** Whether this packet is of the next count, which the video has not reached yet. */
  boolean isAhead(AVPacket packet, long videoShift) {
    long time = time(packet);
    return videoShift == followedShift && time != AV_NOPTS_VALUE && hasFallen(micros(time));
  }

  /**
   * Puts the times of the stream's next packet into the count of the video.
   *
   * @param videoShift what the video's count adds to the clip's times, in microseconds
   */
  void count(AVPacket packet, long videoShift) {
    long time = time(packet);
    if (time == AV_NOPTS_VALUE) {
      return;
    }
    long micros = micros(time);
    if (videoShift != followedShift && micros < lastMicros) {
      shift = videoShift;
      followedShift = videoShift;
    } else if (hasFallen(micros)) { // alone, so it goes on where it was
      shift += lastMicros + micros(packet.duration()) - micros;
    }
    lastMicros = micros;
    move(packet, shift);
  }

  /** Turns a counted packet into one of the output, where decoding times have to rise. */
  void retime(AVPacket packet, long startMicros) {
    move(packet, -startMicros);
    av_packet_rescale_ts(packet, from.time_base(), to.time_base());
    long dts = time(packet);
    if (dts == AV_NOPTS_VALUE && lastDts == AV_NOPTS_VALUE) {
      dts = 0;
    }
    lastDts = Math.max(dts, lastDts + 1);
    packet.dts(lastDts);
    packet.pts(Math.max(packet.pts(), lastDts));
    packet.stream_index(to.index());
    packet.pos(-1);
  }

  private boolean hasFallen(long micros) {
    return lastMicros != NONE && lastMicros - micros > PresentationClock.JUMP;
  }

  private static long time(AVPacket packet) {
    return packet.dts() != AV_NOPTS_VALUE ? packet.dts() : packet.pts();
  }

  private void move(AVPacket packet, long byMicros) {
    long ticks = Ticks.ofMicros(byMicros, from.time_base());
    if (packet.pts() != AV_NOPTS_VALUE) {
      packet.pts(packet.pts() + ticks);
    }
    if (packet.dts() != AV_NOPTS_VALUE) {
      packet.dts(packet.dts() + ticks);
    }
  }

  private long micros(long ticks) {
    return Ticks.toMicros(ticks, from.time_base());
  }
}
