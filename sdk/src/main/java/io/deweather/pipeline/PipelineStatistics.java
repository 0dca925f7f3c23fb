package io.deweather.pipeline;

import io.deweather.FrameStatus;
import io.deweather.Weather;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A pipeline's figures up to one moment.
 *
 * @param read frames that the source delivered
 * @param written frames that were restored and taken by the consumer
 * @param dropped frames that were dropped, as {@link BackPressure} says; of the others those that
 *     are neither written nor dropped were in the pipeline at that moment or when it was closed
 * @param elapsed from the start to the last written frame
 * @param framesPerSecond written frames a second of {@code elapsed}; 0 before the first
 * @param weathers how many frames each weather was, or was to be, removed from
 * @param statuses how many frames have each status, none left out
 * @param gaps when a live source was away, the latest {@value Meter#MOST_GAPS}
 * @param decode from asking the source for a frame to having it; for a live source mostly waiting
 * @param queue from having a frame to beginning with it
 * @param inference in the restorer
 * @param encode in the consumer
 * @param total from having a frame to the end of its encoding
 */
public record PipelineStatistics(
    long read,
    long written,
    long dropped,
    Duration elapsed,
    double framesPerSecond,
    Map<Weather, Long> weathers,
    Map<FrameStatus, Long> statuses,
    List<Gap> gaps,
    Latency decode,
    Latency queue,
    Latency inference,
    Latency encode,
    Latency total) {}
