package io.deweather.video;

import static org.bytedeco.ffmpeg.avformat.AVFormatContext.AVFMT_FLAG_CUSTOM_IO;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_from_context;
import static org.bytedeco.ffmpeg.global.avformat.AVFMT_GLOBALHEADER;
import static org.bytedeco.ffmpeg.global.avformat.av_interleaved_write_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_write_trailer;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_output_context2;
import static org.bytedeco.ffmpeg.global.avformat.avformat_free_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avformat.avformat_write_header;
import static org.bytedeco.ffmpeg.global.avformat.avio_flush;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;

import java.nio.file.Path;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVRational;

/** Packets into a file: one video stream, and whatever else was added to its context. */
final class Muxer implements AutoCloseable {
  /** For how long, in microseconds, other packets wait for a track that has none, such as texts. */
  private static final long MOST_HELD_BACK = 1_000_000;

  private final Path file;
  private final Container container;
  private final FileOutput output;
  private final AVFormatContext context = new AVFormatContext(null);
  private AVStream video;
  private boolean closed;

  /** Begins the file; its folder is looked at now, the first byte comes with {@link #begin}. */
  Muxer(Path file, Container container) {
    this.file = file;
    this.container = container;
    this.output = FileOutput.create(file);
    try {
      // FFmpeg opens this name once more, to move the index to the front.
      String url = "file:" + output.file().part();
      Ffmpeg.check(
          avformat_alloc_output_context2(context, null, container.muxer(), url),
          "cannot write " + file);
      context.pb(output.context());
      context.flags(context.flags() | AVFMT_FLAG_CUSTOM_IO);
      context.max_interleave_delta(MOST_HELD_BACK);
      video = avformat_new_stream(context, (AVCodec) null); // first, so that it is stream 0
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  AVFormatContext context() {
    return context;
  }

  Container container() {
    return container;
  }

  /** Whether the encoder's headers belong into the container rather than into the stream. */
  boolean wantsGlobalHeader() {
    return (context.oformat().flags() & AVFMT_GLOBALHEADER) != 0;
  }

  /** The video stream; its parameters and final time base come with {@link #begin}. */
  AVStream video() {
    return video;
  }

  /** Writes the header. */
  void begin(VideoEncoder encoder, AVRational timeBase) {
    Ffmpeg.check(
        avcodec_parameters_from_context(video.codecpar(), encoder.context()),
        "cannot write " + file);
    video.codecpar().codec_tag(0);
    video.time_base(timeBase);
    video.avg_frame_rate(encoder.context().framerate());
    video.sample_aspect_ratio(encoder.context().sample_aspect_ratio());
    AVDictionary options = new AVDictionary(null);
    try {
      if (container.needsTrailer()) {
        av_dict_set(options, "movflags", "+faststart", 0);
      }
      int result = avformat_write_header(context, options);
      if (result < 0) {
        throw failure(result);
      }
    } finally {
      av_dict_free(options);
    }
  }

  /**
   * Takes a packet over and writes it when its turn has come.
   *
   * @throws MediaException if the disk is full, also if this packet still went onto the reserve
   */
  void write(AVPacket packet) {
    int result = av_interleaved_write_frame(context, packet);
    if (result < 0 || output.failure() != null) {
      throw failure(result);
    }
  }

  /**
   * Writes what is still held back and the container's index, and moves the file into place.
   *
   * @throws MediaException if that fails; then nothing is left behind, unless the container plays
   *     without its index, or the finished file alone cannot be moved
   */
  void finish() {
    int result = av_write_trailer(context);
    avio_flush(output.context());
    if (result >= 0) {
      result = output.context().error();
    }
    if (result >= 0) {
      output.file().commit(true);
      return;
    }
    MediaException failure = failure(result);
    if (!container.needsTrailer()) {
      output.file().commit(true);
    }
    throw failure;
  }

  /** Releases everything; a file that was not finished is deleted. Idempotent. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      avformat_free_context(context);
      output.close();
      output.file().close();
    }
  }

  private MediaException failure(int error) {
    return output.failure() != null
        ? output.file().failure(output.failure())
        : Ffmpeg.failure("cannot write " + file, error);
  }
}
