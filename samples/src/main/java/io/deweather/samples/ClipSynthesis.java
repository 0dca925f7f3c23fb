package io.deweather.samples;

import io.deweather.Weather;
import io.deweather.models.weather.WeatherSequence;
import io.deweather.models.weather.WeatherSynthesis;
import io.deweather.models.weather.WeatherSynthesis.Pair;
import io.deweather.models.weather.WeatherSynthesis.Severity;
import io.deweather.video.FrameSink;
import io.deweather.video.FrameSource;
import io.deweather.video.FrameStamp;
import io.deweather.video.MediaException;
import io.deweather.video.StreamInfo;
import io.deweather.video.VideoSink;
import java.nio.file.Path;
import java.util.Optional;
import org.opencv.core.Mat;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/** A clip with weather and the same clip without, frame by frame in step. */
final class ClipSynthesis {
  private static final double ASSUMED_RATE = 25;

  private final Weather weather;
  private final Severity severity;
  private final long seed;
  private final Integer maxSide;
  private final long most;
  private final Terminal terminal;

  /**
   * Prepares.
   *
   * @param maxSide longer side that larger frames are reduced to, pixels; null for any
   * @param most frames that are taken
   */
  ClipSynthesis(
      Weather weather,
      Severity severity,
      long seed,
      Integer maxSide,
      long most,
      Terminal terminal) {
    this.weather = weather;
    this.severity = severity;
    this.seed = seed;
    this.maxSide = maxSide;
    this.most = most;
    this.terminal = terminal;
  }

  /**
   * Writes {@code OUT/input.mp4} and {@code OUT/truth.mp4}.
   *
   * @return how many frames were written; fewer than there are if interrupted
   */
  long write(Path clip, Path out) {
    Mat frame = new Mat();
    try (FrameSource source = FrameSource.open(clip)) {
      StreamInfo info = source.info();
      FrameStamp stamp =
          source.read(frame).orElseThrow(() -> new MediaException(clip + " holds no frame"));
      reduce(frame);
      double rate = info.frameRate() > 0 ? info.frameRate() : ASSUMED_RATE;
      WeatherSequence spell = WeatherSynthesis.of(weather).sequence(frame, seed, severity, rate);
      try (FrameSink input = VideoSink.builder(out.resolve("input.mp4")).like(info).open();
          FrameSink truth = VideoSink.builder(out.resolve("truth.mp4")).like(info).open();
          Progress progress = new Progress(terminal, "synthesize", "frames", count(info))) {
        long done = 0;
        Optional<FrameStamp> next = Optional.of(stamp);
        while (next.isPresent() && !terminal.interruption().requested()) {
          try (Pair pair = spell.degrade(frame, done)) {
            input.write(pair.degraded(), next.get());
            truth.write(pair.clean(), next.get());
          }
          progress.done(++done);
          next = done < most ? source.read(frame) : Optional.empty();
          next.ifPresent(s -> reduce(frame));
        }
        return done;
      }
    } finally {
      frame.release();
    }
  }

  private long count(StreamInfo info) {
    return info.frames() > 0 ? Math.min(most, info.frames()) : info.frames();
  }

  /** To even sides, as H.264 wants them. */
  private void reduce(Mat frame) {
    int side = Math.max(frame.cols(), frame.rows());
    if (maxSide != null && side > maxSide) {
      double half = maxSide / 2.0 / side;
      Size size =
          new Size(2 * Math.round(frame.cols() * half), 2 * Math.round(frame.rows() * half));
      Imgproc.resize(frame, frame, size, 0, 0, Imgproc.INTER_AREA);
    }
  }
}
