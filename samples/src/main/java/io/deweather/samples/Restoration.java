package io.deweather.samples;

import io.deweather.OnnxRestorer;
import io.deweather.Weather;
import io.deweather.video.FrameSink;
import io.deweather.video.FrameSource;
import io.deweather.video.FrameStamp;
import io.deweather.video.MediaException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.opencv.core.Core;
import org.opencv.core.Mat;

/** One pass from a source through the restorer into a sink, and what is known of it afterwards. */
final class Restoration {
  private final OnnxRestorer restorer;
  private final Weather weather;
  private final boolean sideBySide;
  private final long limit;

  private final Latencies latencies = new Latencies();
  private final Map<String, Long> weathers = new LinkedHashMap<>();
  private long frames;
  private int width;
  private int height;
  private boolean sizesDiffer;
  private double frameRate;
  private double seconds;
  private MediaException breakOff;
  private boolean interrupted;

  Restoration(OnnxRestorer restorer, Weather weather, boolean sideBySide, long limit) {
    this.restorer = restorer;
    this.weather = weather;
    this.sideBySide = sideBySide;
    this.limit = limit;
  }

  /** The results for programs. */
  record Statistics(
      long frames,
      int width,
      int height,
      double fpsIn,
      double fpsProcessed,
      Map<String, Long> weathers,
      Latencies.Summary latencyMs) {}

  /** Restores until the source ends or breaks off, the limit is reached or Ctrl-C is pressed. */
  void run(FrameSource source, FrameSink sink, Terminal terminal) {
    frameRate = source.info().frameRate();
    long total = Math.min(limit, source.info().frames());
    Mat frame = new Mat();
    Mat restored = new Mat();
    Mat both = new Mat();
    try (Progress progress = new Progress(terminal, "restore", "frames", total)) {
      while (frames < limit) {
        interrupted = terminal.interruption().requested();
        Optional<FrameStamp> stamp = interrupted ? Optional.empty() : read(source, frame);
        if (stamp.isEmpty()) {
          break;
        }
        long start = System.nanoTime();
        restorer.restore(frame, restored, weather);
        latencies.record(System.nanoTime() - start);
        if (sideBySide) {
          Core.hconcat(List.of(frame, restored), both);
        }
        write(sink, sideBySide ? both : restored, stamp.get());
        count(frame);
        progress.done(frames);
      }
      seconds = progress.seconds();
    } finally {
      frame.release();
      restored.release();
      both.release();
    }
  }

  private Optional<FrameStamp> read(FrameSource source, Mat frame) {
    try {
      return source.read(frame);
    } catch (MediaException e) {
      if (frames == 0) {
        throw e;
      }
      breakOff = e;
      return Optional.empty();
    }
  }

  private void write(FrameSink sink, Mat image, FrameStamp stamp) {
    try {
      sink.write(image, stamp);
    } catch (IllegalArgumentException e) {
      throw new MediaException("frame %d: %s".formatted(frames, e.getMessage()), e);
    }
  }

  private void count(Mat frame) {
    sizesDiffer |= frames > 0 && (frame.cols() != width || frame.rows() != height);
    width = frame.cols();
    height = frame.rows();
    weathers.merge(weather.id(), 1L, Long::sum);
    frames++;
  }

  Statistics statistics() {
    return new Statistics(
        frames,
        sizesDiffer ? 0 : width,
        sizesDiffer ? 0 : height,
        frameRate,
        frames / Math.max(seconds, 1e-9),
        weathers,
        latencies.summary());
  }

  /** Says what became of it, after the sink is closed. Returns the exit code. */
  int report(String input, Path output, Terminal terminal, Report report) throws IOException {
    Statistics statistics = statistics();
    if (frames > 0) {
      report.line(
          "%s: %d %s, %s, %.1f/s, latency %.1f ms (p50), %.1f ms (p99)",
          output,
          frames,
          frames == 1 ? "frame" : "frames",
          sizesDiffer ? "sizes differ" : width + "x" + height,
          statistics.fpsProcessed(),
          statistics.latencyMs().p50(),
          statistics.latencyMs().p99());
    }
    report.json(statistics);
    if (breakOff != null) {
      throw new MediaException(
          "%s breaks off after %d frames, which are in %s: %s"
              .formatted(input, frames, output, breakOff.getMessage()),
          breakOff);
    }
    if (interrupted) {
      terminal.note("interrupted after %d frames, which are in %s", frames, output);
      return terminal.interruption().exitCode();
    }
    return Command.DONE;
  }
}
