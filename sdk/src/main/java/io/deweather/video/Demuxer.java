package io.deweather.video;

import static org.bytedeco.ffmpeg.global.avcodec.AVDISCARD_ALL;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_NONE;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_get_name;
import static org.bytedeco.ffmpeg.global.avformat.AVFMT_NOTIMESTAMPS;
import static org.bytedeco.ffmpeg.global.avformat.AV_DISPOSITION_ATTACHED_PIC;
import static org.bytedeco.ffmpeg.global.avformat.av_find_best_stream;
import static org.bytedeco.ffmpeg.global.avformat.av_read_frame;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_close_input;
import static org.bytedeco.ffmpeg.global.avformat.avformat_find_stream_info;
import static org.bytedeco.ffmpeg.global.avformat.avformat_open_input;
import static org.bytedeco.ffmpeg.global.avformat.avio_size;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EXIT;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_INVALIDDATA;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;
import static org.bytedeco.ffmpeg.global.avutil.av_get_media_type_string;

import io.deweather.FileFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOInterruptCB;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * An opened clip or network stream, read packet by packet. A call that waits for the network ends
 * when the timeout has passed, {@link #interrupt} is called from another thread, or the thread that
 * called is interrupted.
 */
final class Demuxer implements AutoCloseable {
  /** Demuxers that see a "video" in any text file. */
  private static final Set<String> TEXT_ART = Set.of("tty", "bin", "xbin", "idf", "adf");

  private static final CallbackHandles<Demuxer> OPEN = new CallbackHandles<>();

  /** Made for the first stream, not with the class: its base class reads JavaCPP's settings. */
  private static final class Interruption extends AVIOInterruptCB.Callback_Pointer {
    static final Interruption CALLBACK = new Interruption();

    @Override
    public int call(Pointer handle) {
      Demuxer demuxer = OPEN.find(handle);
      return demuxer != null && demuxer.mustStop() ? 1 : 0;
    }
  }

  private final String name;
  private final Path file;
  private final Duration timeout;
  private final Pointer handle;
  private AVFormatContext context;
  private volatile boolean interrupted;
  private volatile long deadline;

  /** Opens a clip; nothing but this file is read, whatever the file says. */
  static Demuxer open(Path file) {
    Ffmpeg.load();
    requireContent(file);
    // The prefix keeps a name such as "12:00.mp4" from being taken for a protocol.
    return new Demuxer(file.toString(), "file:" + file.toAbsolutePath(), file, Duration.ZERO);
  }

  /** Opens a network stream. */
  static Demuxer open(String url, Duration timeout) {
    Ffmpeg.load();
    return new Demuxer(Inputs.withoutPassword(url), url, null, timeout);
  }

  private Demuxer(String name, String address, Path file, Duration timeout) {
    this.file = file;
    this.name = name;
    this.timeout = timeout;
    this.handle = OPEN.register(this);
    this.context = avformat_alloc_context();
    AVDictionary options = new AVDictionary(null);
    try {
      if (file != null) {
        av_dict_set(options, "protocol_whitelist", "file", 0);
      } else {
        context.interrupt_callback().callback(Interruption.CALLBACK).opaque(handle);
        av_dict_set(options, "rtsp_transport", "tcp", 0);
      }
      startTimer();
      // On failure avformat_open_input frees the context itself.
      int result = avformat_open_input(context, address, null, options);
      if (result < 0) {
        context = null;
        throw failure(result);
      }
      result = avformat_find_stream_info(context, (AVDictionary) null);
      if (result < 0) {
        throw failure(result);
      }
      if (TEXT_ART.contains(Ffmpeg.string(context.iformat().name()))) {
        throw new MediaException(name + " is no video: it looks like text");
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    } finally {
      av_dict_free(options);
      options.close();
    }
  }

  /** What to call the input in messages: the path, or the URL without its password. */
  String name() {
    return name;
  }

  /** The file that is read; empty for a network stream. */
  Optional<Path> file() {
    return Optional.ofNullable(file);
  }

  AVFormatContext context() {
    return context;
  }

  /** Whether the format that was recognised is this one, by FFmpeg's name. */
  boolean isFormat(String format) {
    return Ffmpeg.string(context.iformat().name()).contains(format);
  }

  /** Whether the format has times; of one that has none, FFmpeg makes up 25 frames a second. */
  boolean hasTimes() {
    return (context.iformat().flags() & AVFMT_NOTIMESTAMPS) == 0;
  }

  /** The best video stream, cover pictures aside; null if there is none. */
  AVStream videoStream() {
    int index = av_find_best_stream(context, AVMEDIA_TYPE_VIDEO, -1, -1, (AVCodec) null, 0);
    if (index < 0) {
      return null;
    }
    AVStream stream = context.streams(index);
    return (stream.disposition() & AV_DISPOSITION_ATTACHED_PIC) != 0 ? null : stream;
  }

  /** Reads no other stream's packets, so that the timeout is that of this one. */
  void discardAllBut(AVStream stream) {
    for (int i = 0; i < context.nb_streams(); i++) {
      if (i != stream.index()) {
        context.streams(i).discard(AVDISCARD_ALL);
      }
    }
  }

  /** Whether the stream comes from the network and is no file or recording there. */
  boolean isLive(AVStream stream) {
    return file == null && !isFileThere(stream);
  }

  /**
   * A file has a duration, or, where the server gives no parts of it and FFmpeg so cannot look at
   * its end, at least a size. A playlist has a size too, and says nothing of what it lists.
   */
  private boolean isFileThere(AVStream stream) {
    return ClipInfo.durationMicros(context, stream) >= 0
        || (!isFormat("hls") && context.pb() != null && avio_size(context.pb()) > 0);
  }

  /** The name of a stream's codec, for messages: FFmpeg's, or what the container calls it. */
  static String codecName(AVStream stream) {
    int id = stream.codecpar().codec_id();
    if (id != AV_CODEC_ID_NONE) {
      return Ffmpeg.string(avcodec_get_name(id));
    }
    int tag = stream.codecpar().codec_tag();
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < Integer.BYTES; i++, tag >>>= Byte.SIZE) {
      int letter = tag & 0xff;
      name.append(letter > ' ' && letter < 0x7f ? (char) letter : '?');
    }
    return name.toString();
  }

  /** What a stream is, for messages: its type and codec, as {@code "subtitle mov_text"}. */
  static String description(AVStream stream) {
    BytePointer type = av_get_media_type_string(stream.codecpar().codec_type());
    return (type == null ? "unknown" : Ffmpeg.string(type)) + " " + codecName(stream);
  }

  /** Reads the next packet of any stream; returns what {@code av_read_frame} returns. */
  int read(AVPacket packet) {
    startTimer();
    return av_read_frame(context, packet);
  }

  /** Why a read failed. */
  String reason(int error) {
    if (error == AVERROR_EXIT && !interrupted && !Thread.currentThread().isInterrupted()) {
      return "nothing came for " + timeout.toMillis() / 1000.0 + " s";
    }
    return Ffmpeg.text(error);
  }

  /** Makes a call that waits for the network return soon, now and ever after. */
  void interrupt() {
    interrupted = true;
  }

  @Override
  public void close() {
    if (context != null) {
      avformat_close_input(context);
      context = null;
    }
    OPEN.release(handle);
  }

  private MediaException failure(int error) {
    if (error == AVERROR_INVALIDDATA) {
      return new MediaException(name + " is no video, or damaged at its start: " + reason(error));
    }
    return new MediaException("cannot open " + name + " as video: " + reason(error));
  }

  private boolean mustStop() {
    return interrupted
        || Thread.currentThread().isInterrupted()
        || (!timeout.isZero() && System.nanoTime() - deadline > 0);
  }

  private void startTimer() {
    deadline = System.nanoTime() + TimeUnit.NANOSECONDS.convert(timeout);
  }

  private static void requireContent(Path file) {
    try {
      if (Files.notExists(file)) {
        throw new MediaException("there is no file " + file);
      }
      if (!Files.isReadable(file)) {
        throw new MediaException("not allowed to read " + file);
      }
      if (Files.isRegularFile(file) && Files.size(file) == 0) {
        throw new MediaException(file + " is empty");
      }
    } catch (IOException e) {
      throw new MediaException("cannot read " + file + ": " + FileFailure.reason(e), e);
    }
  }
}
