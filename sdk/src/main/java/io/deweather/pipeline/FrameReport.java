package io.deweather.pipeline;

import io.deweather.FrameReason;
import io.deweather.FrameStatus;
import io.deweather.Weather;
import io.deweather.WeatherSelector.Selection;
import java.time.Duration;

/**
 * What became of one frame that went through a {@link Pipeline}.
 *
 * @param sequence the frame's index in the stream, from 0; dropped frames leave gaps
 * @param timestampMicros when it is to be shown, from the start of the stream
 * @param weather the weather that was removed, of two the likelier
 * @param confidence how sure the selector was of it, in [0, 1]
 * @param status whether it was restored as it was asked for
 * @param reason why not, or {@link FrameReason#NONE}
 * @param queue how long it waited for the restorer
 * @param inference how long it was with the restorer
 * @param total from when it was decoded until it was written or shown
 * @param selection the whole choice: weathers, probabilities and why it was made
 */
public record FrameReport(
    long sequence,
    long timestampMicros,
    Weather weather,
    double confidence,
    FrameStatus status,
    FrameReason reason,
    Duration queue,
    Duration inference,
    Duration total,
    Selection selection) {}
