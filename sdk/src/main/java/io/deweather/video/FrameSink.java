package io.deweather.video;

import org.opencv.core.Mat;

/**
 * Where frames go: a clip, a folder of pictures. What is written appears under its name only when
 * the sink is closed; until then it grows in a temporary sibling. Used from one thread at a time.
 */
public interface FrameSink extends AutoCloseable {
  /**
   * Writes one frame.
   *
   * @param image {@code CV_8UC3} BGR, every frame of the same size; not kept after the call
   * @param stamp when the frame is to be shown; timestamps must rise
   * @throws MediaException if the frame cannot be encoded or written
   */
  void write(Mat image, FrameStamp stamp);

  /**
   * Finishes the output and moves it into place; with no frame written, leaves nothing behind.
   * Idempotent.
   *
   * @throws MediaException if what remains cannot be written
   */
  @Override
  void close();
}
