package io.deweather.video;

import static org.bytedeco.ffmpeg.global.avutil.av_d2q;
import static org.bytedeco.ffmpeg.global.avutil.av_inv_q;
import static org.bytedeco.ffmpeg.global.avutil.av_make_q;
import static org.bytedeco.ffmpeg.global.avutil.av_rescale;

import io.deweather.OpenCv;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.opencv.core.CvType;
import org.opencv.core.Mat;

/**
 * Writes frames as a clip: H.264 by OpenH264 at constant quality, in the container of the file's
 * extension (mp4 and m4v with the index in front, mov, mkv, avi, ts).
 *
 * <p>Where the encoder is missing or refuses the size, and for odd widths or heights, which H.264
 * in 4:2:0 cannot hold, the clip is MPEG-4 part 2; {@link #encoderName} tells. Frames are stored as
 * limited-range YUV 4:2:0 with the matrix of BT.709 from 720 lines on, below that BT.601, and
 * tagged so. Key frames come every two seconds; there are no B-frames.
 *
 * <p>Every frame keeps its time, also at a variable rate; AVI alone has no times and gets each
 * frame in the nearest free slot of its fixed rate. Audio ({@link Builder#audioFrom}) is copied
 * unchanged and stays in step; where the frames end before the clip that the audio comes from, the
 * audio ends with them.
 *
 * <p>The clip grows as {@code .NAME.part} beside its place and is moved there by {@link #close},
 * over any file of that name; a clip that is closed early, after an error or an interruption, plays
 * up to its last frame. That holds for a full disk too: 8 MiB are set aside beforehand for
 * finishing the clip. A process that is killed leaves the part file, of which mkv, ts and avi can
 * be played.
 */
public final class VideoSink implements FrameSink {
  private static final long SECOND = 1_000_000;

  /** Frames in the encoder at a time; OpenH264 and MPEG-4 without B-frames hold none back. */
  private static final int MOST_IN_FLIGHT = 64;

  private final Builder settings;
  private final Muxer muxer;
  private final AudioCopy audio;
  private final long delayMicros;
  private final long[] times = new long[MOST_IN_FLIGHT];
  private final long[] durations = new long[MOST_IN_FLIGHT];

  private VideoEncoder encoder;
  private AVRational timeBase;
  private int width;
  private int height;
  private long frames;
  private long lastMicros;
  private long lastDurationMicros;
  private long lastTicks = Long.MIN_VALUE;
  private MediaException failure;
  private boolean closed;

  /** Begins the settings of a clip. */
  public static Builder builder(Path file) {
    return new Builder(file);
  }

  private VideoSink(Builder settings) {
    Ffmpeg.load();
    OpenCv.load();
    this.settings = settings;
    Container container = Container.of(settings.file);
    muxer = new Muxer(settings.file, container);
    try {
      audio =
          settings.audio == null
              ? null
              : new AudioCopy(
                  settings.audio, settings.file, muxer.context(), container, muxer::write);
      delayMicros = audio == null ? 0 : audio.videoDelayMicros();
    } catch (RuntimeException | Error e) {
      muxer.close();
      throw e;
    }
  }

  /**
   * FFmpeg's name of the encoder in use, {@code libopenh264} or {@code mpeg4}; empty before the
   * first frame, whose size decides.
   */
  public synchronized Optional<String> encoderName() {
    return encoder == null ? Optional.empty() : Optional.of(encoder.name());
  }

  /**
   * Encodes a frame and writes it, with the audio up to it.
   *
   * @throws MediaException if that fails; every later call fails alike, and {@link #close} keeps
   *     what was written before
   * @throws IllegalArgumentException if the image is not {@code CV_8UC3} or not of the first one's
   *     size, or the timestamp does not rise
   */
  @Override
  public synchronized void write(Mat image, FrameStamp stamp) {
    if (closed) {
      throw new IllegalStateException(settings.file + " is closed");
    }
    if (failure != null) {
      throw failure;
    }
    requireFrame(image, stamp);
    try {
      if (encoder == null) {
        begin(image);
      }
      note(stamp);
      encoder.encode(image, this::writePacket);
      if (audio != null) {
        audio.copyUntil(lastMicros);
      }
    } catch (MediaException e) {
      failure = e;
      throw e;
    }
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (muxer.hasBegun() && frames > 0) {
        if (failure == null) {
          finishStreams();
        }
        muxer.finish();
      }
    } finally {
      release();
    }
  }

  @Override
  public synchronized void discard() {
    if (!closed) {
      closed = true;
      release();
    }
  }

  private void begin(Mat image) {
    width = image.cols();
    height = image.rows();
    encoder =
        new VideoEncoder(
            width,
            height,
            settings.pixelAspect,
            new VideoEncoder.Settings(
                settings.frameRate, settings.quantizer, settings.bitRate, settings.encoderThreads),
            muxer.wantsGlobalHeader());
    if (audio != null) {
      audio.describe(muxer.video());
    }
    muxer.begin(encoder, settings.timeBase(muxer.container()));
    timeBase = muxer.video().time_base();
  }

  private void note(FrameStamp stamp) {
    long step = stamp.timestampMicros() - lastMicros;
    long duration = stamp.durationMicros();
    if (duration <= 0) {
      duration = frames > 0 ? step : Math.round(SECOND / settings.frameRate);
    }
    lastMicros = stamp.timestampMicros();
    lastDurationMicros = duration;
    lastTicks = Math.max(ticks(lastMicros + delayMicros), lastTicks + 1);
    int slot = (int) (frames % MOST_IN_FLIGHT);
    times[slot] = lastTicks;
    durations[slot] = Math.max(1, ticks(duration));
    frames++;
  }

  private void writePacket(AVPacket packet) {
    int slot = (int) (packet.pts() % MOST_IN_FLIGHT);
    packet.pts(times[slot]);
    packet.dts(times[slot]);
    packet.duration(durations[slot]);
    packet.stream_index(muxer.video().index());
    muxer.write(packet);
  }

  private void finishStreams() {
    try {
      encoder.finish(this::writePacket);
      if (audio != null) {
        audio.finish(lastMicros + lastDurationMicros);
      }
    } catch (MediaException e) {
      failure = e; // told by the trailer, if that fails too
    }
  }

  private void release() {
    if (audio != null) {
      audio.close();
    }
    if (encoder != null) {
      encoder.close();
    }
    muxer.close();
  }

  private long ticks(long micros) {
    return av_rescale(micros, timeBase.den(), SECOND * timeBase.num());
  }

  private void requireFrame(Mat image, FrameStamp stamp) {
    if (image.type() != CvType.CV_8UC3 || image.empty()) {
      throw new IllegalArgumentException(
          "image (%s, %dx%d) must be CV_8UC3 with pixels"
              .formatted(CvType.typeToString(image.type()), image.cols(), image.rows()));
    }
    if (frames > 0 && (image.cols() != width || image.rows() != height)) {
      throw new IllegalArgumentException(
          "image (%dx%d) must be of the clip's size, %dx%d"
              .formatted(image.cols(), image.rows(), width, height));
    }
    if (stamp.timestampMicros() < 0 || (frames > 0 && stamp.timestampMicros() <= lastMicros)) {
      throw new IllegalArgumentException(
          "timestampMicros (%d) must rise, from 0; the frame before has %d"
              .formatted(stamp.timestampMicros(), lastMicros));
    }
  }

  /** The settings of a clip. */
  public static final class Builder {
    private static final int LEAST_TIMESCALE = 10_000;
    private static final int USUAL_TIMESCALE = 90_000;
    private static final int MOST_FRAMES_PER_SECOND = 1_000;

    private final Path file;
    private Path audio;
    private double frameRate = FrameSource.PICTURES_PER_SECOND;
    private int timescale = USUAL_TIMESCALE;
    private double pixelAspect = 1;
    private int quantizer = 20;
    private long bitRate;
    private int encoderThreads = Math.min(4, Runtime.getRuntime().availableProcessors());

    private Builder(Path file) {
      this.file = Objects.requireNonNull(file, "file");
    }

    /** Takes over a source's frame rate, timescale and pixel aspect, so far as they are known. */
    public Builder like(StreamInfo info) {
      if (info.frameRate() > 0) {
        frameRate(Math.max(1, Math.min(info.frameRate(), MOST_FRAMES_PER_SECOND)));
      }
      if (info.timescale() > 0) {
        timescale(info.timescale());
      }
      return pixelAspect(info.pixelAspect());
    }

    /**
     * Frames a second, in [1, 1000]; 25 by default. Frames are shown at the times of their stamps;
     * the rate is what the container and the rate control are told.
     */
    public Builder frameRate(double framesPerSecond) {
      if (!(framesPerSecond >= 1 && framesPerSecond <= MOST_FRAMES_PER_SECOND)) {
        throw new IllegalArgumentException(
            "frameRate (" + framesPerSecond + ") must be in [1, " + MOST_FRAMES_PER_SECOND + "]");
      }
      frameRate = framesPerSecond;
      return this;
    }

    /**
     * Ticks a second in which times are stored, positive; 90000 by default. Matroska always uses
     * 1000, a transport stream 90000.
     */
    public Builder timescale(int ticksPerSecond) {
      if (ticksPerSecond < 1) {
        throw new IllegalArgumentException("timescale (" + ticksPerSecond + ") must be positive");
      }
      timescale = ticksPerSecond;
      return this;
    }

    /** How many times wider than high a pixel is to be shown, positive; 1 by default. */
    public Builder pixelAspect(double aspect) {
      if (!(aspect > 0 && aspect < 100)) {
        throw new IllegalArgumentException("pixelAspect (" + aspect + ") must be in (0, 100)");
      }
      pixelAspect = aspect;
      return this;
    }

    /**
     * Copies the audio streams of a clip, and its metadata; none by default. The frames' timestamps
     * are taken to count from the start of that clip's video.
     */
    public Builder audioFrom(Path clip) {
      audio = clip;
      return this;
    }

    /**
     * Constant quality by H.264's quantiser, in [1, 51], lower is better; 20 by default, which
     * keeps luma within 44 dB or more of what is written. MPEG-4 gets the quantiser with the same
     * step. Ends an earlier {@link #bitRate}.
     */
    public Builder quantizer(int quantizer) {
      if (quantizer < 1 || quantizer > 51) {
        throw new IllegalArgumentException("quantizer (" + quantizer + ") must be in [1, 51]");
      }
      this.quantizer = quantizer;
      this.bitRate = 0;
      return this;
    }

    /** Bits a second on average, positive, instead of constant quality. */
    public Builder bitRate(long bitsPerSecond) {
      if (bitsPerSecond <= 0) {
        throw new IllegalArgumentException("bitRate (" + bitsPerSecond + ") must be positive");
      }
      bitRate = bitsPerSecond;
      return this;
    }

    /** How many threads encode, in [1, 64]; one a core by default, at most 4. */
    public Builder encoderThreads(int threads) {
      if (threads < 1 || threads > 64) {
        throw new IllegalArgumentException("encoderThreads (" + threads + ") must be in [1, 64]");
      }
      encoderThreads = threads;
      return this;
    }

    /**
     * Creates the part file and opens the audio; the encoder follows with the first frame.
     *
     * @throws MediaException naming the file and the reason, if the extension is unknown (the known
     *     ones are listed), the folder does not exist or is full or may not be written, or the
     *     container cannot hold the audio
     */
    public VideoSink open() {
      return new VideoSink(this);
    }

    private AVRational timeBase(Container container) {
      if (!container.hasTimestamps()) {
        return av_inv_q(av_d2q(frameRate, 65_535));
      }
      int ticks = timescale;
      while (ticks < LEAST_TIMESCALE) {
        ticks *= 2;
      }
      return av_make_q(1, ticks);
    }
  }
}
