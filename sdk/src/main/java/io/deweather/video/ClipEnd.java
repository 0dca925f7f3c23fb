package io.deweather.video;

import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_FLAG_CORRUPT;
import static org.bytedeco.ffmpeg.global.avformat.AVFMT_DURATION_FROM_STREAM;
import static org.bytedeco.ffmpeg.global.avformat.avformat_index_get_entries_count;
import static org.bytedeco.ffmpeg.global.avformat.avio_feof;
import static org.bytedeco.ffmpeg.global.avformat.avio_size;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;

import java.util.Locale;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;

/**
 * Tells a clip's regular end from one that breaks off. FFmpeg often reports both as end of file; so
 * what came is compared with what the container announces.
 */
final class ClipEnd {
  /** Announced durations are rounded, or are those of a sound track that is a little longer. */
  private static final long TOLERANCE_MICROS = 1_000_000;

  private static final long LEAST_MISSING_MICROS = 50_000;

  private static final int TS_PACKET = 188;
  private static final int M2TS_PACKET = 192;
  private static final int TS_FEC_PACKET = 204;

  private final Demuxer demuxer;
  private final AVFormatContext context;
  private final AVStream stream;
  private final boolean live;
  private final boolean transportStream;

  private long packets;
  private long furthestMicros;
  private int error;
  private boolean cut;

  ClipEnd(Demuxer demuxer, AVStream stream, boolean live) {
    this.demuxer = demuxer;
    this.context = demuxer.context();
    this.stream = stream;
    this.live = live;
    this.transportStream = demuxer.isFormat("mpegts");
  }

  /** Whether the file ends inside this packet. Transport streams use that mark for any damage. */
  boolean isCut(AVPacket packet) {
    return !live
        && !transportStream
        && (packet.flags() & AV_PKT_FLAG_CORRUPT) != 0
        && avio_feof(context.pb()) != 0;
  }

  /** Notes a packet of any stream. */
  void passed(AVPacket packet) {
    if (packet.stream_index() == stream.index()) {
      packets++;
    }
    if (packet.pts() != AV_NOPTS_VALUE && context.start_time() != AV_NOPTS_VALUE) {
      AVStream from = context.streams(packet.stream_index());
      long end = Ticks.toMicros(packet.pts() + packet.duration(), from.time_base());
      // Matroska announces when it ends, others how long they are: a clip cut out of a longer
      // recording begins late, and is whole by either count.
      furthestMicros = Math.max(furthestMicros, end - Math.min(0, context.start_time()));
    }
  }

  /** Notes how reading ended: FFmpeg's result, or that the last packet was cut. */
  void reached(int result, boolean cut) {
    this.error = cut || result == AVERROR_EOF ? 0 : result;
    this.cut = cut;
  }

  /**
   * What to tell if the clip breaks off, or null if it ends as it should.
   *
   * @param videoMicros where the last frame ends
   */
  String breakOff(long videoMicros) {
    String reason = reason(videoMicros);
    if (reason == null) {
      return null;
    }
    long whole = ClipInfo.durationMicros(context, stream);
    // Without an index or a header that says it, the duration was measured on the torso.
    boolean announced = stream.nb_frames() > 0 || isShort(videoMicros);
    boolean worthTelling = announced && whole - videoMicros >= LEAST_MISSING_MICROS;
    return "%s breaks off at %s%s: %s"
        .formatted(
            demuxer.name(),
            seconds(videoMicros),
            worthTelling ? " of " + seconds(whole) : "",
            reason);
  }

  private String reason(long videoMicros) {
    if (error < 0) {
      return demuxer.reason(error);
    }
    if (live) {
      return null;
    }
    int ioError = context.pb() == null ? 0 : context.pb().error();
    if (ioError < 0 && ioError != AVERROR_EOF) {
      return demuxer.reason(ioError);
    }
    long indexed = avformat_index_get_entries_count(stream);
    if (cut || packets < indexed || isShort(videoMicros) || MatroskaSegment.isCut(demuxer)) {
      return "the rest of the file is missing";
    }
    return transportStream && endsInsidePacket() ? "the file ends inside a packet" : null;
  }

  private boolean isShort(long videoMicros) {
    if (context.duration_estimation_method() != AVFMT_DURATION_FROM_STREAM) {
      return false;
    }
    long announced = ClipInfo.durationMicros(context, stream);
    return announced > 0 && Math.max(videoMicros, furthestMicros) < announced - TOLERANCE_MICROS;
  }

  private boolean endsInsidePacket() {
    long size = context.pb() == null ? -1 : avio_size(context.pb());
    return size > 0
        && size % TS_PACKET != 0
        && size % M2TS_PACKET != 0
        && size % TS_FEC_PACKET != 0;
  }

  private static String seconds(long micros) {
    return String.format(Locale.ROOT, "%.2f s", micros / 1e6);
  }
}
