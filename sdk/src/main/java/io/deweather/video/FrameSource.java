package io.deweather.video;

import java.nio.file.Path;
import java.util.Optional;
import org.opencv.core.Mat;

/**
 * Where frames come from: a clip, a stream, a camera, a folder of pictures. Used from one thread at
 * a time, except for {@link #close}, which any thread may call and which ends a read that waits for
 * the network.
 */
public interface FrameSource extends AutoCloseable {
  /**
   * Opens what a person would name on a command line:
   *
   * <ul>
   *   <li>a URL ({@code rtsp://}, {@code http://}, {@code https://}, ...): a network stream, RTSP
   *       over TCP; {@code file:} URLs are paths
   *   <li>{@code 0}, {@code 1}, ..., or {@code /dev/video0}, ...: the camera of that number (unless
   *       a file is named {@code 0})
   *   <li>a folder: its pictures, by name
   *   <li>a numbered sequence such as {@code img_%04d.png}: its pictures, by number
   *   <li>a picture (png, jpg, jpeg, bmp, webp, tif, tiff): one frame
   *   <li>any other file: a clip, in any format and codec that FFmpeg decodes
   * </ul>
   *
   * Clips are turned upright as their rotation metadata says. Pictures are turned by their EXIF
   * orientation; grey ones become colour, an alpha channel is dropped, 16 bits a channel are scaled
   * to 8 by 1/257; floating-point pictures are refused. Pictures have no times of their own: they
   * are stamped at {@value #PICTURES_PER_SECOND} a second.
   *
   * @throws MediaException if there is no such file, folder or camera, it is empty, is no video or
   *     picture, or its codec is not supported
   */
  static FrameSource open(String input) {
    return open(input, InputOptions.defaults());
  }

  /** Opens an input, as {@link #open(String)}, with options. */
  static FrameSource open(String input, InputOptions options) {
    return Inputs.open(input, options);
  }

  /** Opens a clip, a picture or a folder of pictures, as {@link #open(String)}. */
  static FrameSource open(Path file) {
    return open(file, InputOptions.defaults());
  }

  /** Opens a clip, a picture or a folder of pictures, as {@link #open(String)}, with options. */
  static FrameSource open(Path file, InputOptions options) {
    return Inputs.open(file, options);
  }

  /** The rate at which pictures, which have no times of their own, are stamped. */
  int PICTURES_PER_SECOND = 25;

  /** What is known of the stream before its first frame. */
  StreamInfo info();

  /**
   * Reads the next frame into {@code target}, which is (re)allocated as {@code CV_8UC3} BGR only if
   * its size or type differ, so that a caller who passes the same Mat again allocates nothing.
   *
   * @return when the frame is to be shown, timestamps strictly rising; or empty at the regular end
   *     of the stream
   * @throws MediaException if the stream breaks off or cannot be decoded any further; every frame
   *     before that has been delivered
   * @throws IllegalStateException if the source is closed
   */
  Optional<FrameStamp> read(Mat target);

  /** Releases the decoder or camera. Idempotent. */
  @Override
  void close();
}
