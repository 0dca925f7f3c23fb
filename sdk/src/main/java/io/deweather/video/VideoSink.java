package io.deweather.video;

import io.deweather.OpenCv;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.opencv.core.CvType;
import org.opencv.core.Mat;

/**
 * Writes frames as a clip: H.264 at constant quality, by default by OpenH264, in the container of
 * the file's extension (mp4 and m4v with the index in front, mov, mkv, avi, ts).
 *
 * <p>Where the encoder is missing or refuses the size, and for odd widths or heights, which H.264
 * in 4:2:0 cannot hold, the clip is MPEG-4 part 2; {@link #encoderName} tells. Frames are stored as
 * limited-range YUV 4:2:0, tagged as {@link VideoSinkBuilder#colours} says. Key frames come every
 * two seconds; there are no B-frames.
 *
 * <p>Every frame keeps its time, also at a variable rate; AVI alone has no times and gets each
 * frame in the nearest free slot of its fixed rate. Audio and other tracks ({@link
 * VideoSinkBuilder#tracksFrom}) are copied unchanged and stay in step; where the frames end before
 * the clip that these come from, none of their packets begins later.
 *
 * <p>The clip grows as {@code .NAME.part} beside its place and is moved there by {@link #close},
 * over any file of that name; a clip that is closed early, after an error or an interruption, plays
 * up to its last frame. That holds for a full disk too: 8 MiB are set aside beforehand for
 * finishing the clip. A process that is killed leaves the part file, of which mkv, ts and avi can
 * be played.
 */
public final class VideoSink implements FrameSink {
  private static final long SECOND = 1_000_000;

  /** Frames in the encoder at a time; none of the encoders holds back many. */
  private static final int MOST_IN_FLIGHT = 64;

  private final VideoSinkBuilder settings;
  private final Muxer muxer;
  private final TrackCopy tracks;
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
  private boolean written;
  private MediaException failure;
  private boolean closed;

  /** Begins the settings of a clip. */
  public static VideoSinkBuilder builder(Path file) {
    return new VideoSinkBuilder(file);
  }

  VideoSink(VideoSinkBuilder settings) {
    Ffmpeg.load();
    OpenCv.load();
    this.settings = settings;
    VideoEncoder.requireKnown(settings.encoder());
    Container container = Container.of(settings.file());
    muxer = new Muxer(settings.file(), container);
    try {
      tracks =
          settings.tracks() == null
              ? null
              : new TrackCopy(
                  settings.tracks(), settings.file(), muxer.context(), container, muxer::write);
      delayMicros = tracks == null ? 0 : tracks.videoDelayMicros();
    } catch (RuntimeException | Error e) {
      muxer.close();
      throw e;
    }
  }

  /**
   * FFmpeg's name of the encoder in use, see {@link VideoSinkBuilder#encoder}; empty before the
   * first frame, whose size decides.
   */
  public synchronized Optional<String> encoderName() {
    return encoder == null ? Optional.empty() : Optional.of(encoder.name());
  }

  /**
   * The tracks of the clip in {@link VideoSinkBuilder#tracksFrom} that are not copied, each by its
   * type and FFmpeg's name of the codec, or the container's: {@code "data tmcd"}. Without the video
   * that was restored, covers and sound tracks without sound; empty if there are none.
   */
  public List<String> leftOut() {
    return tracks == null ? List.of() : tracks.leftOut();
  }

  /**
   * Encodes a frame and writes it, with the copied tracks up to it.
   *
   * @throws MediaException if that fails; every later call fails alike, and {@link #close} keeps
   *     what was written before
   * @throws IllegalArgumentException if the image is not {@code CV_8UC3} or not of the first one's
   *     size, or the timestamp does not rise
   */
  @Override
  public synchronized void write(Mat image, FrameStamp stamp) {
    if (closed) {
      throw new IllegalStateException(settings.file() + " is closed");
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
      if (tracks != null) {
        tracks.copyUntil(lastMicros);
      }
    } catch (RuntimeException e) { // later frames would get the times of others
      failure =
          e instanceof MediaException known
              ? known
              : new MediaException("cannot write " + settings.file() + ": " + e.getMessage(), e);
      throw failure;
    }
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      MediaException incomplete = frames > 0 && failure == null ? finishStreams() : null;
      if (written) {
        muxer.finish();
      }
      if (incomplete != null) {
        throw incomplete;
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
        new VideoEncoder(width, height, settings.encoder(width, height, muxer.wantsGlobalHeader()));
    if (tracks != null) {
      tracks.describe(muxer.video());
    }
    muxer.begin(encoder, settings.timeBase(muxer.container()));
    timeBase = muxer.video().time_base();
  }

  private void note(FrameStamp stamp) {
    long step = stamp.timestampMicros() - lastMicros;
    long duration = stamp.durationMicros();
    if (duration <= 0) {
      duration = frames > 0 ? step : Math.round(SECOND / settings.frameRate());
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
    written = true;
  }

  /** Writes what follows the last frame; returns what prevented that, or null. */
  private MediaException finishStreams() {
    try {
      encoder.finish(this::writePacket);
      if (tracks != null) {
        tracks.finish(lastMicros + lastDurationMicros);
      }
      return null;
    } catch (MediaException e) {
      return e;
    }
  }

  private void release() {
    if (tracks != null) {
      tracks.close();
    }
    if (encoder != null) {
      encoder.close();
    }
    muxer.close();
  }

  private long ticks(long micros) {
    return Ticks.ofMicros(micros, timeBase);
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
}
