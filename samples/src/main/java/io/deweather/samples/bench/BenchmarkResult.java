package io.deweather.samples.bench;

import io.deweather.samples.Latencies;
import java.util.List;
import java.util.Map;

/**
 * What was measured, for {@code --json}.
 *
 * @param machine what it ran on
 * @param bundle the bundle's name
 * @param weather the view that ran
 * @param width of the frames
 * @param height of the frames
 * @param threads that computed
 * @param inFlight frames that the pipelines restore at a time, on as many threads in all
 * @param bare the {@code OrtSession.run} loop
 * @param restore {@code OnnxRestorer.restore}
 * @param pipeline the pipeline with frames from memory, results thrown away
 * @param pipelineDecode the pipeline decoding a clip, results thrown away
 * @param pipelineCodec the pipeline from clip to clip
 * @param streams several cameras on one restorer; null if they were not asked for
 * @param peers other engines by name; empty without {@code --peers}
 * @param rssMb resident memory of a process of its own
 * @param gflops arithmetic
 * @param sizes what a pixel costs in frames of several sizes, without and with a memory limit;
 *     empty if it was not asked for
 */
public record BenchmarkResult(
    Machine machine,
    String bundle,
    String weather,
    int width,
    int height,
    int threads,
    int inFlight,
    Speed bare,
    Speed restore,
    Speed pipeline,
    Speed pipelineDecode,
    Speed pipelineCodec,
    Streams streams,
    Map<String, Speed> peers,
    Memory rssMb,
    Arithmetic gflops,
    List<Sizes> sizes) {

  /** The processors that Java sees, the processor's name, the operating system and the Java. */
  public record Machine(int processors, String processor, String os, String java) {}

  /**
   * One contender.
   *
   * @param frames that it restored
   * @param fps frames a second: the median of the rounds
   * @param ratio of its frames a second to the bare session's of the same round: the median
   * @param latencyMs of its frames, over all rounds; for a pipeline from having a frame to the end
   *     of its encoding
   * @param heapBytesPerFrame Java heap allocated, over all its threads: the median; null if a round
   *     has too few frames to tell
   */
  public record Speed(
      int frames, double fps, double ratio, Latencies.Summary latencyMs, Long heapBytesPerFrame) {}

  /**
   * Several streams that share one restorer, each always waiting for its next frame.
   *
   * @param count how many
   * @param speed of all together; latencies include waiting for the others
   * @param leastShare the speed of the slowest over that of the fastest, over all rounds
   */
  public record Streams(int count, Speed speed, double leastShare) {}

  /**
   * Resident memory, in MiB; null where the system does not tell.
   *
   * @param oneView after 100 frames of one view
   * @param allViews after as many of each view in turn, ten at a time
   * @param ratio the second over the first
   * @param afterSwitches by number of frames with a switch every 50
   */
  public record Memory(
      Double oneView, Double allViews, Double ratio, Map<String, Double> afterSwitches) {}

  /**
   * Arithmetic, in GFLOP/s; a multiplication and an addition are two.
   *
   * @param network the convolutions of one frame, times the bare session's frames a second
   * @param machinePeak an fp32 matrix product of 2048 by 2048 on as many threads
   * @param share the first over the second
   */
  public record Arithmetic(double network, double machinePeak, double share) {}

  /**
   * What a pixel costs by the size of the frame, in a process that does nothing else.
   *
   * @param memoryLimitMb for the resident memory of the process, in MiB; null for none
   * @param peakRssMb the most that was resident, in MiB; null where the system does not tell
   * @param speeds in the order asked for
   */
  public record Sizes(Integer memoryLimitMb, Double peakRssMb, List<SizeSpeed> speeds) {}

  /**
   * One size.
   *
   * @param msPerMegapixel milliseconds for a million pixels: the median over its frames
   * @param ratio to the first size's
   */
  public record SizeSpeed(int width, int height, double msPerMegapixel, double ratio) {}
}
