package io.deweather.video;

/**
 * Where a frame stands in its stream.
 *
 * @param index from 0, in presentation order
 * @param timestampMicros when it is to be shown, in microseconds from the start of the stream
 * @param durationMicros for how long, in microseconds; 0 if unknown, then until the next frame
 * @param name the picture's file name for a folder or a single picture, otherwise empty
 */
public record FrameStamp(long index, long timestampMicros, long durationMicros, String name) {
  /** A frame of unknown duration, of a clip or camera, which has no file name. */
  public FrameStamp(long index, long timestampMicros) {
    this(index, timestampMicros, 0, "");
  }
}
