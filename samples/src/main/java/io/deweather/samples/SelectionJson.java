package io.deweather.samples;

import com.fasterxml.jackson.core.JsonGenerator;
import io.deweather.Weather;
import io.deweather.WeatherSelector.Selection;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;

/** The fields of a JSON object that say what was chosen for a frame, and why. */
final class SelectionJson {
  private SelectionJson() {}

  /** Writes {@code weathers}, {@code probabilities}, {@code observed} and {@code selection}. */
  static void write(JsonGenerator json, Selection selection) throws IOException {
    json.writeArrayFieldStart("weathers");
    for (Weather weather : selection.weathers()) {
      json.writeString(weather.id());
    }
    json.writeEndArray();
    probabilities(json, "probabilities", selection.probabilities());
    if (!selection.observed().isEmpty()) {
      probabilities(json, "observed", selection.observed());
    }
    json.writeStringField("selection", selection.reason().name().toLowerCase(Locale.ROOT));
  }

  private static void probabilities(JsonGenerator json, String name, Map<Weather, Double> values)
      throws IOException {
    json.writeObjectFieldStart(name);
    for (var value : values.entrySet()) {
      json.writeNumberField(value.getKey().id(), Math.round(value.getValue() * 1e4) / 1e4);
    }
    json.writeEndObject();
  }
}
