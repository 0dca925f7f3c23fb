package io.deweather;

import com.fasterxml.jackson.annotation.JsonValue;
import io.deweather.video.VideoCodecs;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * What this machine, this build and a bundle have to offer: what {@code deweather doctor} shows.
 *
 * @param works whether the device that was asked for ran the bundle
 * @param device the device that ran it, or the one that was asked for
 * @param checks one line each, in the order in which they build on each other
 * @param processor the CPU
 * @param providers the execution providers in this build of ONNX Runtime, by its names
 * @param codecs what FFmpeg can write and read; null if it could not be loaded
 * @param benchmark how fast the bundle ran; null if it did not
 */
public record SystemReport(
    boolean works,
    String device,
    List<Check> checks,
    Processor processor,
    List<String> providers,
    VideoCodecs codecs,
    Benchmark benchmark) {

  /** Copies the lists. */
  public SystemReport {
    checks = List.copyOf(checks);
    providers = List.copyOf(providers);
  }

  /** How a check came out. */
  public enum Status {
    /** As it should be. */
    OK,
    /** Not there, and not needed for the device that was asked for. */
    ABSENT,
    /** Not as it should be. */
    FAILED;

    /** Returns the name in lower case, as JSON has it. */
    @JsonValue
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * One thing that was looked at.
   *
   * @param name what, in a word
   * @param status how it came out
   * @param finding what was found
   * @param nextStep what to do about it; empty if there is nothing to do
   */
  public record Check(String name, Status status, String finding, String nextStep) {}

  /**
   * Frames of noise, one after the other, from Mat to Mat.
   *
   * @param weather whose view ran
   * @param width of the frames
   * @param height of the frames
   * @param frames how many were measured, after those that warmed up
   * @param framesPerSecond how many a second
   * @param p50Ms half of them took no longer, in milliseconds
   * @param p99Ms 99 of 100 took no longer
   */
  public record Benchmark(
      String weather,
      int width,
      int height,
      int frames,
      double framesPerSecond,
      double p50Ms,
      double p99Ms) {}

  /**
   * Looks at everything. Throws nothing: what fails is a check that failed.
   *
   * @param bundle what to run
   * @param device on what
   * @param benchmark how long to measure; zero to measure one frame
   */
  public static SystemReport of(Path bundle, Device device, Duration benchmark) {
    return new SystemChecks(bundle, device).run(benchmark);
  }
}
