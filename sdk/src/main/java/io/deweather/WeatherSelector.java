package io.deweather;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opencv.core.Mat;

/**
 * Decides, frame by frame, which view runs. A selector belongs to one stream of frames and is
 * called from one thread at a time, in frame order.
 */
@FunctionalInterface
public interface WeatherSelector {
  /**
   * Chooses the weather to remove from this frame.
   *
   * @param frame {@code CV_8UC3} BGR; not to be changed, nor kept after the call
   * @return the choice; {@link Weather#CLEAR} passes the frame through. If it throws or gives null,
   *     the frame is answered with itself and {@link FrameReason#SELECTOR_FAILED}; a weather that
   *     the bundle has no view for is a {@link BundleException} of {@code restore}
   */
  Selection select(Mat frame);

  /** Takes what the vehicle knows, before the next frame; does nothing by default. */
  default void signals(VehicleSignals signals) {}

  /** The next frame has nothing to do with those before; does nothing by default. */
  default void restart() {}

  /** A selector that always chooses this weather, with confidence 1. */
  static WeatherSelector fixed(Weather weather) {
    return fixed(List.of(weather));
  }

  /**
   * A selector that always chooses these weathers, with confidence 1.
   *
   * @param weathers in the order in which they are removed, at most two; none is clear
   */
  static WeatherSelector fixed(List<Weather> weathers) {
    Selection always = new Selection(weathers, 1, Map.of(), Map.of(), SelectionReason.GIVEN);
    return frame -> always;
  }

  /**
   * A choice.
   *
   * @param weathers what to remove, in that order: none for a clear frame, one, or two
   * @param confidence the probability that the choice is right, in [0, 1]
   * @param probabilities weather to the belief that it is present, by all that was seen of the
   *     stream; {@link Weather#CLEAR} to the belief that none is. Empty if the selector has none
   * @param observed weather to the network's probability for this frame alone; empty if no network
   *     looked at it
   * @param reason why it was chosen
   */
  record Selection(
      List<Weather> weathers,
      double confidence,
      Map<Weather, Double> probabilities,
      Map<Weather, Double> observed,
      SelectionReason reason) {
    private static final int MOST = 2;

    /**
     * Copies the collections; {@code CLEAR} among the weathers is left out.
     *
     * @throws IllegalArgumentException if the confidence is outside [0, 1], or there are more than
     *     two weathers or twice the same
     */
    public Selection {
      if (!(confidence >= 0 && confidence <= 1)) {
        throw new IllegalArgumentException("confidence (" + confidence + ") must be in [0, 1]");
      }
      weathers = weathers.stream().filter(w -> !w.equals(Weather.CLEAR)).toList();
      if (weathers.size() > MOST || weathers.stream().distinct().count() < weathers.size()) {
        throw new IllegalArgumentException(
            "weathers (" + weathers + ") must be at most two different ones");
      }
      probabilities = ordered(probabilities);
      observed = ordered(observed);
    }

    /** A choice of which no more is known. */
    public Selection(Weather weather, double confidence) {
      this(List.of(weather), confidence, Map.of(), Map.of(), SelectionReason.GIVEN);
    }

    /** The likelier of the weathers, the first if both are alike; clear if there is none. */
    public Weather weather() {
      if (weathers.isEmpty()) {
        return Weather.CLEAR;
      }
      Weather first = weathers.get(0);
      Weather last = weathers.get(weathers.size() - 1);
      return probability(last) > probability(first) ? last : first;
    }

    private double probability(Weather weather) {
      return probabilities.getOrDefault(weather, 0.0);
    }

    private static Map<Weather, Double> ordered(Map<Weather, Double> map) {
      return map.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }
  }
}
