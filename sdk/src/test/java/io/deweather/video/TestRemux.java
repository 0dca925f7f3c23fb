package io.deweather.video;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_rescale_ts;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_copy;
import static org.bytedeco.ffmpeg.global.avformat.AVIO_FLAG_WRITE;
import static org.bytedeco.ffmpeg.global.avformat.av_interleaved_write_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_write_trailer;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_output_context2;
import static org.bytedeco.ffmpeg.global.avformat.avformat_free_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avformat.avformat_write_header;
import static org.bytedeco.ffmpeg.global.avformat.avio_closep;
import static org.bytedeco.ffmpeg.global.avformat.avio_open;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_copy;

import java.nio.file.Path;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;

/** Joins files by FFmpeg alone, so that what is tested does not make its own input. */
final class TestRemux {
  private TestRemux() {}

  /** All streams of both files, packets and times unchanged, those of the video first. */
  static Path join(Path video, Path sound, Path to) {
    return join(video, sound, to, true);
  }

  /** The same without a packet of sound: its streams are only announced. */
  static Path joinSilent(Path video, Path sound, Path to) {
    return join(video, sound, to, false);
  }

  private static Path join(Path video, Path sound, Path to, boolean heard) {
    AVFormatContext output = new AVFormatContext(null);
    Ffmpeg.check(avformat_alloc_output_context2(output, null, null, to.toString()), "alloc");
    try (Demuxer first = Demuxer.open(video);
        Demuxer second = Demuxer.open(sound)) {
      addStreams(first, output);
      int shift = output.nb_streams();
      addStreams(second, output);
      AVIOContext io = new AVIOContext(null);
      Ffmpeg.check(avio_open(io, to.toString(), AVIO_FLAG_WRITE), "open " + to);
      output.pb(io);
      Ffmpeg.check(avformat_write_header(output, (AVDictionary) null), "header of " + to);
      copy(first, output, 0);
      if (heard) {
        copy(second, output, shift);
      }
      Ffmpeg.check(av_write_trailer(output), "trailer of " + to);
      avio_closep(io);
      output.pb(null);
    }
    avformat_free_context(output);
    return to;
  }

  private static void addStreams(Demuxer from, AVFormatContext output) {
    for (int i = 0; i < from.context().nb_streams(); i++) {
      AVStream source = from.context().streams(i);
      AVStream target = avformat_new_stream(output, (AVCodec) null);
      avcodec_parameters_copy(target.codecpar(), source.codecpar());
      target.codecpar().codec_tag(0);
      target.time_base(source.time_base());
      target.avg_frame_rate(source.avg_frame_rate());
      AVDictionary metadata = new AVDictionary(null);
      av_dict_copy(metadata, source.metadata(), 0);
      target.metadata(metadata);
    }
  }

  private static void copy(Demuxer from, AVFormatContext output, int shift) {
    AVPacket packet = av_packet_alloc();
    while (from.read(packet) >= 0) {
      AVStream source = from.context().streams(packet.stream_index());
      AVStream target = output.streams(packet.stream_index() + shift);
      av_packet_rescale_ts(packet, source.time_base(), target.time_base());
      packet.stream_index(target.index());
      packet.pos(-1);
      Ffmpeg.check(av_interleaved_write_frame(output, packet), "write");
    }
    av_packet_free(packet);
  }
}
