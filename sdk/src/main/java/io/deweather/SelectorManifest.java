package io.deweather;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;

/**
 * The {@code selector} of {@code bundle.json}: the network that says which weathers a frame shows,
 * and how its probabilities become a steady choice. Keys are in snake_case; all but {@code file}
 * and {@code weathers} may be left out.
 *
 * @param file the graph, one of the bundle's files, without external data. Its input is {@code
 *     frame}, uint8 [1, H, W, 3] BGR of any size from 16x16; its output {@code probabilities},
 *     float32 [1, K]: of each of the K weathers that it is present, independently of the others
 * @param weathers the K weathers in the order of the output; the bundle has a view for each
 * @param every the network looks at one frame in this many; at least 1, {@value #EVERY} by default
 * @param filter what turns the probabilities of single frames into a belief
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record SelectorManifest(
    String file, List<String> weathers, int every, FilterSettings filter) {
  /** The default of {@code every}. */
  public static final int EVERY = 8;

  private static final int MOST_WEATHERS = 16;

  /**
   * Copies the weathers.
   *
   * @throws IllegalArgumentException if there is no weather, one appears twice or there are more
   *     than 16, {@code every} is below 1, or the filter speaks of a weather that is not listed
   */
  public SelectorManifest {
    Objects.requireNonNull(file, "file");
    Objects.requireNonNull(filter, "filter");
    weathers = List.copyOf(weathers);
    if (weathers.isEmpty()
        || weathers.size() > MOST_WEATHERS
        || new HashSet<>(weathers).size() < weathers.size()) {
      throw new IllegalArgumentException(
          "weathers (%s) must be 1 to %d different ones".formatted(weathers, MOST_WEATHERS));
    }
    if (every < 1) {
      throw new IllegalArgumentException("every (" + every + ") must be at least 1");
    }
    filter.requireKnown(weathers);
  }

  /** A selector whose every setting is the default. */
  public SelectorManifest(String file, List<String> weathers) {
    this(file, weathers, EVERY, FilterSettings.DEFAULT);
  }
}
