package io.deweather.samples;

import io.deweather.Restored;
import io.deweather.pipeline.FrameReport;
import io.deweather.pipeline.FrameStage;
import io.deweather.pipeline.Gap;
import io.deweather.pipeline.Pipeline;
import io.deweather.pipeline.PipelineListener;
import io.deweather.pipeline.PipelineStatistics;
import io.deweather.pipeline.Reopening;
import io.deweather.video.FrameSink;
import io.deweather.video.FrameSource;
import io.deweather.video.FrameStamp;
import io.deweather.video.Inputs;
import io.deweather.video.MediaException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opencv.core.Core;
import org.opencv.core.Mat;

/** One pass from a source through the restorer into a sink, and what is known of it afterwards. */
final class Restoration implements PipelineListener {
  private static final Duration GLANCE = Duration.ofMillis(20);

  /** How long a camera or stream may be away before what was recorded is all there is. */
  private static final Reopening REOPENING =
      new Reopening(Duration.ofMillis(250), Duration.ofSeconds(4), Duration.ofSeconds(20));

  private final String input;
  private final List<FrameStage> stages;
  private final boolean sideBySide;
  private final long limit;
  private final Trace trace;
  private final Terminal terminal;

  private int width;
  private int height;
  private boolean sizesDiffer;
  private double frameRate;
  private volatile boolean sinkFailed;
  private PipelineStatistics figures;
  private MediaException breakOff;
  private ReadablePictures pictures;
  private boolean interrupted;

  /** Prepares; {@code trace} is null if none is asked for. */
  Restoration(
      String input,
      List<FrameStage> stages,
      boolean sideBySide,
      long limit,
      Trace trace,
      Terminal terminal) {
    this.input = input;
    this.stages = stages;
    this.sideBySide = sideBySide;
    this.limit = limit;
    this.trace = trace;
    this.terminal = terminal;
  }

  /** The results for programs. */
  record Statistics(
      long frames,
      int width,
      int height,
      double fpsIn,
      double fpsProcessed,
      Map<String, Long> weathers,
      Latencies.Summary latencyMs,
      Map<String, Latencies.Summary> stagesMs,
      long drops,
      Throughput throughput,
      ProcessMemory memory) {}

  /**
   * What was restored, from the start to the last written frame.
   *
   * @param fps frames a second
   * @param megapixels a second; 0 if frames differ in size
   */
  record Throughput(double fps, double megapixels) {}

  /** Restores until the source ends or breaks off, the limit is reached or Ctrl-C is pressed. */
  void run(FrameSource source, FrameSink sink) {
    frameRate = source.info().frameRate();
    pictures = source instanceof ReadablePictures readable ? readable : null;
    if (source.info().colours().isHighDynamicRange()) {
      terminal.note(
          "%s is of high dynamic range: its frames have 8 bits a colour here, and networks are trained on others",
          Inputs.withoutPassword(input));
    }
    long there = source.info().frames();
    long total = there > 0 ? Math.min(limit, there) : limit < Long.MAX_VALUE ? limit : -1;
    Pipeline.Builder settings =
        Pipeline.builder(source, stage(stages.get(0)), (image, stamp) -> write(sink, image, stamp))
            .limit(limit)
            .listener(this);
    stages.stream().skip(1).forEach(more -> settings.addStage(stage(more)));
    if (source.info().live()) {
      settings.reopen(() -> FrameSource.open(input), REOPENING);
    }
    try (Pipeline pipeline = settings.open();
        Progress progress = new Progress(terminal, "restore", "frames", total)) {
      try {
        await(pipeline, progress);
      } catch (MediaException e) {
        if (sinkFailed || pipeline.statistics().written() == 0) {
          throw e;
        }
        breakOff = e;
      } finally {
        figures = pipeline.statistics();
      }
    }
  }

  private void await(Pipeline pipeline, Progress progress) {
    pipeline.start();
    try {
      while (!pipeline.await(GLANCE)) {
        if (!interrupted && terminal.interruption().requested()) {
          interrupted = true;
          pipeline.stop();
        }
        progress.done(pipeline.statistics().written());
      }
    } catch (InterruptedException e) {
      interrupted = true;
      Thread.currentThread().interrupt();
    }
  }

  private FrameStage stage(FrameStage plain) {
    Mat restored = new Mat(); // one a stage, as stages run side by side
    return (frame, destination) -> {
      note(frame);
      if (!sideBySide) {
        return plain.restore(frame, destination);
      }
      Restored after = plain.restore(frame, restored);
      Core.hconcat(List.of(frame, after.image()), destination);
      return new Restored(
          destination,
          after.weather(),
          after.confidence(),
          after.latency(),
          after.status(),
          after.reason(),
          after.selection());
    };
  }

  private synchronized void note(Mat frame) {
    sizesDiffer |= width > 0 && (frame.cols() != width || frame.rows() != height);
    width = frame.cols();
    height = frame.rows();
  }

  private void write(FrameSink sink, Mat image, FrameStamp stamp) {
    try {
      sink.write(image, stamp);
    } catch (IllegalArgumentException e) {
      String frame = stamp.name().isEmpty() ? "frame " + stamp.index() : stamp.name();
      // The sink itself is sound, and what it holds is kept.
      throw new MediaException(frame + ": " + e.getMessage(), e);
    } catch (MediaException e) {
      sinkFailed = true;
      throw e;
    }
  }

  @Override
  public void frame(FrameReport report) {
    if (trace != null) {
      trace.frame(report);
    }
  }

  @Override
  public void gap(Gap gap) {
    terminal.note(
        "%s is back after %.1f s (%s); the clip goes on with frame %d",
        Inputs.withoutPassword(input), gap.length().toMillis() / 1e3, gap.reason(), gap.sequence());
  }

  private Statistics statistics() {
    Map<String, Long> weathers = new LinkedHashMap<>();
    figures.weathers().forEach((seen, count) -> weathers.put(seen.id(), count));
    Map<String, Latencies.Summary> stages = new LinkedHashMap<>();
    stages.put("decode", Latencies.Summary.of(figures.decode()));
    stages.put("queue", Latencies.Summary.of(figures.queue()));
    stages.put("inference", Latencies.Summary.of(figures.inference()));
    stages.put("encode", Latencies.Summary.of(figures.encode()));
    stages.put("total", Latencies.Summary.of(figures.total()));
    double fps = figures.framesPerSecond();
    return new Statistics(
        figures.written(),
        sizesDiffer ? 0 : width,
        sizesDiffer ? 0 : height,
        frameRate,
        fps,
        weathers,
        Latencies.Summary.of(figures.inference()),
        stages,
        figures.dropped(),
        new Throughput(fps, sizesDiffer ? 0 : fps * width * height / 1e6),
        ProcessMemory.now());
  }

  /** Says what became of it, after the sink is closed. Returns the exit code. */
  int report(Path output, Report report) throws IOException {
    Statistics statistics = statistics();
    long frames = statistics.frames();
    if (frames > 0) {
      report.line(
          "%s: %d %s%s, %s, %.1f/s, latency %.1f ms (p50), %.1f ms (p99)",
          output,
          frames,
          frames == 1 ? "frame" : "frames",
          statistics.drops() == 0 ? "" : ", %d dropped".formatted(statistics.drops()),
          sizesDiffer ? "sizes differ" : width + "x" + height,
          statistics.fpsProcessed(),
          statistics.latencyMs().p50(),
          statistics.latencyMs().p99());
    }
    report.json(statistics);
    if (breakOff != null) {
      throw new MediaException(
          "%s breaks off after %d frames, which are in %s: %s"
              .formatted(Inputs.withoutPassword(input), frames, output, breakOff.getMessage()),
          breakOff);
    }
    if (interrupted) {
      terminal.note(
          frames == 0
              ? "interrupted before the first frame"
              : "interrupted after %d frames, which are in %s",
          frames,
          output);
      return terminal.interruption().exitCode();
    }
    if (pictures != null) {
      pictures.requireAll();
    }
    return Command.DONE;
  }
}
