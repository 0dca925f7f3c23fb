package io.deweather.video;

import static org.bytedeco.ffmpeg.global.avutil.av_d2q;
import static org.bytedeco.ffmpeg.global.avutil.av_inv_q;
import static org.bytedeco.ffmpeg.global.avutil.av_make_q;

import java.nio.file.Path;
import java.util.Objects;
import org.bytedeco.ffmpeg.avutil.AVRational;

/** The settings of a clip to be written; see {@link VideoSink#builder}. */
public final class VideoSinkBuilder {
  private static final int LEAST_TIMESCALE = 10_000;
  private static final int USUAL_TIMESCALE = 90_000;
  private static final int MOST_FRAMES_PER_SECOND = 1_000;
  private static final int MOST_USUAL_THREADS = 4;
  private static final int PIXELS_A_THREAD = 500_000;

  private final Path file;
  private Path tracks;
  private double frameRate = FrameSource.PICTURES_PER_SECOND;
  private int timescale = USUAL_TIMESCALE;
  private double pixelAspect = 1;
  private ColourTags colours = ColourTags.NONE;
  private int quantizer = 20;
  private long bitRate;
  private int encoderThreads;
  private String encoder;

  VideoSinkBuilder(Path file) {
    this.file = Objects.requireNonNull(file, "file");
  }

  /** Takes over a source's frame rate, timescale, pixel aspect and colours, so far as known. */
  public VideoSinkBuilder like(StreamInfo info) {
    if (info.frameRate() > 0) {
      frameRate(Math.max(1, Math.min(info.frameRate(), MOST_FRAMES_PER_SECOND)));
    }
    if (info.timescale() > 0) {
      timescale(info.timescale());
    }
    return pixelAspect(info.pixelAspect()).colours(info.colours());
  }

  /**
   * Frames a second, in [1, 1000]; 25 by default. Frames are shown at the times of their stamps;
   * the rate is what the container and the rate control are told.
   */
  public VideoSinkBuilder frameRate(double framesPerSecond) {
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
  public VideoSinkBuilder timescale(int ticksPerSecond) {
    if (ticksPerSecond < 1) {
      throw new IllegalArgumentException("timescale (" + ticksPerSecond + ") must be positive");
    }
    timescale = ticksPerSecond;
    return this;
  }

  /** How many times wider than high a pixel is to be shown, positive; 1 by default. */
  public VideoSinkBuilder pixelAspect(double aspect) {
    if (!(aspect > 0 && aspect < 100)) {
      throw new IllegalArgumentException("pixelAspect (" + aspect + ") must be in (0, 100)");
    }
    pixelAspect = aspect;
    return this;
  }

  /**
   * What the frames' numbers stand for: primaries and transfer are passed on, BT.2020's matrix is
   * used where named. What is not said is BT.709 from 720 lines on, below that BT.601; so is every
   * other matrix.
   */
  public VideoSinkBuilder colours(ColourTags tags) {
    colours = Objects.requireNonNull(tags, "tags");
    return this;
  }

  /**
   * Copies what a clip has beside its video: audio, its metadata, and, where the container can hold
   * them, subtitles of text (mp4's own into mp4, SubRip and ASS into mkv) and a GoPro's telemetry
   * (mp4). {@link VideoSink#leftOut} names the rest. Nothing is copied by default. The frames'
   * timestamps are taken to count from the start of that clip's video.
   */
  public VideoSinkBuilder tracksFrom(Path clip) {
    tracks = clip;
    return this;
  }

  /**
   * Constant quality by H.264's quantiser, in [1, 51], lower is better; 20 by default, which on
   * dashcam clips keeps luma within 43 to 47 dB (PSNR) of what is written, at 2 to 30 Mbit/s. Up to
   * 22 the filter that smooths the edges of blocks is left out: they are too faint to be seen, and
   * 0.3 dB, or 6 % of the bits, buy a fifth of OpenH264's time; 6 to 9 % of the bits that
   * arithmetic coding would save are a quarter of the rest. MPEG-4 gets the quantiser with the same
   * step. A frame that is too noisy to be written so, and what follows it, is written coarser. Ends
   * an earlier {@link #bitRate}.
   */
  public VideoSinkBuilder quantizer(int quantizer) {
    if (quantizer < 1 || quantizer > 51) {
      throw new IllegalArgumentException("quantizer (" + quantizer + ") must be in [1, 51]");
    }
    this.quantizer = quantizer;
    this.bitRate = 0;
    return this;
  }

  /** Bits a second on average, positive, instead of constant quality. */
  public VideoSinkBuilder bitRate(long bitsPerSecond) {
    if (bitsPerSecond <= 0) {
      throw new IllegalArgumentException("bitRate (" + bitsPerSecond + ") must be positive");
    }
    bitRate = bitsPerSecond;
    return this;
  }

  /**
   * How many threads encode, in [1, 64], each a slice of at least 64 rows. By default one for each
   * half a million pixels, at most one a core and 4: more make a frame come sooner, but cost more
   * in all, which the restorer beside them wants.
   */
  public VideoSinkBuilder encoderThreads(int threads) {
    if (threads < 1 || threads > 64) {
      throw new IllegalArgumentException("encoderThreads (" + threads + ") must be in [1, 64]");
    }
    encoderThreads = threads;
    return this;
  }

  /**
   * FFmpeg's name of the encoder: {@code libx264}, {@code libopenh264}, {@code mpeg4}, or one in
   * hardware that takes frames from memory, such as {@code h264_nvenc} or {@code h264_v4l2m2m};
   * {@link VideoCodecs} lists what this machine has. By default the first of these that works:
   *
   * <ol>
   *   <li>{@code libx264}, which only builds of FFmpeg under the GNU GPL have: half the time of the
   *       next, and fewer bits
   *   <li>{@code libopenh264}
   *   <li>{@code mpeg4}: MPEG-4 part 2, also for odd widths and heights
   * </ol>
   *
   * <p>One that is named is used or refused, at {@link #open} if this FFmpeg does not have it, else
   * with the first frame. Encoders in hardware are never chosen by themselves: their quality and
   * the number of clips that they write at a time differ from chip to chip. They need a {@link
   * #bitRate}, unless they have a fixed quantiser, as {@code h264_nvenc}.
   *
   * @throws IllegalArgumentException if it is blank
   */
  public VideoSinkBuilder encoder(String name) {
    if (name.isBlank()) {
      throw new IllegalArgumentException("encoder must be a name of FFmpeg's, is blank");
    }
    encoder = name;
    return this;
  }

  /**
   * Creates the part file and opens the clip of the tracks; the encoder follows with the first
   * frame.
   *
   * @throws MediaException naming the file and the reason, if the extension is unknown (the known
   *     ones are listed), the folder does not exist or is full or may not be written, the container
   *     cannot hold the audio, or this FFmpeg does not have the {@link #encoder}
   */
  public VideoSink open() {
    return new VideoSink(this);
  }

  Path file() {
    return file;
  }

  /** The encoder that was asked for by name, or null. */
  String encoder() {
    return encoder;
  }

  /** The clip to copy tracks from, or null. */
  Path tracks() {
    return tracks;
  }

  double frameRate() {
    return frameRate;
  }

  VideoEncoder.Settings encoder(int width, int height, boolean globalHeader) {
    int threads = encoderThreads > 0 ? encoderThreads : usualThreads((long) width * height);
    return new VideoEncoder.Settings(
        encoder, frameRate, pixelAspect, colours, quantizer, bitRate, threads, globalHeader);
  }

  private static int usualThreads(long pixels) {
    int most = Math.min(MOST_USUAL_THREADS, Runtime.getRuntime().availableProcessors());
    return (int) Math.max(1, Math.min(most, pixels / PIXELS_A_THREAD));
  }

  AVRational timeBase(Container container) {
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
