package io.deweather.video;

import static org.bytedeco.ffmpeg.global.avcodec.AVDISCARD_ALL;
import static org.bytedeco.ffmpeg.global.avcodec.AVDISCARD_DEFAULT;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_MOV_TEXT;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_clone;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_move_ref;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_copy;
import static org.bytedeco.ffmpeg.global.avformat.AV_DISPOSITION_ATTACHED_PIC;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_ATTACHMENT;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_copy;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;

/**
 * Copies what a clip has beside its video, packet by packet and unchanged, into an output: every
 * audio stream, and the subtitles and telemetry that the container can hold; also the clip's
 * metadata (creation time, place, languages). It reads the clip through a demuxer of its own, in
 * step with the video. Times are in microseconds from where the clip's video starts.
 */
final class TrackCopy implements AutoCloseable {
  /** Packets that wait for the video where the clip's times go back; some seconds. */
  private static final int MOST_AHEAD = 512;

  /** How far a track may lie behind its video in the clip and still be written beside it. */
  private static final long MOST_BEHIND = 10_000_000;

  private static final int LAST_VIDEO_PACKETS = 32;

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
  private final CopiedTrack[] tracks;
  private final boolean hasTracks;
  private final List<String> leftOut = new ArrayList<>();
  private final PresentationClock clock;
  private final Deque<AVPacket> read = new ArrayDeque<>();
  private final long[] lastVideoMicros = new long[LAST_VIDEO_PACKETS];
  private boolean pending;
  private boolean ended;
  private long furthestVideoMicros = Long.MIN_VALUE;
  private long videoPackets;

  /**
   * Adds the clip's tracks to the output, whose header is not written yet.
   *
   * @param packets takes packets with the output's stream index, in the output's time base
   * @throws MediaException if the clip cannot be read, or the container cannot hold its audio
   */
  TrackCopy(
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
      clock =
          video == null
              ? null
              : PresentationClock.of(video, ClipInfo.ratio(video.avg_frame_rate()));
      tracks = new CopiedTrack[input.nb_streams()];
      for (int i = 0; i < tracks.length; i++) {
        AVStream stream = input.streams(i);
        boolean copied = isToBeCopied(stream, container, outputFile, clip);
        stream.discard(copied || isVideo(i) ? AVDISCARD_DEFAULT : AVDISCARD_ALL);
        if (copied) {
          tracks[i] = new CopiedTrack(stream, addStream(stream));
        } else if (!isVideo(i) && isContent(stream)) {
          leftOut.add(Demuxer.description(stream));
        }
      }
      hasTracks = Arrays.stream(tracks).anyMatch(Objects::nonNull);
      output.metadata(copy(input.metadata()));
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** The clip's tracks that are neither its video nor copied, as {@code "subtitle mov_text"}. */
  List<String> leftOut() {
    return List.copyOf(leftOut);
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

  /** Copies the packets that begin before this time and are not stored far behind it. */
  void copyUntil(long micros) {
    while (fill(micros + MOST_BEHIND) && micros(packet) < micros) {
      emit(packet);
      pending = false;
    }
  }

  /**
   * Copies the rest: up to where the written video ends, and, if that was all of the clip's video,
   * also what follows. Of a clip of which that was not all, no more is read than lies near.
   */
  void finish(long endMicros) {
    List<AVPacket> tail = new ArrayList<>();
    try {
      while (fill(endMicros + MOST_BEHIND)) {
        if (micros(packet) < endMicros) {
          emit(packet);
        } else if (video == null) {
          break;
        } else {
          if (furthestVideoMicros < endMicros) {
            tail.add(av_packet_clone(packet));
          }
          av_packet_unref(packet);
        }
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
    read.forEach(p -> av_packet_free(p));
    demuxer.close();
  }

  private boolean isToBeCopied(AVStream stream, Container container, Path outputFile, Path clip) {
    boolean held = container.holds(output.oformat(), stream);
    if (stream.codecpar().codec_type() != AVMEDIA_TYPE_AUDIO) {
      return held;
    }
    boolean heard = isHeard(stream.codecpar());
    if (heard && !held) {
      throw new MediaException(
          ("cannot write %s: the container cannot hold the %s audio of %s; write to .mkv, or"
                  + " leave the audio out")
              .formatted(outputFile, Demuxer.codecName(stream), clip));
    }
    return heard;
  }

  /**
   * Makes the next copied packet pending; false at the end, also if the clip breaks off there, and
   * where there is none in the clip up to the video of this time.
   */
  private boolean fill(long furthest) {
    while (!pending && hasTracks) {
      AVPacket next = read.peek();
      boolean far = isReadBeyond(furthest);
      if (next != null && (ended || far || read.size() > MOST_AHEAD || !isAhead(next))) {
        av_packet_move_ref(packet, next);
        av_packet_free(read.remove());
        tracks[packet.stream_index()].count(packet, videoShift());
        pending = true;
      } else if (ended || far) {
        return false;
      } else {
        readOn();
      }
    }
    return pending;
  }

  private void readOn() {
    if (demuxer.read(packet) < 0) {
      ended = true;
      return;
    }
    if (isCopied(packet.stream_index()) && !isGap(packet)) {
      read.add(av_packet_clone(packet));
    } else if (isVideo(packet.stream_index())) {
      // The clip's own video is read along to know its count, and whether all of it was written.
      if (packet.dts() != AV_NOPTS_VALUE) { // presentation times go back and forth here
        clock.next(packet.dts(), packet.duration());
      }
      long micros = micros(packet);
      furthestVideoMicros = Math.max(furthestVideoMicros, micros + videoShift());
      lastVideoMicros[(int) (videoPackets++ % lastVideoMicros.length)] = micros;
    }
    av_packet_unref(packet);
  }

  /** Whether every one of the last video packets is: the times of some may be wrong. */
  private boolean isReadBeyond(long micros) {
    if (videoPackets < lastVideoMicros.length) {
      return false;
    }
    for (long time : lastVideoMicros) {
      if (time <= micros) {
        return false;
      }
    }
    return true;
  }

  private boolean isAhead(AVPacket next) {
    return tracks[next.stream_index()].isAhead(next, videoShift());
  }

  private long videoShift() {
    return clock == null ? 0 : clock.shift();
  }

  /** A stream that is announced, but silent where FFmpeg looks, has no rate and no channels. */
  private static boolean isHeard(AVCodecParameters audio) {
    return audio.sample_rate() > 0 && audio.ch_layout().nb_channels() > 0;
  }

  /**
   * Whether somebody would miss it: not a cover, a font or a sound track without sound, nor the
   * timecode, which FFmpeg makes again from the video's metadata.
   */
  private static boolean isContent(AVStream stream) {
    int type = stream.codecpar().codec_type();
    return type != AVMEDIA_TYPE_AUDIO
        && type != AVMEDIA_TYPE_ATTACHMENT
        && !Demuxer.codecName(stream).equals("tmcd")
        && (stream.disposition() & AV_DISPOSITION_ATTACHED_PIC) == 0;
  }

  /** Streams that begin within the clip have no place: the output's header is written. */
  private boolean isCopied(int stream) {
    return stream < tracks.length && tracks[stream] != null;
  }

  /** The time between two texts in mp4: the length of no text. FFmpeg writes it by itself. */
  private boolean isGap(AVPacket packet) {
    AVStream stream = demuxer.context().streams(packet.stream_index());
    return stream.codecpar().codec_id() == AV_CODEC_ID_MOV_TEXT && packet.size() <= Short.BYTES;
  }

  private boolean isVideo(int stream) {
    return video != null && stream == video.index();
  }

  private long micros(AVPacket of) {
    long time = of.pts() != AV_NOPTS_VALUE ? of.pts() : of.dts();
    if (time == AV_NOPTS_VALUE) {
      return Long.MIN_VALUE;
    }
    AVStream stream = demuxer.context().streams(of.stream_index());
    return Ticks.toMicros(time, stream.time_base()) - videoStartMicros;
  }

  private void emit(AVPacket from) {
    tracks[from.stream_index()].retime(from, startMicros);
    packets.accept(from);
  }

  private AVStream addStream(AVStream from) {
    AVStream to = avformat_new_stream(output, (AVCodec) null);
    Ffmpeg.check(avcodec_parameters_copy(to.codecpar(), from.codecpar()), "cannot copy a track");
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
    return stream.start_time() == AV_NOPTS_VALUE
        ? unknown
        : Ticks.toMicros(stream.start_time(), stream.time_base());
  }
}
