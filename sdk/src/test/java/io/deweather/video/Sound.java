package io.deweather.video;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_GLOBAL_HEADER;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_rescale_ts;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder_by_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_from_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_frame;
import static org.bytedeco.ffmpeg.global.avformat.AVIO_FLAG_WRITE;
import static org.bytedeco.ffmpeg.global.avformat.av_interleaved_write_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_write_trailer;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_output_context2;
import static org.bytedeco.ffmpeg.global.avformat.avformat_free_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avformat.avformat_write_header;
import static org.bytedeco.ffmpeg.global.avformat.avio_closep;
import static org.bytedeco.ffmpeg.global.avformat.avio_open;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLTP;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S16;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_make_writable;
import static org.bytedeco.ffmpeg.global.avutil.av_make_q;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.ShortPointer;

/** Sound files to test with, encoded by FFmpeg, and the audio packets of a file. */
final class Sound {
  private static final int RATE = 48_000;
  private static final int SAMPLES = 1024;

  private Sound() {}

  /** Writes rising tones: one stream a language. */
  static Path write(Path file, String codec, double seconds, double offset, String... languages) {
    Ffmpeg.load();
    AVFormatContext output = new AVFormatContext(null);
    Ffmpeg.check(
        avformat_alloc_output_context2(output, null, null, file.toString()), "alloc " + file);
    List<AVCodecContext> encoders = new ArrayList<>();
    for (String language : languages) {
      AVCodecContext encoder = encoder(codec);
      AVStream stream = avformat_new_stream(output, (AVCodec) null);
      Ffmpeg.check(avcodec_parameters_from_context(stream.codecpar(), encoder), "parameters");
      stream.time_base(encoder.time_base());
      AVDictionary metadata = new AVDictionary(null);
      av_dict_set(metadata, "language", language, 0);
      stream.metadata(metadata);
      encoders.add(encoder);
    }
    AVIOContext io = new AVIOContext(null);
    Ffmpeg.check(avio_open(io, file.toString(), AVIO_FLAG_WRITE), "open " + file);
    output.pb(io);
    Ffmpeg.check(avformat_write_header(output, (AVDictionary) null), "header of " + file);
    long count = Math.round(seconds * RATE / SAMPLES);
    long shift = Math.round(offset * RATE);
    for (long i = 0; i <= count; i++) {
      for (int s = 0; s < encoders.size(); s++) {
        AVFrame frame =
            i == count ? null : tone(encoders.get(s), i * SAMPLES, shift, 300 + 200 * s);
        Ffmpeg.check(avcodec_send_frame(encoders.get(s), frame), "encode");
        drain(encoders.get(s), output, s);
        if (frame != null) {
          av_frame_free(frame);
        }
      }
    }
    Ffmpeg.check(av_write_trailer(output), "trailer of " + file);
    avio_closep(io);
    output.pb(null);
    avformat_free_context(output);
    encoders.forEach(e -> avcodec_free_context(e));
    return file;
  }

  /** A packet: its stream's place among those of its type, time in microseconds, content. */
  record Packet(int stream, long micros, int contentHash) {}

  /** The audio packets of a file, times from where its video, or else the file, starts. */
  static List<Packet> packets(Path file) {
    return packets(file, AVMEDIA_TYPE_AUDIO);
  }

  /** The packets of all streams of a type, times as above. */
  static List<Packet> packets(Path file, int type) {
    try (Demuxer demuxer = Demuxer.open(file)) {
      AVStream video = demuxer.videoStream();
      long start =
          video == null ? demuxer.context().start_time() : micros(video.start_time(), video);
      List<Integer> streams = new ArrayList<>();
      for (int i = 0; i < demuxer.context().nb_streams(); i++) {
        if (demuxer.context().streams(i).codecpar().codec_type() == type) {
          streams.add(i);
        }
      }
      List<Packet> packets = new ArrayList<>();
      AVPacket packet = av_packet_alloc();
      while (demuxer.read(packet) >= 0) {
        int place = streams.indexOf(packet.stream_index());
        if (place >= 0) {
          byte[] content = new byte[packet.size()];
          packet.data().get(content);
          AVStream stream = demuxer.context().streams(packet.stream_index());
          packets.add(
              new Packet(place, micros(packet.pts(), stream) - start, Arrays.hashCode(content)));
        }
      }
      av_packet_free(packet);
      return packets;
    }
  }

  private static long micros(long time, AVStream stream) {
    return Math.round(time * 1e6 * stream.time_base().num() / stream.time_base().den());
  }

  private static AVCodecContext encoder(String name) {
    AVCodec codec = avcodec_find_encoder_by_name(name);
    AVCodecContext encoder = avcodec_alloc_context3(codec);
    encoder.sample_rate(RATE);
    encoder.sample_fmt(name.equals("aac") ? AV_SAMPLE_FMT_FLTP : AV_SAMPLE_FMT_S16);
    av_channel_layout_default(encoder.ch_layout(), 1);
    encoder.bit_rate(64_000);
    encoder.frame_size(SAMPLES);
    encoder.time_base(av_make_q(1, RATE));
    encoder.flags(encoder.flags() | AV_CODEC_FLAG_GLOBAL_HEADER);
    Ffmpeg.check(avcodec_open2(encoder, codec, (AVDictionary) null), "open " + name);
    return encoder;
  }

  private static AVFrame tone(AVCodecContext encoder, long first, long shift, double hertz) {
    AVFrame frame = av_frame_alloc();
    frame.nb_samples(SAMPLES);
    frame.format(encoder.sample_fmt());
    frame.ch_layout(encoder.ch_layout());
    frame.sample_rate(RATE);
    Ffmpeg.check(av_frame_get_buffer(frame, 0), "frame");
    Ffmpeg.check(av_frame_make_writable(frame), "frame");
    for (int i = 0; i < SAMPLES; i++) {
      double t = (double) (first + i) / RATE;
      double value = 0.4 * Math.sin(2 * Math.PI * (hertz + 100 * t) * t);
      if (encoder.sample_fmt() == AV_SAMPLE_FMT_FLTP) {
        new FloatPointer(frame.data(0)).put(i, (float) value);
      } else {
        new ShortPointer(frame.data(0)).put(i, (short) (value * 32_000));
      }
    }
    frame.pts(first + shift);
    return frame;
  }

  private static void drain(AVCodecContext encoder, AVFormatContext output, int stream) {
    AVPacket packet = av_packet_alloc();
    while (avcodec_receive_packet(encoder, packet) >= 0) {
      packet.stream_index(stream);
      av_packet_rescale_ts(packet, encoder.time_base(), output.streams(stream).time_base());
      Ffmpeg.check(av_interleaved_write_frame(output, packet), "write");
    }
    av_packet_free(packet);
  }
}
