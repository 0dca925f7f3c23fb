package io.deweather.video;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_QSCALE;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PROFILE_H264_HIGH;
import static org.bytedeco.ffmpeg.global.avutil.FF_QP2LAMBDA;
import static org.bytedeco.ffmpeg.global.avutil.av_opt_find;
import static org.bytedeco.ffmpeg.global.avutil.av_opt_set;
import static org.bytedeco.ffmpeg.global.avutil.av_opt_set_int;

import io.deweather.video.VideoEncoder.Settings;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avutil.AVOption;
import org.bytedeco.javacpp.Pointer;

/** What each of FFmpeg's encoders calls the quality that {@link Settings} ask for. */
final class EncoderOptions {
  static final String OPEN_H264 = "libopenh264";
  static final String X264 = "libx264";
  static final String MPEG4 = "mpeg4";

  private static final int LEAST_SLICE_ROWS = 64;

  /**
   * Up to this quantiser OpenH264 is spared two things. The filter that smooths the edges of
   * blocks, which cannot be seen: a fifth of its time, for 0.3 dB. And arithmetic coding, which
   * with so many bits is a quarter of what is left, and saves 6 to 9 % of the bits.
   */
  private static final int COARSEST_FINE = 22;

  /**
   * What OpenH264 is told to expect, in bits a pixel; with the quantiser fixed it only decides the
   * level that is written into the stream.
   */
  private static final double EXPECTED_BITS_A_PIXEL = 0.15;

  private final boolean fine;

  /**
   * Decides, for all encoders of one clip, which may follow each other under one header.
   *
   * @param first what the first encoder is asked for
   */
  EncoderOptions(Settings first) {
    fine = first.bitRate() == 0 && first.quantizer() <= COARSEST_FINE;
  }

  /**
   * Sets the options of an encoder that is not open yet.
   *
   * @throws MediaException if constant quality is asked for and the encoder has none
   */
  void apply(AVCodecContext encoder, String name, Settings settings) {
    if (settings.bitRate() > 0) {
      encoder.bit_rate(settings.bitRate());
    }
    switch (name) {
      case OPEN_H264 -> openH264(encoder, settings);
      case X264 -> x264(encoder, settings);
      case MPEG4 -> mpeg4(encoder, settings);
      default -> other(encoder, name, settings);
    }
  }

  private void openH264(AVCodecContext encoder, Settings settings) {
    encoder.profile(AV_PROFILE_H264_HIGH);
    // A thread for each slice; without this there is one slice, whatever thread_count says.
    encoder.slices(slices(encoder, settings));
    set(encoder, "coder", fine ? "cavlc" : "cabac");
    set(encoder, "loopfilter", fine ? "0" : "1");
    set(encoder, "rc_mode", settings.bitRate() == 0 ? "quality" : "bitrate");
    if (settings.bitRate() == 0) {
      encoder.qmin(settings.quantizer());
      encoder.qmax(settings.quantizer());
      double pixels = (double) encoder.width() * encoder.height();
      encoder.bit_rate(Math.round(EXPECTED_BITS_A_PIXEL * pixels * settings.frameRate()));
    }
  }

  private static int slices(AVCodecContext encoder, Settings settings) {
    return Math.min(settings.threads(), Math.max(1, encoder.height() / LEAST_SLICE_ROWS));
  }

  private void x264(AVCodecContext encoder, Settings settings) {
    set(encoder, "preset", "superfast");
    // Nothing is held back, and threads share a frame instead of taking one each.
    set(encoder, "tune", "zerolatency");
    if (settings.bitRate() == 0) {
      av_opt_set_int(encoder.priv_data(), "qp", settings.quantizer(), 0);
    }
  }

  private void mpeg4(AVCodecContext encoder, Settings settings) {
    if (settings.bitRate() == 0) {
      // The quantiser whose step is that of H.264's.
      long scale = Math.max(2, Math.round(0.3125 * Math.pow(2, settings.quantizer() / 6.0)));
      encoder.flags(encoder.flags() | AV_CODEC_FLAG_QSCALE);
      encoder.global_quality((int) Math.min(31, scale) * FF_QP2LAMBDA);
    }
  }

  /** Encoders in hardware: NVIDIA's has a fixed quantiser, those of most other chips have none. */
  private static void other(AVCodecContext encoder, String name, Settings settings) {
    if (settings.bitRate() > 0) {
      return;
    }
    AVOption quantizer = av_opt_find(encoder.priv_data(), "qp", (String) null, 0, 0);
    if (quantizer == null || quantizer.isNull()) {
      throw new MediaException(
          "encoder %s has no constant quality: it needs a bit rate".formatted(name));
    }
    set(encoder, "rc", "constqp");
    av_opt_set_int(encoder.priv_data(), "qp", settings.quantizer(), 0);
  }

  private static void set(AVCodecContext encoder, String option, String value) {
    Pointer options = encoder.priv_data();
    av_opt_set(options, option, value, 0);
  }
}
