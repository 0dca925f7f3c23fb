package io.deweather.pipeline;

import io.deweather.FrameReason;
import io.deweather.FrameStatus;
import io.deweather.Weather;
import io.deweather.WeatherSelector.Selection;
import io.deweather.video.FrameStamp;
import org.opencv.core.Mat;

/**
 * One frame's place in the pool: its pixels, which are decoder's target, tensor and encoder's input
 * at once, and what is known of it. Owned by one thread or queue at a time, which hands it on under
 * the queue's lock.
 */
final class PooledFrame {
  Mat image = new Mat();
  FrameStamp stamp;
  Weather weather;
  Selection selection;
  FrameStatus status;
  FrameReason reason;
  long turn;
  long arrivedNanos;
  long startedNanos;
  long restoredNanos;
}
