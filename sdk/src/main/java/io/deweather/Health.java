package io.deweather;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The state of an {@link OnnxRestorer} at one moment, for the embedding software to log or to act
 * on. Immutable.
 *
 * @param streams each stream that is open, the restorer's own first
 * @param views what each view of the bundle is doing, in the bundle's order
 * @param memory what is known of memory
 * @param selector what is known of the bundle's selector
 * @param versions of what runs: {@code bundle}, {@code onnxruntime}, {@code opencv}, {@code java}
 */
public record Health(
    List<StreamHealth> streams,
    Map<Weather, ViewState> views,
    Memory memory,
    Selector selector,
    Map<String, String> versions) {

  /**
   * The bundle's selector.
   *
   * @param ready whether it can choose the weather; a fixed weather needs none
   * @param detail how often it looks, or why it cannot choose
   * @param looks how many frames it looked at, of all streams
   * @param look how long that took, on average; zero before the first
   */
  public record Selector(boolean ready, String detail, long looks, Duration look) {}

  /** What a view is doing. */
  public enum ViewState {
    /** The first frame that needs it loads it. */
    NOT_LOADED,

    /** Ready; holds its weights, and memory for small frames if it ran such. */
    LOADED,

    /** Ran the last frame; holds the memory for the next. */
    ACTIVE
  }

  /**
   * One stream, since it was opened.
   *
   * @param name of the stream
   * @param mode what is tried for its frames at present
   * @param frames how many were answered
   * @param statuses how many got each status; every status is there
   * @param reasons how many had each reason; every reason is there
   * @param latency from call to answer
   * @param lastFailure what the last failure of inference or selector said; null if none
   */
  public record StreamHealth(
      String name,
      OperatingMode mode,
      long frames,
      Map<FrameStatus, Long> statuses,
      Map<FrameReason, Long> reasons,
      Latency latency,
      String lastFailure) {}

  /**
   * Percentiles of a time, exact to 1 %; all zero before the first frame.
   *
   * @param p50 half of the frames took no longer
   * @param p90 nine in ten
   * @param p95 nineteen in twenty
   * @param p99 99 in a hundred
   * @param p999 999 in a thousand
   * @param max none took longer
   */
  public record Latency(
      Duration p50, Duration p90, Duration p95, Duration p99, Duration p999, Duration max) {}

  /**
   * Memory, in bytes.
   *
   * @param resident of the whole process
   * @param limit see {@link OnnxRestorer.Builder#memoryLimit}
   * @param perPixel what the network was measured to take for each pixel of a run; 0 as long as
   *     frames were so small that it did not matter
   */
  public record Memory(long resident, long limit, long perPixel) {}
}
