package io.deweather.video;

import static org.bytedeco.ffmpeg.global.avformat.av_guess_frame_rate;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;

/** What a clip's container says of its video stream. */
final class ClipInfo {
  /** How far a stream's nominal rate may be from its average and still be called its rate. */
  private static final double NOMINAL_TOLERANCE = 0.05;

  private ClipInfo() {}

  /** With {@code timed} false the stream has no times of its own, and so no rate either. */
  static StreamInfo of(AVFormatContext context, AVStream stream, boolean live, boolean timed) {
    AVCodecParameters parameters = stream.codecpar();
    boolean transposed = Turn.of(parameters).transposed();
    double aspect = ratio(stream.sample_aspect_ratio());
    if (aspect <= 0) {
      aspect = ratio(parameters.sample_aspect_ratio());
    }
    if (aspect <= 0) {
      aspect = 1;
    }
    return new StreamInfo(
        transposed ? parameters.height() : parameters.width(),
        transposed ? parameters.width() : parameters.height(),
        timed ? frameRate(context, stream) : 0,
        stream.nb_frames() > 0 ? stream.nb_frames() : -1,
        live,
        Duration.of(Math.max(0, durationMicros(context, stream)), ChronoUnit.MICROS),
        timed ? stream.time_base().den() : 0,
        transposed ? 1 / aspect : aspect,
        new ColourTags(
            parameters.color_primaries(), parameters.color_trc(), parameters.color_space()));
  }

  /** The announced duration of the stream, or else of the container; -1 if neither is known. */
  static long durationMicros(AVFormatContext context, AVStream stream) {
    if (stream.duration() != AV_NOPTS_VALUE && stream.duration() > 0) {
      return Ticks.toMicros(stream.duration(), stream.time_base());
    }
    return context.duration() != AV_NOPTS_VALUE && context.duration() > 0 ? context.duration() : -1;
  }

  /**
   * The rate that a camera's frames keep, which phones miss by a little: 29.97 although the average
   * over gaps is 28.8. Where the two are further apart the rate really varies, and the average says
   * more.
   */
  private static double frameRate(AVFormatContext context, AVStream stream) {
    double nominal = ratio(stream.r_frame_rate());
    double average = ratio(stream.avg_frame_rate());
    if (average <= 0) {
      return Math.max(0, ratio(av_guess_frame_rate(context, stream, (AVFrame) null)));
    }
    return Math.abs(nominal - average) < NOMINAL_TOLERANCE * average ? nominal : average;
  }

  /** 0 if it is undefined. */
  static double ratio(AVRational rational) {
    return rational.den() == 0 ? 0 : (double) rational.num() / rational.den();
  }
}
