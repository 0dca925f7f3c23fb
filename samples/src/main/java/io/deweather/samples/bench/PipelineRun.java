package io.deweather.samples.bench;

import com.sun.management.ThreadMXBean;
import io.deweather.pipeline.FrameConsumer;
import io.deweather.pipeline.FrameReport;
import io.deweather.pipeline.FrameStage;
import io.deweather.pipeline.Pipeline;
import io.deweather.pipeline.PipelineListener;
import io.deweather.samples.Latencies;
import io.deweather.video.FrameSink;
import io.deweather.video.FrameSource;
import io.deweather.video.InputOptions;
import io.deweather.video.VideoSink;
import io.deweather.video.VideoSinkBuilder;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.opencv.core.Mat;

/**
 * Pipelines as contenders. A round is a whole run, from opening the source to the closed output.
 */
final class PipelineRun {
  /** Heap is measured from this frame on, and until the decoder may have come to its end. */
  private static final int WARM = 5;

  private static final int AHEAD = 8;

  private PipelineRun() {}

  /** Frames from memory, results thrown away. */
  static Contender withoutCodecs(List<FrameStage> stages, Mat frame) {
    return contender(stages, frames -> Frames.repeated(frame, frames), null, 0);
  }

  /** Decoded frames, results thrown away. */
  static Contender decoding(List<FrameStage> stages, Path clip, InputOptions options) {
    return contender(stages, frames -> FrameSource.open(clip, options), null, 0);
  }

  /** From clip to clip; {@code encoderThreads} 0 leaves them to the encoder's default. */
  static Contender withCodecs(
      List<FrameStage> stages, Path clip, InputOptions options, Path output, int encoderThreads) {
    return contender(stages, frames -> FrameSource.open(clip, options), output, encoderThreads);
  }

  private static Contender contender(
      List<FrameStage> stages, IntFunction<FrameSource> sources, Path output, int encoderThreads) {
    return new Contender() {
      @Override
      public Round run(int frames, Latencies latencies) {
        long start = System.nanoTime();
        FrameSource source = sources.apply(frames);
        Meter meter = new Meter(frames, AHEAD + 2 * stages.size(), latencies);
        if (output == null) {
          run(source, (image, stamp) -> {}, meter, frames);
        } else {
          VideoSinkBuilder clip = VideoSink.builder(output).like(source.info());
          if (encoderThreads > 0) {
            clip.encoderThreads(encoderThreads);
          }
          try (FrameSink sink = clip.open()) {
            run(source, sink::write, meter, frames);
          }
        }
        return new Round(frames, System.nanoTime() - start, meter.heapBytesPerFrame());
      }

      private void run(FrameSource source, FrameConsumer consumer, Meter meter, int frames) {
        Pipeline.Builder settings =
            Pipeline.builder(source, stages.get(0), consumer).limit(frames).listener(meter);
        stages.stream().skip(1).forEach(settings::addStage);
        try (Pipeline pipeline = settings.open()) {
          pipeline.run();
        }
      }

      @Override
      public void close() {}
    };
  }

  /** Latencies, and the heap that the pipeline's threads allocate between two of its frames. */
  private static final class Meter implements PipelineListener {
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final Latencies latencies;
    private final int lastFrame;
    private int seen;
    private long[] ids;
    private long first;
    private long last;

    /** {@code ahead}: of so many frames the last ones may be decoded already. */
    Meter(int frames, int ahead, Latencies latencies) {
      lastFrame = frames - ahead;
      this.latencies = latencies;
    }

    @Override
    public void frame(FrameReport report) {
      latencies.record(report.total().toNanos());
      seen++;
      if (seen == WARM) {
        ids = pipelineThreads();
        first = allocated();
      } else if (seen > WARM && seen == lastFrame) {
        last = allocated();
      }
    }

    /** Null if there were too few frames. */
    Long heapBytesPerFrame() {
      int measured = lastFrame - WARM;
      return measured > 0 ? (Long) ((last - first) / measured) : null;
    }

    private long allocated() {
      return Arrays.stream(threads.getThreadAllocatedBytes(ids)).filter(b -> b > 0).sum();
    }

    private static long[] pipelineThreads() {
      return Thread.getAllStackTraces().keySet().stream()
          .filter(thread -> thread.getName().startsWith("deweather-"))
          .mapToLong(Thread::getId)
          .toArray();
    }
  }
}
