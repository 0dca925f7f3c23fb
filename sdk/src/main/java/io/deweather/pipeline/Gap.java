package io.deweather.pipeline;

import java.time.Duration;

/**
 * A time during which a live source was away.
 *
 * @param sequence the index of the first frame after it
 * @param timestampMicros the timestamp of the first frame after it; the length of the gap is in it,
 *     so that what is recorded keeps the pace of the clock
 * @param length from the last frame before to the first one after
 * @param attempts how often the source was opened until a frame came
 * @param reason why it went away, for a person
 */
public record Gap(
    long sequence, long timestampMicros, Duration length, int attempts, String reason) {}
