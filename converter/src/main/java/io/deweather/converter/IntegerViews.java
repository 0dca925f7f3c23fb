package io.deweather.converter;

import ai.onnx.proto.OnnxMl.ModelProto;
import io.deweather.Weather;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Static quantisation: measures what flows through each view on calibration frames, rounds weights
 * and activations, and leaves those convolutions in float whose rounding costs most, as measured on
 * the restored frames.
 *
 * <p>Which ones is decided greedily. As long as a view's restored frames differ from the ones in
 * single precision by more than the target, every convolution is tried in float, one at a time, and
 * the one that brings the least PSNR among the views up furthest stays so, until the target is met,
 * {@value #MOST_IN_FLOAT} of them are in float or none brings {@value #LEAST_GAIN} dB any more.
 */
final class IntegerViews {
  private static final int MOST_IN_FLOAT = 4;
  private static final double LEAST_GAIN = 0.2;

  /** So many frames of each weather tell which layers suffer. */
  private static final int TRIAL_FRAMES = 3;

  private final Network network;
  private final Visibility visibility;
  private final Network background;
  private final ViewBaker.Baked baked;
  private final FrameSet frames;
  private final double target;
  private final Map<Weather, Map<String, Levels>> levels = new LinkedHashMap<>();
  private final Map<Weather, List<byte[]>> wanted = new LinkedHashMap<>();

  private IntegerViews(
      Network network,
      Visibility visibility,
      Network background,
      ViewBaker.Baked baked,
      FrameSet frames,
      double target) {
    this.network = network;
    this.visibility = visibility;
    this.background = background;
    this.baked = baked;
    this.frames = frames;
    this.target = target;
  }

  /**
   * Quantises.
   *
   * @param network that was baked
   * @param background that was baked, or null
   * @param frames to calibrate on
   * @param target the PSNR against single precision, in dB, beyond which no layer is left in float
   */
  static StoredViews of(
      Network network,
      Visibility visibility,
      Network background,
      ViewBaker.Baked baked,
      FrameSet frames,
      double target) {
    return new IntegerViews(network, visibility, background, baked, frames, target).quantise();
  }

  private StoredViews quantise() {
    // A convolution left in float changes which values are rounded, but adds none.
    Set<String> values = new HashSet<>(IntegerPlan.of(network, Set.of()).origins().keySet());
    values.remove(network.inputName());
    baked
        .graphs()
        .forEach(
            (weather, graph) -> {
              ModelProto whole = baked.weights().inline(graph);
              levels.put(weather, ActivationRanges.measure(whole, values, frames.frames(weather)));
              wanted.put(weather, restored(whole, weather));
            });
    Set<String> inFloat = new HashSet<>();
    Trial best = new Trial(inFloat);
    while (best.least() < target && inFloat.size() < MOST_IN_FLOAT) {
      Trial next = null;
      for (String candidate : IntegerPlan.candidates(network)) {
        Set<String> with = new HashSet<>(inFloat);
        if (with.add(candidate)) {
          Trial trial = new Trial(with);
          next = next == null || trial.least() > next.least() ? trial : next;
        }
      }
      if (next == null || next.least() < best.least() + LEAST_GAIN) {
        break;
      }
      best = next;
      inFloat = next.inFloat;
    }
    return best.finished();
  }

  private List<byte[]> restored(ModelProto whole, Weather weather) {
    List<byte[]> restored = new ArrayList<>();
    try (BakedView view = BakedView.of("the view of " + weather, whole)) {
      for (ProbeFrame frame : trialFrames(weather)) {
        restored.add(view.restore(frame));
      }
    }
    return restored;
  }

  private List<ProbeFrame> trialFrames(Weather weather) {
    List<ProbeFrame> all = frames.frames(weather);
    List<ProbeFrame> some = new ArrayList<>();
    int count = Math.min(TRIAL_FRAMES, all.size());
    for (int i = 0; i < count; i++) {
      some.add(all.get(i * all.size() / count));
    }
    return some;
  }

  /** The views with some convolutions in float, and how far they are from single precision. */
  private final class Trial {
    private final Set<String> inFloat;
    private final StoredViews views;
    private final Map<String, Object> psnr = new LinkedHashMap<>();

    Trial(Set<String> inFloat) {
      this.inFloat = Set.copyOf(inFloat);
      IntegerPlan plan = IntegerPlan.of(network, inFloat);
      IntegerWeights weights = new IntegerWeights(network, visibility, background, plan, levels);
      views = IntegerGraph.rewrite(network, baked, plan, weights, levels);
      for (Weather weather : wanted.keySet()) {
        List<byte[]> actual =
            restored(views.weights().inline(views.graphs().get(weather)), weather);
        Difference difference = new Difference();
        for (int i = 0; i < actual.size(); i++) {
          difference.add(wanted.get(weather).get(i), actual.get(i));
        }
        psnr.put(weather.id(), difference.psnr());
      }
    }

    double least() {
      return psnr.values().stream().mapToDouble(v -> (Double) v).min().orElseThrow();
    }

    StoredViews finished() {
      Map<String, Object> measured = new LinkedHashMap<>();
      measured.put("psnr_against_fp32", psnr);
      measured.put("layers_in_float", inFloat.stream().sorted().toList());
      return new StoredViews(views.graphs(), Map.of(), views.weights(), Map.of("int8", measured));
    }
  }
}
