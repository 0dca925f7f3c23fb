package io.deweather.samples.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.deweather.DeweatherException;
import io.deweather.samples.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where an experiment keeps what it has done, so that it can be stopped and started again:
 *
 * <pre>
 *   budget.json          what makes its runs comparable
 *   input.json           the quality of the degraded pictures
 *   gradient-base-q80-seed1/   a run, as training leaves it, and result.json once it is measured
 *   results.json  table.md  plot.svg    what has come of all runs so far
 * </pre>
 */
final class ExperimentFolder {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private final Path folder;

  /**
   * Opens or makes it.
   *
   * @throws DeweatherException if it holds an experiment on another budget
   */
  ExperimentFolder(ExperimentOptions options) throws IOException {
    folder = options.out();
    Files.createDirectories(folder);
    Path file = folder.resolve("budget.json");
    Map<String, String> budget = options.budget();
    Optional<Map<String, String>> before = read(file, new TypeReference<>() {});
    if (before.isEmpty()) {
      write("budget.json", json(budget));
      return;
    }
    budget.forEach(
        (name, value) -> {
          if (!value.equals(before.get().get(name))) {
            throw new DeweatherException(
                "%s holds an experiment with %s %s, not %s: its runs would not be comparable"
                    .formatted(folder, name, before.get().get(name), value));
          }
        });
  }

  Path resolve(String name) {
    return folder.resolve(name);
  }

  /** What an earlier start wrote, if it came that far. */
  <T> Optional<T> read(String name, TypeReference<T> type) throws IOException {
    return read(folder.resolve(name), type);
  }

  private static <T> Optional<T> read(Path file, TypeReference<T> type) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(MAPPER.readValue(Files.readString(file), type));
    } catch (JsonProcessingException e) {
      throw new DeweatherException(file + " is damaged: " + e.getOriginalMessage(), e);
    }
  }

  void write(String name, String text) throws IOException {
    Output.write(folder.resolve(name), text);
  }

  static String json(Object document) throws IOException {
    return MAPPER.writeValueAsString(document) + "\n";
  }
}
