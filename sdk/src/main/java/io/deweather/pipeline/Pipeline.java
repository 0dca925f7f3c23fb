package io.deweather.pipeline;

import io.deweather.OpenCv;
import io.deweather.video.FrameSource;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Decodes, restores and encodes side by side, each in a thread of its own, over bounded queues.
 *
 * <pre>{@code
 * try (OnnxRestorer restorer = OnnxRestorer.open(bundle);
 *     FrameSource source = FrameSource.open("drive.mp4");
 *     FrameSink sink = VideoSink.builder(Path.of("clear.mp4")).like(source.info()).open();
 *     Pipeline pipeline =
 *         Pipeline.builder(source, FrameStage.of(restorer, Weather.RAIN), sink::write).open()) {
 *   PipelineStatistics statistics = pipeline.run();
 * }
 * }</pre>
 *
 * <p><b>Frames</b> come out in the order and with the timestamps they came in. Each lives in one
 * Mat of a small pool from the decoder to the encoder: what FFmpeg writes into is the tensor that
 * ONNX Runtime reads, and what ONNX Runtime writes into is what the encoder reads. So the pixels
 * are never copied, and memory is that of {@code 2 * queueCapacity + 4} frames, and of two more
 * with each stage that is added.
 *
 * <p><b>Too many frames.</b> {@link BackPressure} says what happens; a consumer that is slower than
 * the restorer slows the restorer down, so that frames are dropped in one place only, before any
 * work was spent on them.
 *
 * <p><b>Ends.</b> At the end of the source, on {@link #stop()} and when the source breaks off,
 * every frame that was decoded is still restored and written; then {@link #run()} returns, or
 * throws what the source threw. When the stage fails, the frames before are written; when the
 * consumer fails, everything stops. {@link #close()} stops at once from any state: the frame in the
 * restorer and the one in the consumer are waited for, those in between are thrown away, and when
 * it returns no thread of the pipeline is left.
 *
 * <p><b>Owners.</b> The pipeline closes the source; the restorer and whatever consumes the frames
 * stay the caller's, to be closed after the pipeline. All methods may be called from any thread.
 */
public final class Pipeline implements AutoCloseable {
  private final Meter meter;
  private final Stages stages;
  private boolean started;
  private boolean closed;

  private Pipeline(Builder settings) {
    meter = new Meter(settings.listener);
    stages =
        new Stages(
            new SourceReader(settings.source, settings.opener, settings.reopening, meter::gap),
            settings.stages,
            settings.consumer,
            meter,
            settings.policy(),
            settings.queueCapacity,
            settings.limit);
  }

  /**
   * Prepares a pipeline.
   *
   * @param source closed by the pipeline
   * @param stage what is done to each frame
   * @param consumer what takes the frames, such as {@code sink::write}
   */
  public static Builder builder(FrameSource source, FrameStage stage, FrameConsumer consumer) {
    return new Builder(source, stage, consumer);
  }

  /**
   * Starts, and waits for the end. If the calling thread is interrupted, stops as {@link #stop()}
   * does and returns or throws with the interrupt flag set.
   *
   * @return the figures of the whole run; also if it was stopped or closed
   * @throws io.deweather.video.MediaException what the source or the sink threw
   * @throws io.deweather.DeweatherException what the restorer threw
   * @throws IllegalStateException if the pipeline was started or closed before
   */
  public PipelineStatistics run() {
    start();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          if (await(ChronoUnit.FOREVER.getDuration())) {
            return statistics();
          }
        } catch (InterruptedException e) {
          interrupted = true;
          stop();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Starts, and returns at once.
   *
   * @throws IllegalStateException if the pipeline was started or closed before
   */
  public synchronized void start() {
    if (started || closed) {
      throw new IllegalStateException("this pipeline was " + (closed ? "closed" : "started"));
    }
    started = true;
    meter.start();
    stages.start();
  }

  /**
   * Waits for the end.
   *
   * @return whether it has come
   * @throws io.deweather.DeweatherException what the source, the restorer or the consumer threw;
   *     the first failure, others suppressed
   */
  public boolean await(Duration timeout) throws InterruptedException {
    return stages.await(timeout);
  }

  /**
   * Ends the stream here: no further frame is decoded, those that were are restored and written.
   * Does not wait for that. A pipeline that is stopped before it starts ends with no frame. Does
   * nothing the second time.
   */
  public void stop() {
    stages.stop();
  }

  /** The figures up to now. */
  public PipelineStatistics statistics() {
    return meter.statistics();
  }

  /**
   * Stops at once, waits until every thread has ended, and frees the pool and the source. Does
   * nothing the second time. It does not throw what {@link #await} throws.
   *
   * @throws IllegalStateException if called from one of the pipeline's own threads
   */
  @Override
  public void close() {
    if (stages.isOwnThread()) {
      throw new IllegalStateException("close() waits for this very thread; call stop() here");
    }
    boolean wasStarted;
    synchronized (this) {
      closed = true;
      wasStarted = started;
    }
    stages.abort();
    if (wasStarted) {
      stages.joinAll();
    }
    stages.release();
  }

  /** The settings of a pipeline. */
  public static final class Builder {
    private static final int MOST_WAITING = 64;

    private final FrameSource source;
    private final List<FrameStage> stages = new ArrayList<>();
    private final FrameConsumer consumer;
    private BackPressure backPressure;
    private int queueCapacity = 2;
    private long limit = Long.MAX_VALUE;
    private Supplier<FrameSource> opener;
    private Reopening reopening = Reopening.DEFAULT;
    private PipelineListener listener;

    private Builder(FrameSource source, FrameStage stage, FrameConsumer consumer) {
      this.source = Objects.requireNonNull(source, "source");
      this.consumer = Objects.requireNonNull(consumer, "consumer");
      addStage(stage);
    }

    /**
     * Restores another frame at the same time, with another restorer and in a thread of its own;
     * the order of the frames is kept. Two restorers of half the threads each restore more frames a
     * second than one of all, for twice the memory and a longer way of each frame: for files. A
     * stage that remembers the frame before is no use then.
     */
    public Builder addStage(FrameStage stage) {
      stages.add(Objects.requireNonNull(stage, "stage"));
      return this;
    }

    /**
     * What happens when frames come too fast; by default {@link BackPressure#KEEP_LATEST} for a
     * source that {@linkplain io.deweather.video.StreamInfo#live() is live}, {@link
     * BackPressure#BLOCK} for any other.
     */
    public Builder backPressure(BackPressure backPressure) {
      this.backPressure = Objects.requireNonNull(backPressure, "backPressure");
      return this;
    }

    /**
     * How many frames may wait for the restorer, and how many for the consumer, in [1, 64]; 2 by
     * default. More evens out slow frames, costs memory, and lets frames of a live source grow old.
     *
     * @throws IllegalArgumentException if it is anything else
     */
    public Builder queueCapacity(int frames) {
      if (frames < 1 || frames > MOST_WAITING) {
        throw new IllegalArgumentException(
            "queueCapacity (" + frames + ") must be in [1, " + MOST_WAITING + "]");
      }
      queueCapacity = frames;
      return this;
    }

    /**
     * Ends after so many written frames, at least 1; by default at the end of the source.
     *
     * @throws IllegalArgumentException if it is below 1
     */
    public Builder limit(long frames) {
      if (frames < 1) {
        throw new IllegalArgumentException("limit (" + frames + ") must be at least 1");
      }
      limit = frames;
      return this;
    }

    /** As {@link #reopen(Supplier, Reopening)}, by {@link Reopening#DEFAULT}. */
    public Builder reopen(Supplier<FrameSource> opener) {
      return reopen(opener, Reopening.DEFAULT);
    }

    /**
     * Opens the source again when it went away or, being live, ended; by default the stream ends
     * then. Frames go on in the same count; their timestamps keep the pace of the clock, so that
     * the gap shows.
     *
     * @param opener returns the source or throws a {@code MediaException}; called from the thread
     *     that decodes, which {@link Pipeline#stop()} interrupts. The pipeline closes what it opens
     */
    public Builder reopen(Supplier<FrameSource> opener, Reopening reopening) {
      this.opener = Objects.requireNonNull(opener, "opener");
      this.reopening = Objects.requireNonNull(reopening, "reopening");
      return this;
    }

    /** Is told of every frame, drop and gap; by default nobody is. */
    public Builder listener(PipelineListener listener) {
      this.listener = Objects.requireNonNull(listener, "listener");
      return this;
    }

    private BackPressure policy() {
      if (backPressure != null) {
        return backPressure;
      }
      return source.info().live() ? BackPressure.KEEP_LATEST : BackPressure.BLOCK;
    }

    /** Makes the pipeline; nothing runs before {@link Pipeline#run()} or {@code start()}. */
    public Pipeline open() {
      OpenCv.load();
      return new Pipeline(this);
    }
  }
}
