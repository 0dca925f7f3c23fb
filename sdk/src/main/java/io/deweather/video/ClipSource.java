package io.deweather.video;

import static org.bytedeco.ffmpeg.avcodec.AVCodecContext.FF_THREAD_FRAME;
import static org.bytedeco.ffmpeg.avcodec.AVCodecContext.FF_THREAD_SLICE;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_FLAG_CORRUPT;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_to_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EAGAIN;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_unref;

import java.util.Optional;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.opencv.core.Mat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The frames of a clip or network stream, decoded by FFmpeg on the CPU. Those of a live stream that
 * has no times (MJPEG over HTTP) are stamped with the time of their arrival.
 */
final class ClipSource implements FrameSource {
  private static final Logger LOG = LoggerFactory.getLogger(ClipSource.class);

  /** Larger frames are refused: a forged header must not make the decoder take all memory. */
  private static final long MOST_PIXELS = 100_000_000;

  private final Demuxer demuxer;
  private final Object lock = new Object();
  private int videoIndex;
  private AVCodecContext decoder;
  private AVPacket packet;
  private AVFrame frame;
  private ToBgr toBgr;
  private Turn turn;
  private Mat stored;
  private PresentationClock clock;
  private boolean timedByArrival;
  private ClipEnd end;
  private StreamInfo info;

  private volatile boolean closed;
  private long frames;
  private long damagedPackets;
  private boolean ended;
  private MediaException failure;

  /** Takes over the demuxer, also when it throws. */
  ClipSource(Demuxer demuxer, InputOptions options) {
    this.demuxer = demuxer;
    try {
      AVStream stream = demuxer.videoStream();
      if (stream == null) {
        throw new MediaException(demuxer.name() + " has no video stream");
      }
      videoIndex = stream.index();
      boolean live = demuxer.isLive(stream);
      if (live) {
        demuxer.discardAllBut(stream);
      }
      timedByArrival = live && !demuxer.hasTimes();
      info = ClipInfo.of(demuxer.context(), stream, live, !timedByArrival);
      decoder = openDecoder(stream, options.decoderThreads(), live);
      packet = av_packet_alloc();
      frame = av_frame_alloc();
      turn = Turn.of(stream.codecpar());
      clock =
          timedByArrival
              ? new PresentationClock(1, 1_000_000, AV_NOPTS_VALUE, 0)
              : PresentationClock.of(stream, info.frameRate());
      end = new ClipEnd(demuxer, stream, live);
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  @Override
  public StreamInfo info() {
    return info;
  }

  @Override
  public Optional<FrameStamp> read(Mat target) {
    synchronized (lock) {
      if (closed) {
        throw new IllegalStateException(demuxer.name() + " is closed");
      }
      if (failure != null) {
        throw failure;
      }
      while (!ended) {
        int result = avcodec_receive_frame(decoder, frame);
        if (result == 0) {
          return Optional.of(deliver(target));
        } else if (result == AVERROR_EAGAIN()) {
          feed();
        } else if (result == AVERROR_EOF) {
          finish();
        } else {
          damagedPackets++;
        }
      }
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    closed = true;
    demuxer.interrupt();
    synchronized (lock) {
      if (toBgr != null) {
        toBgr.close();
        toBgr = null;
      }
      if (stored != null) {
        stored.release();
        stored = null;
      }
      if (frame != null) {
        av_frame_free(frame);
        frame = null;
      }
      if (packet != null) {
        av_packet_free(packet);
        packet = null;
      }
      if (decoder != null) {
        avcodec_free_context(decoder);
        decoder = null;
      }
      demuxer.close();
    }
  }

  private FrameStamp deliver(Mat target) {
    if (toBgr == null) {
      toBgr = new ToBgr(frame, frame.width(), frame.height());
    }
    if (turn.equals(Turn.NONE)) {
      toBgr.convert(target);
    } else {
      if (stored == null) {
        stored = new Mat();
      }
      toBgr.convert(stored);
      turn.apply(stored, target);
    }
    FrameStamp stamp = stamp();
    av_frame_unref(frame);
    return stamp;
  }

  private FrameStamp stamp() {
    if (timedByArrival) {
      return new FrameStamp(frames++, clock.next(System.nanoTime() / 1_000, 0));
    }
    long time = clock.next(presentationTime(), frame.duration());
    return new FrameStamp(frames++, time, clock.lastDuration(), "");
  }

  /**
   * FFmpeg's best effort only where the frame has no time of its own: after one time that goes back
   * it would stay with decoding times, which are early by the reordering delay.
   */
  private long presentationTime() {
    return frame.pts() != AV_NOPTS_VALUE ? frame.pts() : frame.best_effort_timestamp();
  }

  /** Gives the decoder the next packet, or the end of the stream. */
  private void feed() {
    int result = demuxer.read(packet);
    if (result == AVERROR_EAGAIN()) {
      return;
    }
    boolean cut = result >= 0 && end.isCut(packet);
    if (result < 0 || cut) {
      end.reached(result, cut);
      av_packet_unref(packet);
      avcodec_send_packet(decoder, null);
      return;
    }
    end.passed(packet);
    if (packet.stream_index() == videoIndex) {
      if ((packet.flags() & AV_PKT_FLAG_CORRUPT) != 0) {
        damagedPackets++;
      }
      if (avcodec_send_packet(decoder, packet) < 0) {
        damagedPackets++;
      }
    }
    av_packet_unref(packet);
  }

  private void finish() {
    ended = true;
    if (damagedPackets > 0) {
      LOG.warn("{}: {} damaged packets were skipped or concealed", demuxer.name(), damagedPackets);
    }
    String broken = end.breakOff(frames == 0 ? 0 : clock.last() + clock.lastDuration());
    if (broken != null) {
      failure = new MediaException(broken);
    } else if (frames == 0) {
      failure = new MediaException(demuxer.name() + " has no frame that can be decoded");
    }
    if (failure != null) {
      throw failure;
    }
  }

  private AVCodecContext openDecoder(AVStream stream, int threads, boolean live) {
    String codec = Demuxer.codecName(stream);
    AVCodec implementation = avcodec_find_decoder(stream.codecpar().codec_id());
    if (implementation == null || implementation.isNull()) {
      throw new MediaException(
          "%s: the codec %s is not supported".formatted(demuxer.name(), codec));
    }
    String what = "%s: cannot decode %s".formatted(demuxer.name(), codec);
    AVCodecContext context = avcodec_alloc_context3(implementation);
    try {
      Ffmpeg.check(avcodec_parameters_to_context(context, stream.codecpar()), what);
      context.pkt_timebase(stream.time_base());
      context.thread_count(threads);
      // Each frame thread holds a frame back: not where frames are to be seen as they come.
      context.thread_type(live ? FF_THREAD_SLICE : FF_THREAD_FRAME | FF_THREAD_SLICE);
      context.max_pixels(MOST_PIXELS);
      Ffmpeg.check(avcodec_open2(context, implementation, (AVDictionary) null), what);
      if (context.width() <= 0 || context.height() <= 0) {
        throw new MediaException(what + ": its frame size is unknown");
      }
      return context;
    } catch (RuntimeException | Error e) {
      avcodec_free_context(context);
      throw e;
    }
  }
}
