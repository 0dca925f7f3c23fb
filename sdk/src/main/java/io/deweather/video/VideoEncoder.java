package io.deweather.video;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_GLOBAL_HEADER;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_QSCALE;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PROFILE_H264_HIGH;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder_by_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_frame;
import static org.bytedeco.ffmpeg.global.avutil.AVCHROMA_LOC_LEFT;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_PRI_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_PRI_SMPTE170M;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_MPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_SMPTE170M;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_UNSPECIFIED;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_SMPTE170M;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EAGAIN;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.FF_QP2LAMBDA;
import static org.bytedeco.ffmpeg.global.avutil.av_d2q;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_make_writable;
import static org.bytedeco.ffmpeg.global.avutil.av_inv_q;
import static org.bytedeco.ffmpeg.global.avutil.av_opt_set;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_ITU709;

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
 * Encodes frames of one size: H.264 by OpenH264; MPEG-4 (part 2) where that encoder is missing or
 * refuses the size, and for odd widths and heights, which H.264 in 4:2:0 cannot express. Packets
 * carry the number of their frame as time.
 */
final class VideoEncoder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(VideoEncoder.class);
  private static final String H264 = "libopenh264";
  private static final String MPEG4 = "mpeg4";

  /** MPEG-4 has 16 bits for its time base. */
  private static final int MOST_TICKS = 65_535;

  private static final int USUAL_QUANTIZER = 20;
  private static final int COARSEST_QUANTIZER = 51;
  private static final int KEY_FRAME_SECONDS = 2;
  private static final int LEAST_SLICE_ROWS = 64;

  /**
   * Up to this quantiser edges of blocks cannot be seen, and the filter that smooths them is left
   * out: a fifth of OpenH264's time, for 0.3 dB.
   */
  private static final int COARSEST_WITHOUT_EDGES = 22;

  /**
   * What OpenH264 is told to expect, in bits a pixel; with the quantiser fixed it only decides the
   * level that is written into the stream.
   */
  private static final double EXPECTED_BITS_A_PIXEL = 0.15;

  private final int width;
  private final int height;
  private final boolean hd;
  private final boolean smoothsEdges;
  private final AVPacket packet;
  private final AVFrame yuv;
  private final FromBgr fromBgr;
  private Settings settings;
  private AVCodecContext context;
  private String name;
  private long frames;

  /** What an encoder is asked for; a bit rate of 0 asks for constant quality. */
  record Settings(
      double frameRate,
      double pixelAspect,
      int quantizer,
      long bitRate,
      int threads,
      boolean globalHeader) {
    private Settings coarser() {
      int least = bitRate == 0 ? quantizer : Math.max(quantizer, USUAL_QUANTIZER);
      return new Settings(
          frameRate,
          pixelAspect,
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
    // For good: a coarser encoder goes on under the header of the first.
    smoothsEdges = settings.bitRate() > 0 || settings.quantizer() > COARSEST_WITHOUT_EDGES;
    hd = ToBgr.matrix(AVCOL_SPC_UNSPECIFIED, height) == SWS_CS_ITU709;
    if (width % 2 == 0 && height % 2 == 0) {
      context = open(H264);
      name = H264;
    } else {
      LOG.info("{}x{} is odd, which H.264 cannot hold: writing MPEG-4", width, height);
    }
    if (context == null) {
      context = open(MPEG4);
      name = MPEG4;
    }
    if (context == null) {
      throw new MediaException("no encoder for frames of %dx%d".formatted(width, height));
    }
    packet = av_packet_alloc();
    yuv = av_frame_alloc();
    yuv.format(AV_PIX_FMT_YUV420P);
    yuv.width(width);
    yuv.height(height);
    Ffmpeg.check(av_frame_get_buffer(yuv, 0), "no memory for a frame");
    fromBgr = new FromBgr(yuv, width, height, hd);
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
    while (result < 0 && name.equals(H264) && settings.quantizer() < COARSEST_QUANTIZER) {
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
    fromBgr.close();
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
    context = open(H264);
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

  private AVCodecContext open(String encoder) {
    AVCodec codec = avcodec_find_encoder_by_name(encoder);
    if (codec == null || codec.isNull()) {
      LOG.warn("this FFmpeg has no encoder {}", encoder);
      return null;
    }
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
    opened.colorspace(hd ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M);
    opened.color_primaries(hd ? AVCOL_PRI_BT709 : AVCOL_PRI_SMPTE170M);
    opened.color_trc(hd ? AVCOL_TRC_BT709 : AVCOL_TRC_SMPTE170M);
    opened.chroma_sample_location(AVCHROMA_LOC_LEFT);
    if (settings.globalHeader()) {
      opened.flags(opened.flags() | AV_CODEC_FLAG_GLOBAL_HEADER);
    }
    setQuality(opened, encoder);
    int result = avcodec_open2(opened, codec, (AVDictionary) null);
    if (result < 0) {
      LOG.warn("{} refuses {}x{}: {}", encoder, width, height, Ffmpeg.text(result));
      avcodec_free_context(opened);
      return null;
    }
    return opened;
  }

  private void setQuality(AVCodecContext opened, String encoder) {
    boolean constant = settings.bitRate() == 0;
    if (encoder.equals(H264)) {
      opened.profile(AV_PROFILE_H264_HIGH);
      // A thread for each slice; without this there is one slice, whatever thread_count says.
      opened.slices(Math.min(settings.threads(), Math.max(1, height / LEAST_SLICE_ROWS)));
      av_opt_set(opened.priv_data(), "coder", "cabac", 0);
      if (constant) {
        av_opt_set(opened.priv_data(), "rc_mode", "quality", 0);
        opened.qmin(settings.quantizer());
        opened.qmax(settings.quantizer());
        if (!smoothsEdges) {
          av_opt_set(opened.priv_data(), "loopfilter", "0", 0);
        }
        opened.bit_rate(Math.round(EXPECTED_BITS_A_PIXEL * width * height * settings.frameRate()));
      } else {
        av_opt_set(opened.priv_data(), "rc_mode", "bitrate", 0);
        opened.bit_rate(settings.bitRate());
      }
    } else if (constant) {
      // The quantiser whose step is that of H.264's.
      long scale = Math.max(2, Math.round(0.3125 * Math.pow(2, settings.quantizer() / 6.0)));
      opened.flags(opened.flags() | AV_CODEC_FLAG_QSCALE);
      opened.global_quality((int) Math.min(31, scale) * FF_QP2LAMBDA);
    } else {
      opened.bit_rate(settings.bitRate());
    }
  }
}
