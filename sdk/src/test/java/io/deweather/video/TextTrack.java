package io.deweather.video;

import static org.bytedeco.ffmpeg.global.avcodec.av_new_packet;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_rescale_ts;
import static org.bytedeco.ffmpeg.global.avformat.AVIO_FLAG_WRITE;
import static org.bytedeco.ffmpeg.global.avformat.av_interleaved_write_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_write_trailer;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_output_context2;
import static org.bytedeco.ffmpeg.global.avformat.avformat_free_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avformat.avformat_write_header;
import static org.bytedeco.ffmpeg.global.avformat.avio_closep;
import static org.bytedeco.ffmpeg.global.avformat.avio_open;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_SUBTITLE;
import static org.bytedeco.ffmpeg.global.avutil.av_make_q;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVRational;

/** Files of one track that is neither video nor audio, written by FFmpeg alone. */
final class TextTrack {
  private static final AVRational MILLIS = av_make_q(1, 1000);

  private TextTrack() {}

  /** A text for a quarter of each of these milliseconds' seconds, as GPS recorders write them. */
  static Path write(Path file, int type, int codec, int... millis) {
    Ffmpeg.load();
    AVFormatContext output = new AVFormatContext(null);
    Ffmpeg.check(avformat_alloc_output_context2(output, null, null, file.toString()), "alloc");
    AVStream stream = avformat_new_stream(output, (AVCodec) null);
    stream.codecpar().codec_type(type);
    stream.codecpar().codec_id(codec);
    stream.time_base(MILLIS);
    AVIOContext io = new AVIOContext(null);
    Ffmpeg.check(avio_open(io, file.toString(), AVIO_FLAG_WRITE), "open " + file);
    output.pb(io);
    Ffmpeg.check(avformat_write_header(output, (AVDictionary) null), "header of " + file);
    for (int time : millis) {
      AVPacket packet =
          packet("N51.5 W0.1 at " + time, type == AVMEDIA_TYPE_SUBTITLE && isMp4(file));
      packet.pts(time);
      packet.dts(time);
      packet.duration(250);
      av_packet_rescale_ts(packet, MILLIS, stream.time_base());
      Ffmpeg.check(av_interleaved_write_frame(output, packet), "write");
      av_packet_free(packet);
    }
    Ffmpeg.check(av_write_trailer(output), "trailer of " + file);
    avio_closep(io);
    output.pb(null);
    avformat_free_context(output);
    return file;
  }

  private static boolean isMp4(Path file) {
    return file.toString().endsWith(".mp4");
  }

  /** A text, behind its length in two bytes where the format says so. */
  private static AVPacket packet(String text, boolean counted) {
    byte[] content = text.getBytes(StandardCharsets.US_ASCII);
    int start = counted ? 2 : 0;
    AVPacket packet = av_packet_alloc();
    Ffmpeg.check(av_new_packet(packet, start + content.length), "packet");
    if (counted) {
      packet.data().put(0, (byte) 0).put(1, (byte) content.length);
    }
    for (int i = 0; i < content.length; i++) {
      packet.data().put(start + i, content[i]);
    }
    return packet;
  }
}
