package io.deweather;

/**
 * Hears of every frame, after its answer is known and before the caller gets it: on the calling
 * thread, so on several at once if several call. It should return quickly; what it throws is logged
 * and costs no frame.
 */
@FunctionalInterface
public interface FrameListener {
  /** Called once for each frame that was accepted. */
  void onFrame(FrameRecord frame);
}
