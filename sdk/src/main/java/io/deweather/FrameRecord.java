package io.deweather;

import io.deweather.WeatherSelector.Selection;
import java.time.Duration;
import java.time.Instant;

/**
 * What became of one frame, for whoever watches.
 *
 * @param stream the name of its stream; {@value RestorationStream#DEFAULT_NAME} for calls of the
 *     restorer itself
 * @param sequence of its call within the stream, from 0
 * @param timestamp when the call came
 * @param weather that was to be removed, of two the likelier; {@link Weather#CLEAR} if nothing was,
 *     or if the selector failed
 * @param confidence of the selector, in [0, 1]
 * @param status what the caller got
 * @param reason why
 * @param mode what was tried for it
 * @param queue from the call to the beginning of its run, or to its end if it never began
 * @param inference how long it ran; zero if it did not, or was left at its deadline
 * @param total from the call to the answer
 * @param selection the whole choice: weathers, probabilities and why it was made
 */
public record FrameRecord(
    String stream,
    long sequence,
    Instant timestamp,
    Weather weather,
    double confidence,
    FrameStatus status,
    FrameReason reason,
    OperatingMode mode,
    Duration queue,
    Duration inference,
    Duration total,
    Selection selection) {}
