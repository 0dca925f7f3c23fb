package io.deweather.video;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_GLOBAL_HEADER;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_H264;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_MPEG4;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder_by_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_frame;
import static org.bytedeco.ffmpeg.global.avutil.AVCHROMA_LOC_LEFT;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_MPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EAGAIN;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.av_d2q;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_make_writable;
import static org.bytedeco.ffmpeg.global.avutil.av_inv_q;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.opencv.core.Mat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Encodes frames of one size: H.264 by the encoder that is asked for, else by the first of x264 and
 * OpenH264 that there is; then MPEG-4 (part 2) where both are missing or refuse the size, and for
 * odd widths and heights, which H.264 in 4:2:0 cannot express. Packets carry the number of their
 * frame as time.
 */
final class VideoEncoder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(VideoEncoder.class);

  /** In this order. x264 is in builds under the GPL only, which somebody chose for its sake. */
  private static final List<String> H264_BY_DEFAULT =
      List.of(EncoderOptions.X264, EncoderOptions.OPEN_H264);

  /** MPEG-4 has 16 bits for its time base. */
  private static final int MOST_TICKS = 65_535;

  private static final int USUAL_QUANTIZER = 20;
  private static final int COARSEST_QUANTIZER = 51;
  private static final int KEY_FRAME_SECONDS = 2;

  private final int width;
  private final int height;
  private final YuvMatrix matrix;
  private final EncoderOptions options;
  private final AVPacket packet;
  private final AVFrame yuv;
  private FromBgr fromBgr;
  private Settings settings;
  private AVCodecContext context;
  private String name;
  private int refusal;
  private long frames;

  /**
   * What an encoder is asked for.
   *
   * @param encoder FFmpeg's name of it; null for the first of the usual ones that works
   * @param bitRate 0 for constant quality
   */
  record Settings(
      String encoder,
      double frameRate,
      double pixelAspect,
      ColourTags colours,
      int quantizer,
      long bitRate,
      int threads,
      boolean globalHeader) {
    private Settings coarser() {
      int least = bitRate == 0 ? quantizer : Math.max(quantizer, USUAL_QUANTIZER);
      return new Settings(
          encoder,
          frameRate,
          pixelAspect,
          colours,
          Math.min(COARSEST_QUANTIZER, least + 6),
          0,
          threads,
          globalHeader);
    }
  }

  VideoEncoder(int width, int height, Settings settings) {
    this.width = width;
    this.height = height;
    this.settings = settings;
    options = new EncoderOptions(settings);
    packet = av_packet_alloc();
    yuv = av_frame_alloc();
    matrix = YuvMatrix.of(settings.colours(), height);
    try {
      if (settings.encoder() == null) {
        openUsual();
      } else {
        openNamed(settings.encoder());
      }
      yuv.format(AV_PIX_FMT_YUV420P);
      yuv.width(width);
      yuv.height(height);
      Ffmpeg.check(av_frame_get_buffer(yuv, 0), "no memory for a frame");
      fromBgr = new FromBgr(yuv, width, height, matrix);
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /**
   * Checks a name before anything is written.
   *
   * @param encoder null for the usual ones
   * @throws MediaException if this FFmpeg has no encoder of that name for H.264 or MPEG-4
   */
  static void requireKnown(String encoder) {
    if (encoder == null) {
      return;
    }
    AVCodec codec = avcodec_find_encoder_by_name(encoder);
    boolean known = codec != null && !codec.isNull();
    if (!known || codec.id() != AV_CODEC_ID_H264 && codec.id() != AV_CODEC_ID_MPEG4) {
      Map<String, List<String>> encoders = VideoCodecs.atHand().encoders();
      throw new MediaException(
          "encoder (%s) must be one that this FFmpeg has for H.264 or MPEG-4 on this machine: %s, %s"
              .formatted(
                  encoder,
                  String.join(", ", encoders.get("h264")),
                  String.join(", ", encoders.get("mpeg4"))));
    }
  }

  /** FFmpeg's name of the encoder in use. */
  String name() {
    return name;
  }

  AVCodecContext context() {
    return context;
  }

  /** Encodes a frame and passes on the packets that are ready. */
  void encode(Mat image, Consumer<AVPacket> packets) {
    Ffmpeg.check(av_frame_make_writable(yuv), "no memory for a frame");
    fromBgr.convert(image);
    yuv.pts(frames++);
    int result = send();
    while (result < 0
        && name.equals(EncoderOptions.OPEN_H264)
        && settings.quantizer() < COARSEST_QUANTIZER) {
      reopenCoarser();
      result = send();
    }
    Ffmpeg.check(result, "frame " + (frames - 1) + " cannot be encoded");
    drain(packets);
  }

  /** Passes on what the encoder still holds. */
  void finish(Consumer<AVPacket> packets) {
    if (avcodec_send_frame(context, null) >= 0) {
      drain(packets);
    }
  }

  @Override
  public void close() {
    if (fromBgr != null) {
      fromBgr.close();
    }
    av_frame_free(yuv);
    av_packet_free(packet);
    if (context != null) {
      avcodec_free_context(context);
    }
  }

  private int send() {
    yuv.quality(context.global_quality());
    return avcodec_send_frame(context, yuv);
  }

  /**
   * OpenH264 gives itself up when a frame takes more bits than it has memory for, which is that of
   * the raw frame: noise at a fine quantiser. A new one, coarser, goes on with a key frame under
   * the same stream header.
   */
  private void reopenCoarser() {
    settings = settings.coarser();
    LOG.warn(
        "frame {} is too noisy for its quality: going on at quantiser {}",
        frames - 1,
        settings.quantizer());
    avcodec_free_context(context);
    context = open(name);
    if (context == null) {
      throw new MediaException("frame " + (frames - 1) + " cannot be encoded");
    }
  }

  private void drain(Consumer<AVPacket> packets) {
    while (true) {
      int result = avcodec_receive_packet(context, packet);
      if (result == AVERROR_EAGAIN() || result == AVERROR_EOF) {
        return;
      }
      Ffmpeg.check(result, "frame " + (frames - 1) + " cannot be encoded");
      packets.accept(packet);
    }
  }

  private void openUsual() {
    if (even()) {
      for (String encoder : H264_BY_DEFAULT) {
        if (context == null && isBuiltIn(encoder)) {
          name = encoder;
          context = open(encoder);
        }
      }
    } else {
      LOG.info("{}x{} is odd, which H.264 cannot hold: writing MPEG-4", width, height);
    }
    if (context == null && isBuiltIn(EncoderOptions.MPEG4)) {
      name = EncoderOptions.MPEG4;
      context = open(name);
    }
    if (context == null) {
      throw new MediaException("no encoder for frames of %dx%d".formatted(width, height));
    }
  }

  private void openNamed(String encoder) {
    name = encoder;
    if (!even() && !encoder.equals(EncoderOptions.MPEG4)) {
      throw new MediaException(
          "encoder %s cannot hold frames of %dx%d: H.264 in YUV 4:2:0 needs even widths and heights"
              .formatted(encoder, width, height));
    }
    context = open(encoder);
    if (context == null) {
      throw new MediaException(
          "encoder %s refuses frames of %dx%d in YUV 4:2:0: %s"
              .formatted(encoder, width, height, Ffmpeg.text(refusal)));
    }
  }

  private boolean even() {
    return width % 2 == 0 && height % 2 == 0;
  }

  private static boolean isBuiltIn(String encoder) {
    AVCodec codec = avcodec_find_encoder_by_name(encoder);
    return codec != null && !codec.isNull();
  }

  /** Null if the encoder refuses; then {@link #refusal} says why. */
  private AVCodecContext open(String encoder) {
    AVCodec codec = avcodec_find_encoder_by_name(encoder);
    AVCodecContext opened = avcodec_alloc_context3(codec);
    AVRational rate = av_d2q(settings.frameRate(), MOST_TICKS);
    opened.width(width);
    opened.height(height);
    opened.pix_fmt(AV_PIX_FMT_YUV420P);
    opened.framerate(rate);
    opened.time_base(av_inv_q(rate));
    opened.sample_aspect_ratio(av_d2q(settings.pixelAspect(), MOST_TICKS));
    opened.gop_size((int) Math.max(1, Math.round(settings.frameRate() * KEY_FRAME_SECONDS)));
    opened.max_b_frames(0);
    opened.thread_count(settings.threads());
    opened.color_range(AVCOL_RANGE_MPEG);
    ColourTags tags = matrix.tags(settings.colours());
    opened.colorspace(tags.matrix());
    opened.color_primaries(tags.primaries());
    opened.color_trc(tags.transfer());
    opened.chroma_sample_location(AVCHROMA_LOC_LEFT);
    if (settings.globalHeader()) {
      opened.flags(opened.flags() | AV_CODEC_FLAG_GLOBAL_HEADER);
    }
    boolean done = false;
    try {
      options.apply(opened, encoder, settings);
      refusal = avcodec_open2(opened, codec, (AVDictionary) null);
      done = refusal >= 0;
      if (!done) {
        LOG.warn("{} refuses {}x{}: {}", encoder, width, height, Ffmpeg.text(refusal));
      }
      return done ? opened : null;
    } finally {
      if (!done) {
        avcodec_free_context(opened);
      }
    }
  }
}
