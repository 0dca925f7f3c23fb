package io.deweather.video;

import static org.bytedeco.ffmpeg.global.avcodec.AVDISCARD_ALL;
import static org.bytedeco.ffmpeg.global.avcodec.AVDISCARD_DEFAULT;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_clone;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_rescale_ts;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_copy;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_copy;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;
import static org.bytedeco.ffmpeg.global.avutil.av_rescale;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVRational;

/**
 * Copies every audio stream of a clip, packet by packet and unchanged, into an output; also the
 * clip's metadata (creation time, place, languages). It reads the clip through a demuxer of its
 * own, in step with the video. Times are in microseconds from where the clip's video starts.
 */
final class AudioCopy implements AutoCloseable {
  private static final long SECOND = 1_000_000;

  /** Metadata that describe the old file rather than what it shows. */
  private static final List<String> OF_THE_FILE =
      List.of("major_brand", "minor_version", "compatible_brands", "encoder");

  private final Demuxer demuxer;
  private final AVFormatContext output;
  private final Consumer<AVPacket> packets;
  private final AVStream video;
  private final long startMicros;
  private final long videoStartMicros;
  private final AVPacket packet;
  private final AVStream[] targets;
  private final long[] lastDts;
  private boolean pending;
  private boolean ended;
  private long furthestVideoMicros = Long.MIN_VALUE;

  /**
   * Adds the clip's audio streams to the output, whose header is not written yet.
   *
   * @param packets takes packets with the output's stream index, in the output's time base
   * @throws MediaException if the clip cannot be read, or the container cannot hold its audio
   */
  AudioCopy(
      Path clip,
      Path outputFile,
      AVFormatContext output,
      Container container,
      Consumer<AVPacket> packets) {
    this.output = output;
    this.packets = packets;
    demuxer = Demuxer.open(clip);
    packet = av_packet_alloc();
    try {
      AVFormatContext input = demuxer.context();
      video = demuxer.videoStream();
      startMicros = input.start_time() == AV_NOPTS_VALUE ? 0 : input.start_time();
      videoStartMicros = video == null ? startMicros : start(video, startMicros);
      targets = new AVStream[input.nb_streams()];
      lastDts = new long[targets.length];
      for (int i = 0; i < targets.length; i++) {
        AVStream stream = input.streams(i);
        stream.discard(isVideo(i) ? AVDISCARD_DEFAULT : AVDISCARD_ALL);
        if (stream.codecpar().codec_type() == AVMEDIA_TYPE_AUDIO) {
          if (!container.holdsAudio(output.oformat(), stream.codecpar().codec_id())) {
            throw new MediaException(
                ("cannot write %s: the container cannot hold the %s audio of %s; write to .mkv, or"
                        + " leave the audio out")
                    .formatted(outputFile, Demuxer.codecName(stream), clip));
          }
          stream.discard(AVDISCARD_DEFAULT);
          targets[i] = addStream(stream);
          lastDts[i] = Long.MIN_VALUE;
        }
      }
      output.metadata(copy(input.metadata()));
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** How much later than the clip's first stream its video starts. */
  long videoDelayMicros() {
    return Math.max(0, videoStartMicros - startMicros);
  }

  /** Copies what the clip says of its video (language, creation time). */
  void describe(AVStream outputVideo) {
    if (video != null) {
      outputVideo.metadata(copy(video.metadata()));
    }
  }

  /** Copies the packets that begin before this time. */
  void copyUntil(long micros) {
    while (fill() && micros(packet) < micros) {
      emit(packet);
      pending = false;
    }
  }

  /**
   * Copies the rest: up to where the written video ends, and, if that was all of the clip's video,
   * also what follows.
   */
  void finish(long endMicros) {
    copyUntil(endMicros);
    if (video == null) {
      return;
    }
    List<AVPacket> tail = new ArrayList<>();
    try {
      while (furthestVideoMicros < endMicros && fill()) {
        tail.add(av_packet_clone(packet));
        av_packet_unref(packet);
        pending = false;
      }
      if (furthestVideoMicros < endMicros) {
        tail.forEach(this::emit);
      }
    } finally {
      tail.forEach(p -> av_packet_free(p));
    }
  }

  @Override
  public void close() {
    av_packet_free(packet);
    demuxer.close();
  }

  /** Makes the next audio packet pending; false at the end, also if the clip breaks off there. */
  private boolean fill() {
    while (!pending && !ended) {
      if (demuxer.read(packet) < 0) {
        ended = true;
      } else if (isAudio(packet.stream_index())) {
        pending = true;
      } else {
        // The clip's own video is read along only to know whether all of it was written.
        if (isVideo(packet.stream_index())) {
          furthestVideoMicros = Math.max(furthestVideoMicros, micros(packet));
        }
        av_packet_unref(packet);
      }
    }
    return pending;
  }

  /** Streams that begin within the clip have no place: the output's header is written. */
  private boolean isAudio(int stream) {
    return stream < targets.length && targets[stream] != null;
  }

  private boolean isVideo(int stream) {
    return video != null && stream == video.index();
  }

  private long micros(AVPacket of) {
    long time = of.pts() != AV_NOPTS_VALUE ? of.pts() : of.dts();
    if (time == AV_NOPTS_VALUE) {
      return Long.MIN_VALUE;
    }
    return rescale(time, demuxer.context().streams(of.stream_index())) - videoStartMicros;
  }

  private void emit(AVPacket from) {
    int index = from.stream_index();
    AVRational base = demuxer.context().streams(index).time_base();
    long shift = av_rescale(startMicros, base.den(), SECOND * base.num());
    long dts = from.dts() != AV_NOPTS_VALUE ? from.dts() : from.pts();
    if (dts == AV_NOPTS_VALUE) {
      dts = lastDts[index] == Long.MIN_VALUE ? shift : lastDts[index] + 1;
    }
    if (dts <= lastDts[index]) {
      dts = lastDts[index] + 1;
    }
    lastDts[index] = dts;
    from.dts(dts - shift);
    from.pts(from.pts() == AV_NOPTS_VALUE ? dts - shift : Math.max(from.pts(), dts) - shift);
    av_packet_rescale_ts(from, base, targets[index].time_base());
    from.stream_index(targets[index].index());
    from.pos(-1);
    packets.accept(from);
  }

  private AVStream addStream(AVStream from) {
    AVStream to = avformat_new_stream(output, (AVCodec) null);
    Ffmpeg.check(
        avcodec_parameters_copy(to.codecpar(), from.codecpar()), "cannot copy an audio stream");
    to.codecpar().codec_tag(0); // the number differs from container to container
    to.time_base(from.time_base());
    to.disposition(from.disposition());
    to.metadata(copy(from.metadata()));
    return to;
  }

  /** A copy that belongs to whatever it is set on. */
  private static AVDictionary copy(AVDictionary metadata) {
    AVDictionary copy = new AVDictionary(null);
    av_dict_copy(copy, metadata, 0);
    for (String key : OF_THE_FILE) {
      av_dict_set(copy, key, (String) null, 0);
    }
    return copy;
  }

  private static long start(AVStream stream, long unknown) {
    return stream.start_time() == AV_NOPTS_VALUE ? unknown : rescale(stream.start_time(), stream);
  }

  private static long rescale(long time, AVStream stream) {
    AVRational base = stream.time_base();
    return av_rescale(time, SECOND * base.num(), base.den());
  }
}
