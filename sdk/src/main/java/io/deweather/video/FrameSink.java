package io.deweather.video;

import org.opencv.core.Mat;

/**
 * Where frames go: a clip, a folder of pictures. What is written appears under its name only when
 * it is complete: a clip when the sink is closed, a picture when its frame is written; until then
 * it grows in a temporary sibling. Used from one thread at a time, except for {@link #close} and
 * {@link #discard}, which any thread may call.
 */
public interface FrameSink extends AutoCloseable {
  /**
   * Writes one frame.
   *
   * @param image {@code CV_8UC3} BGR; not kept after the call. Every frame of a clip has the size
   *     of its first
   * @param stamp when the frame is to be shown; timestamps must rise
   * @throws MediaException if the frame cannot be encoded or written
   * @throws IllegalStateException if the sink is closed
   */
  void write(Mat image, FrameStamp stamp);

  /**
   * Finishes the output and moves it into place; with no frame written, leaves nothing behind. Also
   * to be called after a failed {@link #write} or an interruption: what was written until then
   * plays. Idempotent.
   *
   * @throws MediaException if what remains cannot be written
   */
  @Override
  void close();

  /** Closes the sink and throws the output away. Idempotent; does nothing after {@link #close}. */
  void discard();
}
