package io.deweather.converter;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.deweather.BundleException;

/**
 * How far the selector of a bundle is from that of another, on the same frames. As JSON its keys
 * are in snake_case.
 *
 * @param frames how many both looked at
 * @param max the largest difference between two probabilities
 * @param mean the mean difference
 * @param decisions how many probabilities there were, one for each frame and weather
 * @param moved how many of them are on the other side of one half
 */
@JsonNaming(SnakeCaseStrategy.class)
public record SelectorComparison(int frames, double max, double mean, int decisions, int moved) {
  /** Returns what was measured, in one line, or throws it. */
  String requireClose() {
    String measured =
        "probabilities differ by at most %.4f (at most %s), mean %.5f; %d of %d moved past one half, on %d frames"
            .formatted(max, BundleVerifier.MOST_PROBABILITY_MOVED, mean, moved, decisions, frames);
    if (max > BundleVerifier.MOST_PROBABILITY_MOVED) {
      throw new BundleException(measured);
    }
    return measured;
  }
}
