package io.deweather;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A {@link FrameRecord} for the Flight Recorder. */
@Name("io.deweather.Frame")
@Label("Restored Frame")
@Category("Deweather")
@StackTrace(false)
final class FrameEvent extends Event {
  @Label("Stream")
  String stream;

  @Label("Sequence")
  long sequence;

  @Label("Weather")
  String weather;

  @Label("Confidence")
  double confidence;

  @Label("Selection")
  String selection;

  @Label("Status")
  String status;

  @Label("Reason")
  String reason;

  @Label("Mode")
  String mode;

  @Label("Queue Time")
  @Timespan
  long queueTime;

  @Label("Inference Time")
  @Timespan
  long inferenceTime;

  @Label("Total Time")
  @Timespan
  long totalTime;
}
