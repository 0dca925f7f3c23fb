package io.deweather.samples;

import io.deweather.OnnxRestorer;
import io.deweather.Weather;
import io.deweather.models.weather.WeatherSequence;
import io.deweather.models.weather.WeatherSynthesis.Pair;
import io.deweather.samples.quality.ImageQuality;
import io.deweather.samples.scene.RoadScene;
import io.deweather.video.FrameSink;
import io.deweather.video.FrameStamp;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opencv.core.Core;
import org.opencv.core.Mat;

/** The demonstration: its frames, files and scores. */
final class Demo implements AutoCloseable {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 360;
  private static final int SCORED_EVERY = 5;

  private final OnnxRestorer restorer;
  private final Path output;
  private final RoadScene scene = new RoadScene(WIDTH, HEIGHT);
  private final Latencies latencies = new Latencies();
  private final Map<Weather, List<ImageQuality>> before = new LinkedHashMap<>();
  private final Map<Weather, List<ImageQuality>> after = new LinkedHashMap<>();
  private final List<Mat> stills = new ArrayList<>();
  private final ContactSheet sheet = new ContactSheet();
  private final Mat clean = new Mat();
  private final Mat restored = new Mat();
  private final Mat both = new Mat();
  private int frames;

  Demo(OnnxRestorer restorer, Path output) {
    this.restorer = restorer;
    this.output = output;
  }

  /** Runs one weather after the other. Returns false if interrupted; the clips end there. */
  boolean run(List<Weather> weathers, double seconds, Terminal terminal) {
    int each = (int) Math.max(1, Math.round(seconds * RoadScene.FRAME_RATE));
    try (Progress progress =
            new Progress(terminal, "demo", "frames", (long) each * weathers.size());
        FrameSink clip = Media.clip(output.resolve("restored.mp4"), RoadScene.FRAME_RATE);
        FrameSink comparison =
            Media.clip(output.resolve("side-by-side.mp4"), RoadScene.FRAME_RATE)) {
      for (Weather weather : weathers) {
        scene.draw(frames, clean);
        WeatherSequence spell = SceneWeather.spell(weather, clean, RoadScene.FRAME_RATE);
        for (int i = 0; i < each; i++) {
          if (terminal.interruption().requested()) {
            return false;
          }
          scene.draw(frames, clean);
          try (Pair pair = spell.degrade(clean, i)) {
            restore(weather, pair, i == each / 2, i % SCORED_EVERY == 0);
          }
          FrameStamp stamp = new FrameStamp(frames, frames * 1_000_000L / RoadScene.FRAME_RATE);
          clip.write(restored, stamp);
          comparison.write(both, stamp);
          progress.done(++frames);
        }
      }
    }
    return true;
  }

  private void restore(Weather weather, Pair pair, boolean keep, boolean score) {
    long start = System.nanoTime();
    restorer.restore(pair.degraded(), restored, weather);
    latencies.record(System.nanoTime() - start);
    Core.hconcat(List.of(pair.degraded(), restored), both);
    if (keep) {
      stills.add(both.clone());
      sheet.row(
          List.of(weather + ", degraded", "restored", "clean"),
          List.of(pair.degraded(), restored, pair.clean()));
    }
    if (score) {
      before
          .computeIfAbsent(weather, w -> new ArrayList<>())
          .add(ImageQuality.of(pair.degraded(), pair.clean()));
      after
          .computeIfAbsent(weather, w -> new ArrayList<>())
          .add(ImageQuality.of(restored, pair.clean()));
    }
  }

  /** The results for programs. */
  record Document(
      int frames,
      int width,
      int height,
      int frameRate,
      Map<String, Evaluation.Mean> weathers,
      Latencies.Summary latencyMs) {}

  /** Writes the picture and the scores, and says where everything is. */
  void report(Report report) throws IOException {
    Core.vconcat(stills, both);
    Path picture = output.resolve("side-by-side.png");
    Media.write(both, picture);
    Map<String, Evaluation.Mean> scores = new LinkedHashMap<>();
    report.line("%s", Evaluation.header(12));
    for (Weather weather : before.keySet()) {
      ImageQuality input = ImageQuality.mean(before.get(weather));
      ImageQuality result = ImageQuality.mean(after.get(weather));
      scores.put(weather.id(), new Evaluation.Mean(input, result));
      report.line("%s", Evaluation.row(12, weather.id(), input, result));
    }
    Latencies.Summary latency = latencies.summary();
    report.line(
        "%d frames of %dx%d, latency %.1f ms (p50), %.1f ms (p99)",
        frames, WIDTH, HEIGHT, latency.p50(), latency.p99());
    report.line("");
    report.line("%s   before and after, one weather a row", picture);
    report.line("%s   the same, moving", output.resolve("side-by-side.mp4"));
    report.line("%s       after", output.resolve("restored.mp4"));
    Document document = new Document(frames, WIDTH, HEIGHT, RoadScene.FRAME_RATE, scores, latency);
    Report.write(output.resolve("scores.json"), document);
    report.line("%s        the table for programs", output.resolve("scores.json"));
    report.json(document);
  }

  /** Writes a middle frame of each weather, degraded, restored and clean, as one small picture. */
  void writeSheet(Path file) throws IOException {
    sheet.write(file);
  }

  @Override
  public void close() {
    scene.close();
    sheet.close();
    stills.forEach(Mat::release);
    for (Mat mat : new Mat[] {clean, restored, both}) {
      mat.release();
    }
  }
}
