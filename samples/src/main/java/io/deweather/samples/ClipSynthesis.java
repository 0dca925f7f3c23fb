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

/** A clip with weather and the same clip without, frame by frame in step. */
final class ClipSynthesis {
  private static final double ASSUMED_RATE = 25;

  private final Weather weather;
  private final Severity severity;
  private final long seed;
  private final Terminal terminal;

  ClipSynthesis(Weather weather, Severity severity, long seed, Terminal terminal) {
    this.weather = weather;
    this.severity = severity;
    this.seed = seed;
    this.terminal = terminal;
  }

  /**
   * Writes {@code OUT/input.mp4} and {@code OUT/truth.mp4}.
   *
   * @return how many frames were written; fewer than the clip has if interrupted
   */
  long write(Path clip, Path out) {
    Mat frame = new Mat();
    try (FrameSource source = FrameSource.open(clip)) {
      StreamInfo info = source.info();
      FrameStamp stamp =
          source.read(frame).orElseThrow(() -> new MediaException(clip + " holds no frame"));
      double rate = info.frameRate() > 0 ? info.frameRate() : ASSUMED_RATE;
      WeatherSequence spell = WeatherSynthesis.of(weather).sequence(frame, seed, severity, rate);
      try (FrameSink input = VideoSink.builder(out.resolve("input.mp4")).like(info).open();
          FrameSink truth = VideoSink.builder(out.resolve("truth.mp4")).like(info).open();
          Progress progress = new Progress(terminal, "synthesize", "frames", info.frames())) {
        long done = 0;
        Optional<FrameStamp> next = Optional.of(stamp);
        while (next.isPresent() && !terminal.interruption().requested()) {
          try (Pair pair = spell.degrade(frame, done)) {
            input.write(pair.degraded(), next.get());
            truth.write(pair.clean(), next.get());
          }
          progress.done(++done);
          next = source.read(frame);
        }
        return done;
      }
    } finally {
      frame.release();
    }
  }
}
