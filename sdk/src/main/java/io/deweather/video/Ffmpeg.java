package io.deweather.video;

import static org.bytedeco.ffmpeg.global.avutil.AV_LOG_QUIET;
import static org.bytedeco.ffmpeg.global.avutil.av_log_set_level;
import static org.bytedeco.ffmpeg.global.avutil.av_strerror;

import io.deweather.DeweatherException;
import io.deweather.NativeMemory;
import java.nio.charset.StandardCharsets;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.ffmpeg.global.swscale;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;

/**
 * FFmpeg's libraries, loaded once and silent, and its errors in words. FFmpeg's log level is one
 * for the whole process; it is turned off here because everything worth saying comes as an
 * exception.
 */
final class Ffmpeg {
  private static final int ERROR_TEXT_BYTES = 256;

  private Ffmpeg() {}

  /**
   * Loads FFmpeg if it is not loaded yet.
   *
   * @throws DeweatherException if the native libraries cannot be loaded
   */
  static void load() {
    if (Native.FAILURE != null) {
      throw new DeweatherException(
          "cannot load FFmpeg's native libraries: " + Native.FAILURE, Native.FAILURE);
    }
  }

  /** FFmpeg's words for one of its (negative) error codes. */
  static String text(int error) {
    byte[] text = new byte[ERROR_TEXT_BYTES];
    av_strerror(error, text, text.length);
    int end = 0;
    while (end < text.length && text[end] != 0) {
      end++;
    }
    return new String(text, 0, end, StandardCharsets.UTF_8);
  }

  /** The exception for a failed call: what was tried, and FFmpeg's words for why it failed. */
  static MediaException failure(String what, int error) {
    return new MediaException(what + ": " + text(error));
  }

  /**
   * Returns the result of a call that signals failure by a negative number.
   *
   * @throws MediaException if it is negative
   */
  static int check(int result, String what) {
    if (result < 0) {
      throw failure(what, result);
    }
    return result;
  }

  /** A C string as a Java string, empty for a null pointer. */
  static String string(BytePointer text) {
    return text == null || text.isNull() ? "" : text.getString();
  }

  private static final class Native {
    private static final Throwable FAILURE = tryLoad();

    private static Throwable tryLoad() {
      NativeMemory.lift();
      // JavaCPP locks its cache by a channel, which an interrupted thread cannot.
      boolean interrupted = Thread.interrupted();
      try {
        Loader.load(avutil.class);
        Loader.load(avcodec.class);
        Loader.load(avformat.class);
        Loader.load(swscale.class);
        av_log_set_level(AV_LOG_QUIET);
        avformat.avformat_network_init();
        return null;
      } catch (Exception | LinkageError e) {
        return e;
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }
}
