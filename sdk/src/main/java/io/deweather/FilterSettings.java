package io.deweather;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How the probabilities of single frames become a belief over time, and when the belief changes the
 * view: a forward filter over a hidden Markov model (Rabiner, A Tutorial on Hidden Markov Models,
 * 1989, section III.A). Its states are {@code clear}, each weather alone, and the {@code pairs} of
 * weathers that occur together. Every field has a default, so {@code bundle.json} may leave it out.
 *
 * <p>From each frame to the next a state stays with probability {@code stay}, or goes to another in
 * proportion to that one's weight: {@code clearWeight}, 1 for a weather alone, {@code pairWeight}.
 * The same weights are the belief before the first frame. On a frame that the network looked at,
 * each state's belief is multiplied by {@code exp(e)} for each weather that it contains, where
 *
 * <pre>e = clamp(slope * logit(p) + offset, -evidenceLimit, evidenceLimit)</pre>
 *
 * is the log-likelihood ratio of the weather's presence.
 *
 * @param stay in (0, 1); 0.995 by default: weather lasts 200 frames on average
 * @param clearWeight above 0; 1 by default
 * @param pairWeight above 0; 0.2 by default
 * @param pairs two weathers each, which may be present at once; the first is removed first. Null,
 *     the default, stands for {@code raindrop} with every other weather, the drops removed first
 *     because they are nearest to the lens
 * @param minimumDwellFrames how many frames a choice lasts at least; the first choice of a stream
 *     may be corrected sooner. From 0; 10 by default
 * @param switchConfidence what the belief that the present choice is wrong must reach for it to be
 *     left, and the belief in a weather's presence, or in a clear frame, for it to be chosen; in
 *     [0.5, 1), 0.7 by default
 * @param lookAgainBelow while the belief in the present choice is lower, the network looks at the
 *     next frame too, three times in a row at most and not more often than once for each regular
 *     look in the long run; in [0, 1], 0.95 by default
 * @param evidenceLimit what one look may say about one weather at most, in natural log units; above
 *     0, 4 by default, so that one look alone does not overturn a settled belief
 * @param observation weather to the calibration of its probability; a weather that is not there has
 *     {@link Observation#DEFAULT}
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record FilterSettings(
    double stay,
    double clearWeight,
    double pairWeight,
    List<List<String>> pairs,
    int minimumDwellFrames,
    double switchConfidence,
    double lookAgainBelow,
    double evidenceLimit,
    Map<String, Observation> observation) {

  /** Every field's default. */
  public static final FilterSettings DEFAULT =
      new FilterSettings(0.995, 1, 0.2, null, 10, 0.7, 0.95, 4, Map.of());

  /**
   * Copies the collections.
   *
   * @throws IllegalArgumentException if a value is outside its range
   */
  public FilterSettings {
    require(stay > 0 && stay < 1, "stay", stay, "in (0, 1)");
    require(positive(clearWeight), "clear_weight", clearWeight, "above 0");
    require(positive(pairWeight), "pair_weight", pairWeight, "above 0");
    require(minimumDwellFrames >= 0, "minimum_dwell_frames", minimumDwellFrames, "at least 0");
    require(
        switchConfidence >= 0.5 && switchConfidence < 1,
        "switch_confidence",
        switchConfidence,
        "in [0.5, 1)");
    require(
        lookAgainBelow >= 0 && lookAgainBelow <= 1,
        "look_again_below",
        lookAgainBelow,
        "in [0, 1]");
    require(positive(evidenceLimit), "evidence_limit", evidenceLimit, "above 0");
    pairs = pairs == null ? null : pairs.stream().map(FilterSettings::pair).toList();
    observation =
        Collections.unmodifiableMap(
            new LinkedHashMap<>(Objects.requireNonNull(observation, "observation")));
  }

  private static boolean positive(double value) {
    return value > 0 && value < Double.POSITIVE_INFINITY;
  }

  private static List<String> pair(List<String> pair) {
    require(
        pair.size() == 2 && !pair.get(0).equals(pair.get(1)),
        "pairs",
        pair,
        "lists of two different weathers");
    return List.copyOf(pair);
  }

  private static void require(boolean holds, String name, Object value, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(name + " (" + value + ") must be " + rule);
    }
  }

  /**
   * The calibration of one weather's probability; see {@link FilterSettings} for the formula.
   *
   * @param slope what a look is worth; below 1 where looks at neighbouring frames repeat each
   *     other. Above 0; 1 by default
   * @param offset added to the log-odds; 0 by default. Minus the log-odds of the weather among the
   *     frames that the network was calibrated on turns its odds into a likelihood ratio
   */
  public record Observation(double slope, double offset) {
    /** Takes the network's log-odds as they are. */
    public static final Observation DEFAULT = new Observation(1, 0);

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if the slope is not above 0, or either is not finite
     */
    public Observation {
      require(positive(slope), "slope", slope, "above 0");
      require(Double.isFinite(offset), "offset", offset, "a finite number");
    }
  }

  /** These settings with another calibration. */
  public FilterSettings withObservation(Map<String, Observation> calibration) {
    return new FilterSettings(
        stay,
        clearWeight,
        pairWeight,
        pairs,
        minimumDwellFrames,
        switchConfidence,
        lookAgainBelow,
        evidenceLimit,
        calibration);
  }

  /** These settings with other pairs, each in the order in which its weathers are removed. */
  public FilterSettings withPairs(List<List<String>> other) {
    return new FilterSettings(
        stay,
        clearWeight,
        pairWeight,
        other,
        minimumDwellFrames,
        switchConfidence,
        lookAgainBelow,
        evidenceLimit,
        observation);
  }

  /** The pairs, or those that the default stands for among these weathers. */
  List<List<String>> pairsAmong(List<String> weathers) {
    if (pairs != null) {
      return pairs;
    }
    String drops = Weather.RAINDROP.id();
    return !weathers.contains(drops)
        ? List.of()
        : weathers.stream().filter(w -> !w.equals(drops)).map(w -> List.of(drops, w)).toList();
  }

  void requireKnown(Collection<String> weathers) {
    require(
        weathers.containsAll(observation.keySet()), "observation", observation, "of " + weathers);
    if (pairs != null) {
      for (List<String> pair : pairs) {
        require(weathers.containsAll(pair), "pairs", pair, "of " + weathers);
      }
    }
  }
}
