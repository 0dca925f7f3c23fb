package io.deweather.samples;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.deweather.pipeline.FrameReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/** {@code --trace FILE}: one JSON object a line and frame, in frame order. */
final class Trace implements AutoCloseable {
  private final Path file;
  private final JsonGenerator json;

  Trace(Path file) throws IOException {
    this.file = file;
    json =
        new JsonFactory()
            .createGenerator(Files.newBufferedWriter(file))
            .setRootValueSeparator(null);
  }

  void frame(FrameReport report) {
    try {
      json.writeStartObject();
      json.writeNumberField("sequence", report.sequence());
      json.writeNumberField("timestamp", report.timestampMicros() / 1e6);
      json.writeStringField("weather", report.weather().id());
      json.writeNumberField("confidence", report.confidence());
      SelectionJson.write(json, report.selection());
      json.writeStringField("status", lower(report.status()));
      json.writeStringField("reason", lower(report.reason()));
      json.writeNumberField("queue_ms", millis(report.queue()));
      json.writeNumberField("inference_ms", millis(report.inference()));
      json.writeNumberField("total_ms", millis(report.total()));
      json.writeEndObject();
      json.writeRaw('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(failure(e));
    }
  }

  /** A full disk has no name. */
  private IOException failure(IOException e) {
    return new IOException("cannot write " + file + ": " + e.getMessage(), e);
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static double millis(Duration duration) {
    return duration.toNanos() / 1_000 / 1e3;
  }

  @Override
  public void close() throws IOException {
    try {
      json.close();
    } catch (IOException e) {
      throw failure(e);
    }
  }
}
