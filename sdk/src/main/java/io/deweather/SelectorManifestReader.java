package io.deweather;

import io.deweather.FilterSettings.Observation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the {@code selector} of {@code bundle.json}. */
final class SelectorManifestReader {
  private final ManifestReader reader;

  SelectorManifestReader(ManifestReader reader) {
    this.reader = reader;
  }

  /**
   * Reads a selector.
   *
   * @throws IllegalArgumentException if a value is outside its range
   */
  SelectorManifest read(Object value) {
    Map<String, Object> selector = reader.object("selector", value);
    Map<String, Object> filter = reader.optionalObject(selector, "filter");
    return new SelectorManifest(
        reader.text(selector, "file"),
        texts("weathers", reader.required(selector, "weathers")),
        whole(selector, "every", SelectorManifest.EVERY),
        filter(filter));
  }

  private FilterSettings filter(Map<String, Object> filter) {
    FilterSettings byDefault = FilterSettings.DEFAULT;
    Map<String, Observation> observation = new LinkedHashMap<>();
    Map<String, Object> table = reader.optionalObject(filter, "observation");
    table.forEach((weather, entry) -> observation.put(weather, observation(weather, entry)));
    return new FilterSettings(
        number(filter, "stay", byDefault.stay()),
        number(filter, "clear_weight", byDefault.clearWeight()),
        number(filter, "pair_weight", byDefault.pairWeight()),
        filter.get("pairs") == null
            ? null
            : list("pairs", filter.get("pairs")).stream().map(p -> texts("pairs", p)).toList(),
        whole(filter, "minimum_dwell_frames", byDefault.minimumDwellFrames()),
        number(filter, "switch_confidence", byDefault.switchConfidence()),
        number(filter, "look_again_below", byDefault.lookAgainBelow()),
        number(filter, "evidence_limit", byDefault.evidenceLimit()),
        observation);
  }

  private Observation observation(String weather, Object value) {
    Map<String, Object> entry = reader.object("observation of " + weather, value);
    return new Observation(
        number(entry, "slope", Observation.DEFAULT.slope()),
        number(entry, "offset", Observation.DEFAULT.offset()));
  }

  private int whole(Map<String, Object> object, String key, int byDefault) {
    return object.get(key) == null ? byDefault : Math.toIntExact(reader.whole(object, key));
  }

  private double number(Map<String, Object> object, String key, double byDefault) {
    Object value = object.get(key);
    if (value == null) {
      return byDefault;
    }
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    throw reader.wrong(key, "a number", value);
  }

  private List<?> list(String key, Object value) {
    if (value instanceof List<?> list) {
      return list;
    }
    throw reader.wrong(key, "a list", value);
  }

  private List<String> texts(String key, Object value) {
    return list(key, value).stream()
        .map(
            member -> {
              if (member instanceof String text) {
                return text;
              }
              throw reader.wrong(key, "a list of strings", value);
            })
        .toList();
  }
}
