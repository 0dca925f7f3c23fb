package io.deweather.samples.bench;

import io.deweather.TensorRtOptions.Size;
import io.deweather.Weather;
import java.nio.file.Path;
import java.util.List;

/**
 * What is measured, and how.
 *
 * @param bundle its folder
 * @param weather the view that runs
 * @param width of the frames
 * @param height of the frames
 * @param threads that compute, the calling one included
 * @param inFlight frames that the pipelines restore at a time, on as many threads in all
 * @param frames that each contender restores, over all rounds; a peer that is slower gets as much
 *     time as the bare session, and fewer frames
 * @param rounds how often the contenders take turns
 * @param peers whether other engines run too
 * @param streams that share one restorer; 0 not to measure them
 * @param soakFrames of the memory run, a switch of the view every {@value MemoryProbe#SWITCH_EVERY}
 * @param sizes of frames whose cost a pixel is compared; empty not to measure it
 * @param memoryLimitMib that the sizes are measured within as well; null for none
 * @param decoderThreads of the clip's decoder; 0 for its default
 * @param encoderThreads of the clip's encoder; 0 for its default
 */
public record BenchmarkOptions(
    Path bundle,
    Weather weather,
    int width,
    int height,
    int threads,
    int inFlight,
    int frames,
    int rounds,
    boolean peers,
    int streams,
    int soakFrames,
    List<Size> sizes,
    Integer memoryLimitMib,
    int decoderThreads,
    int encoderThreads) {}
