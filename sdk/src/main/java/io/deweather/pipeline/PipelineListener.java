package io.deweather.pipeline;

import io.deweather.video.FrameStamp;

/**
 * Learns of a pipeline's frames as they pass. Called from the pipeline's own threads, which wait
 * for it: it must be quick, and may call {@link Pipeline#stop()} but not {@link Pipeline#close()}.
 * An exception ends the pipeline.
 */
public interface PipelineListener {
  /** A frame was written or shown. Called in frame order, from the thread that does that. */
  default void frame(FrameReport report) {}

  /** A frame was dropped, as {@link BackPressure} says. Called from the thread that decodes. */
  default void dropped(FrameStamp stamp) {}

  /** A live source is back. Called from the thread that decodes, before its first frame goes on. */
  default void gap(Gap gap) {}
}
