package io.deweather.video;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_AAC;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_AC3;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_ASS;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_EAC3;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_FLAC;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_MP2;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_MP3;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_OPUS;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_SUBRIP;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_TRUEHD;
import static org.bytedeco.ffmpeg.global.avcodec.FF_COMPLIANCE_NORMAL;
import static org.bytedeco.ffmpeg.global.avformat.avformat_query_codec;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_DATA;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_SUBTITLE;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avformat.AVOutputFormat;
import org.bytedeco.ffmpeg.avformat.AVStream;

/** The containers that clips are written in, by file extension. */
enum Container {
  MP4("mp4", true, "mp4", "m4v"),
  MOV("mov", true, "mov"),
  MATROSKA("matroska", false, "mkv"),
  AVI("avi", false, "avi"),
  MPEG_TS("mpegts", false, "ts");

  private static final Set<Integer> TS_AUDIO =
      Set.of(
          AV_CODEC_ID_AAC,
          AV_CODEC_ID_MP2,
          AV_CODEC_ID_MP3,
          AV_CODEC_ID_AC3,
          AV_CODEC_ID_EAC3,
          AV_CODEC_ID_OPUS);

  private static final Set<Integer> NOT_IN_MOV =
      Set.of(AV_CODEC_ID_FLAC, AV_CODEC_ID_OPUS, AV_CODEC_ID_TRUEHD);

  private static final int LEAST_MP3_RATE_IN_MP4 = 16_000;

  private static final Set<Integer> MATROSKA_TEXTS = Set.of(AV_CODEC_ID_SUBRIP, AV_CODEC_ID_ASS);

  /** Timed text, as 3GPP and mp4 have it; QuickTime's differs. */
  private static final int TX3G = tag("tx3g");

  /** Where, how fast and how tilted a GoPro was. */
  private static final int GPMD = tag("gpmd");

  private final String muxer;
  private final boolean needsTrailer;
  private final List<String> extensions;

  Container(String muxer, boolean needsTrailer, String... extensions) {
    this.muxer = muxer;
    this.needsTrailer = needsTrailer;
    this.extensions = List.of(extensions);
  }

  /**
   * The container that a file's extension stands for.
   *
   * @throws MediaException listing the known extensions, if it is none of them
   */
  static Container of(Path file) {
    String extension = Extensions.of(file);
    return Arrays.stream(values())
        .filter(c -> c.extensions.contains(extension))
        .findFirst()
        .orElseThrow(
            () ->
                new MediaException(
                    "cannot write %s: a clip's extension must be one of %s"
                        .formatted(file, known())));
  }

  /** FFmpeg's name for it. */
  String muxer() {
    return muxer;
  }

  /** Whether a file that was not finished cannot be played at all. */
  boolean needsTrailer() {
    return needsTrailer;
  }

  /** Whether frames have times at all, rather than a number in a fixed rate. */
  boolean hasTimestamps() {
    return this != AVI;
  }

  /**
   * Whether it can hold this stream beside a video, in a way that players know: audio, subtitles of
   * text, or the telemetry of a GoPro.
   */
  boolean holds(AVOutputFormat format, AVStream stream) {
    AVCodecParameters content = stream.codecpar();
    return switch (content.codec_type()) {
      case AVMEDIA_TYPE_AUDIO -> holdsAudio(format, content);
      case AVMEDIA_TYPE_SUBTITLE ->
          this == MP4 && content.codec_tag() == TX3G
              || this == MATROSKA && MATROSKA_TEXTS.contains(content.codec_id());
      case AVMEDIA_TYPE_DATA -> this == MP4 && content.codec_tag() == GPMD;
      default -> false;
    };
  }

  /** FFmpeg says more of mov and mp4 than it writes. */
  private boolean holdsAudio(AVOutputFormat format, AVCodecParameters audio) {
    int codec = audio.codec_id();
    return switch (this) {
      case MPEG_TS -> TS_AUDIO.contains(codec);
      case MOV -> !NOT_IN_MOV.contains(codec) && isKnown(format, codec);
      case MP4 ->
          codec != AV_CODEC_ID_TRUEHD
              && !(codec == AV_CODEC_ID_MP3 && audio.sample_rate() < LEAST_MP3_RATE_IN_MP4)
              && isKnown(format, codec);
      default -> isKnown(format, codec);
    };
  }

  private static boolean isKnown(AVOutputFormat format, int codec) {
    return avformat_query_codec(format, codec, FF_COMPLIANCE_NORMAL) != 0;
  }

  /** The four letters by which mp4 knows a kind of track. */
  private static int tag(String letters) {
    return ByteBuffer.wrap(letters.getBytes(StandardCharsets.US_ASCII))
        .order(ByteOrder.LITTLE_ENDIAN)
        .getInt();
  }

  private static String known() {
    return Arrays.stream(values())
        .flatMap(c -> c.extensions.stream())
        .sorted()
        .collect(Collectors.joining(", "));
  }
}
