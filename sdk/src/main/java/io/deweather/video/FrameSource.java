package io.deweather.video;

import java.util.Optional;
import org.opencv.core.Mat;

/**
 * Where frames come from: a clip, a stream, a camera, a folder of pictures. Used from one thread at
 * a time.
 */
public interface FrameSource extends AutoCloseable {
  /** What is known of the stream before its first frame. */
  StreamInfo info();

  /**
   * Reads the next frame into {@code target}, which is (re)allocated as {@code CV_8UC3} BGR only if
   * its size or type differ, so that a caller who passes the same Mat again allocates nothing.
   *
   * @return when the frame is to be shown, or empty at the regular end of the stream
   * @throws MediaException if the stream breaks off or cannot be decoded any further; every frame
   *     before that has been delivered
   */
  Optional<FrameStamp> read(Mat target);

  /** Releases the decoder or camera. Idempotent. */
  @Override
  void close();
}
