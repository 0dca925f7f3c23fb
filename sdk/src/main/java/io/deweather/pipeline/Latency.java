package io.deweather.pipeline;

import java.time.Duration;

/**
 * How long something took, over many frames: percentiles within 0.1 % of the measured values, zeros
 * if there was no frame.
 *
 * @param count how many frames
 * @param p50 half of them took no longer
 * @param p95 19 of 20 took no longer
 * @param p99 99 of 100 took no longer
 * @param p999 999 of 1000 took no longer
 * @param max the longest
 */
public record Latency(
    long count, Duration p50, Duration p95, Duration p99, Duration p999, Duration max) {}
