package io.deweather.samples;

import io.deweather.Health;
import io.deweather.OnnxRestorer;
import io.deweather.RestorationStream;
import io.deweather.Restored;
import io.deweather.VehicleSignals;
import io.deweather.Weather;
import io.deweather.models.weather.WeatherSequence;
import io.deweather.models.weather.WeatherSynthesis.Pair;
import io.deweather.samples.scene.RoadScene;
import io.deweather.video.FrameSource;
import java.util.ArrayList;
import java.util.List;
import org.opencv.core.Core;
import org.opencv.core.Mat;

/**
 * A generated drive whose weather changes, restored as the bundle's selector chooses and, beside
 * it, with the weather that it truly has.
 */
final class MixedClip implements AutoCloseable {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 360;
  private static final List<Weather> ORDER =
      List.of(
          Weather.CLEAR,
          Weather.RAIN,
          Weather.CLEAR,
          Weather.SNOW,
          Weather.RAINDROP,
          Weather.RAIN,
          Weather.SNOW,
          Weather.CLEAR,
          Weather.RAINDROP,
          Weather.CLEAR);

  /** How often a vehicle is taken to tell what it knows. */
  private static final int SIGNALS_EVERY = 10;

  private final OnnxRestorer restorer;
  private final RestorationStream stream;
  private final int each;
  private final boolean signals;
  private final RoadScene scene;
  private final FrameSource footage;
  private final Mat clean = new Mat();
  private final Mat chosen = new Mat();
  private final Mat best = new Mat();
  private final List<Spell> spells = new ArrayList<>();
  private List<Weather> before;
  private long bestNanos;
  private long bestFrames;

  /**
   * Prepares a drive.
   *
   * @param each how many frames a weather lasts
   * @param signals whether the vehicle tells its wiper stage and rain sensor
   * @param footage clear footage to put the weather on; null for the drawn road
   */
  MixedClip(OnnxRestorer restorer, int each, boolean signals, FrameSource footage) {
    this.restorer = restorer;
    this.stream = restorer.stream(RestorationStream.DEFAULT_NAME);
    this.each = each;
    this.signals = signals;
    this.footage = footage;
    this.scene = footage == null ? new RoadScene(WIDTH, HEIGHT) : null;
  }

  /**
   * One weather's frames. Gains are mean PSNR over the input's, in dB; null for clear.
   *
   * @param followed after how many frames the choice was right, the first counting as 1; null if
   *     never
   * @param changes of the choice
   * @param wrong frames with another choice
   * @param touched frames of clear weather that did not come out as they were
   */
  record Spell(
      String weather,
      int frames,
      Integer followed,
      int changes,
      int wrong,
      int touched,
      Double gain,
      Double trueGain) {}

  /** The weathers of the drive, in order. */
  private List<Weather> order() {
    return ORDER.stream()
        .filter(w -> w.equals(Weather.CLEAR) || restorer.weathers().contains(w))
        .toList();
  }

  int frames() {
    return each * order().size();
  }

  /** Runs the drive. Returns false if interrupted or the footage ends. */
  boolean run(Terminal terminal) {
    try (Progress progress = new Progress(terminal, "mixed clip", "frames", frames())) {
      int number = 0;
      for (Weather weather : order()) {
        Measure measure = new Measure(weather);
        WeatherSequence spell = null;
        for (int i = 0; i < each; i++, number++) {
          if (terminal.interruption().requested() || !draw(number)) {
            return false;
          }
          if (spell == null && !weather.equals(Weather.CLEAR)) {
            spell = SceneWeather.spell(weather, clean, frameRate());
          }
          tell(weather, i);
          if (spell == null) {
            measure.clear(i, stream.restore(clean, chosen));
          } else {
            try (Pair pair = spell.degrade(clean, i)) {
              Restored restored = stream.restore(pair.degraded(), chosen);
              long start = System.nanoTime();
              restorer.restore(pair.degraded(), best, weather);
              bestNanos += System.nanoTime() - start;
              bestFrames++;
              measure.frame(i, pair, restored, best);
            }
          }
          progress.done(number + 1);
        }
        spells.add(measure.spell());
      }
      return true;
    }
  }

  private boolean draw(int number) {
    if (footage == null) {
      scene.draw(number, clean);
      return true;
    }
    return footage.read(clean).isPresent();
  }

  private double frameRate() {
    double rate = footage == null ? 0 : footage.info().frameRate();
    return rate > 0 ? rate : RoadScene.FRAME_RATE;
  }

  private void tell(Weather weather, int frame) {
    if (!signals || frame % SIGNALS_EVERY != 0) {
      return;
    }
    boolean wet = !weather.equals(Weather.CLEAR);
    stream.signals(
        VehicleSignals.builder()
            .wiper(wet ? 2 : 0)
            .rainSensor(wet ? 0.5 : 0)
            .temperature(weather.equals(Weather.SNOW) ? -1 : 8)
            .speed(50)
            .build());
  }

  /** What is measured of one spell. */
  private final class Measure {
    private final Weather weather;
    private double input;
    private double byChoice;
    private double byTruth;
    private Integer followed;
    private int changes;
    private int wrong;
    private int touched;

    Measure(Weather weather) {
      this.weather = weather;
    }

    void frame(int number, Pair pair, Restored restored, Mat best) {
      count(number, restored);
      input += Core.PSNR(pair.degraded(), pair.clean(), 255);
      byChoice += Core.PSNR(restored.image(), pair.clean(), 255);
      byTruth += Core.PSNR(best, pair.clean(), 255);
    }

    void clear(int number, Restored restored) {
      count(number, restored);
      touched += restored.image() == clean ? 0 : 1;
    }

    private void count(int number, Restored restored) {
      List<Weather> truth = weather.equals(Weather.CLEAR) ? List.of() : List.of(weather);
      List<Weather> now = restored.selection().weathers();
      boolean right = now.equals(truth);
      wrong += right ? 0 : 1;
      followed = followed == null && right ? (Integer) (number + 1) : followed;
      changes += before == null || now.equals(before) ? 0 : 1;
      before = now;
    }

    Spell spell() {
      boolean clear = weather.equals(Weather.CLEAR);
      return new Spell(
          weather.id(),
          each,
          followed,
          changes,
          wrong,
          touched,
          clear ? null : (Double) ((byChoice - input) / each),
          clear ? null : (Double) ((byTruth - input) / each));
    }
  }

  /**
   * The whole, for programs.
   *
   * @param share of the true weather's gain that the choice reaches, over all frames with weather
   * @param changes of the choice
   * @param neededChanges of the weather
   * @param slowest the most frames that a change took to be followed; null if one was not
   * @param looks how many frames the selector looked at
   * @param lookMs how long a look took, on average
   * @param restoreMs how long restoring a frame with one view took, on average
   * @param cost of the looks, as a share of restoring every frame with one view
   */
  record Document(
      List<Spell> spells,
      double share,
      int changes,
      int neededChanges,
      Integer slowest,
      long looks,
      double lookMs,
      double restoreMs,
      double cost) {}

  Document document() {
    double gain = 0;
    double best = 0;
    int changes = 0;
    Integer slowest = 0;
    for (Spell spell : spells) {
      gain += spell.gain == null ? 0 : spell.gain;
      best += spell.trueGain == null ? 0 : spell.trueGain;
      changes += spell.changes;
      slowest =
          slowest == null || spell.followed == null
              ? null
              : (Integer) Math.max(slowest, spell.followed);
    }
    Health.Selector selector = restorer.health().selector();
    double lookMs = selector.look().toNanos() / 1e6;
    double restoreMs = bestNanos / 1e6 / Math.max(1, bestFrames);
    return new Document(
        spells,
        best == 0 ? 0 : gain / best,
        changes,
        spells.size() - 1,
        slowest,
        selector.looks(),
        lookMs,
        restoreMs,
        selector.looks() * lookMs / (frames() * restoreMs));
  }

  void print(Report report) {
    report.line(
        "%-10s  %7s  %9s  %8s  %6s  %9s  %9s",
        "weather", "frames", "followed", "changes", "wrong", "gain", "possible");
    for (Spell spell : spells) {
      report.line(
          "%-10s  %7d  %9s  %8d  %6d  %9s  %9s",
          spell.weather,
          spell.frames,
          spell.followed == null ? "never" : spell.followed,
          spell.changes,
          spell.wrong,
          spell.gain == null ? spell.touched + " hit" : "%.2f dB".formatted(spell.gain),
          spell.trueGain == null ? "" : "%.2f dB".formatted(spell.trueGain));
    }
    Document all = document();
    report.line(
        "%d changes of %d needed, %s; %.1f %% of the true weather's gain",
        all.changes,
        all.neededChanges,
        all.slowest == null ? "not all followed" : "each followed by frame " + all.slowest,
        100 * all.share);
    report.line(
        "%d looks of %.2f ms in %d frames of %.2f ms: %.1f %% of restoring",
        all.looks, all.lookMs, frames(), all.restoreMs, 100 * all.cost);
  }

  @Override
  public void close() {
    if (scene != null) {
      scene.close();
    }
    for (Mat mat : new Mat[] {clean, chosen, best}) {
      mat.release();
    }
  }
}
