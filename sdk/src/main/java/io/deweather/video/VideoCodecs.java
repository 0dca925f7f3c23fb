package io.deweather.video;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_CAP_HARDWARE;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_AV1;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_H264;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_HEVC;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_MPEG4;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_VP9;
import static org.bytedeco.ffmpeg.global.avcodec.av_codec_is_encoder;
import static org.bytedeco.ffmpeg.global.avcodec.av_codec_iterate;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.av_make_q;
import static org.bytedeco.ffmpeg.global.avutil.av_version_info;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * What the FFmpeg of this process can write and read on this machine: of H.264, HEVC, MPEG-4, VP9
 * and AV1. Software codecs are listed as they are built in; one that needs hardware only if it
 * opens, and the kinds that take frames in a device's memory (VA-API, Vulkan, Quick Sync decoders)
 * never, as nothing here hands them such frames.
 *
 * @param ffmpeg FFmpeg's version
 * @param encoders format, such as {@code h264}, to the names of its encoders; none is an empty list
 * @param decoders the same of decoders
 */
public record VideoCodecs(
    String ffmpeg, Map<String, List<String>> encoders, Map<String, List<String>> decoders) {
  private static final Map<Integer, String> FORMATS = formats();

  /** FFmpeg's own AV1 decoder has no software part, and says so only at the first frame. */
  private static final String HARDWARE_ONLY = "av1";

  /**
   * Looks; some milliseconds.
   *
   * @throws io.deweather.DeweatherException if FFmpeg's native libraries cannot be loaded
   */
  public static VideoCodecs atHand() {
    Ffmpeg.load();
    String version = Ffmpeg.string(av_version_info());
    return new VideoCodecs(version, find(true), find(false));
  }

  private static Map<Integer, String> formats() {
    Map<Integer, String> formats = new LinkedHashMap<>();
    formats.put(AV_CODEC_ID_H264, "h264");
    formats.put(AV_CODEC_ID_HEVC, "hevc");
    formats.put(AV_CODEC_ID_MPEG4, "mpeg4");
    formats.put(AV_CODEC_ID_VP9, "vp9");
    formats.put(AV_CODEC_ID_AV1, "av1");
    return formats;
  }

  private static Map<String, List<String>> find(boolean encoders) {
    Map<String, TreeSet<String>> names = new LinkedHashMap<>();
    FORMATS.values().forEach(format -> names.put(format, new TreeSet<>()));
    try (PointerPointer<Pointer> position = new PointerPointer<>(1)) {
      position.put(0, (Pointer) null);
      for (AVCodec codec = av_codec_iterate(position);
          codec != null && !codec.isNull();
          codec = av_codec_iterate(position)) {
        String format = FORMATS.get(codec.id());
        if (format != null && encoders == (av_codec_is_encoder(codec) != 0) && works(codec)) {
          names.get(format).add(codec.name().getString());
        }
      }
    }
    Map<String, List<String>> found = new LinkedHashMap<>();
    names.forEach((format, set) -> found.put(format, List.copyOf(set)));
    return Collections.unmodifiableMap(found);
  }

  private static boolean works(AVCodec codec) {
    String name = codec.name().getString();
    boolean encoder = av_codec_is_encoder(codec) != 0;
    if (!encoder && (name.equals(HARDWARE_ONLY) || name.endsWith("_qsv"))) {
      return false;
    }
    boolean hardware = (codec.capabilities() & AV_CODEC_CAP_HARDWARE) != 0 || name.endsWith("_qsv");
    return !hardware || opens(codec);
  }

  private static boolean opens(AVCodec codec) {
    AVCodecContext context = avcodec_alloc_context3(codec);
    if (context == null || context.isNull()) {
      return false;
    }
    try {
      context.width(640).height(360).pix_fmt(AV_PIX_FMT_YUV420P).time_base(av_make_q(1, 30));
      return avcodec_open2(context, codec, (AVDictionary) null) >= 0;
    } finally {
      avcodec_free_context(context);
    }
  }
}
