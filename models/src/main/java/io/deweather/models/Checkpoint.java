package io.deweather.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.deweather.DeweatherException;
import io.deweather.converter.Safetensors;
import io.deweather.converter.Safetensors.DType;
import io.deweather.converter.Safetensors.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Everything a run needs to go on exactly where it was, as one safetensors file.
 *
 * @param <O> the options of such a run
 * @param options it was begun with
 * @param stage that was running
 * @param step of that stage that comes next, from 0
 * @param photographs that it trains on, see {@link Photographs#identity}
 * @param facts others, by name
 * @param vectors over all parameters of a network, end to end in graph order, by name
 * @param visibility bit k: weather k sees the parameter; empty before it is measured
 */
record Checkpoint<O>(
    O options,
    String stage,
    int step,
    String photographs,
    Map<String, String> facts,
    Map<String, float[]> vectors,
    byte[] visibility) {
  private static final String FILE_NAME = "checkpoint.safetensors";
  private static final JsonMapper MAPPER = new JsonMapper();

  static boolean exists(Path run) {
    return Files.exists(run.resolve(FILE_NAME));
  }

  void write(Path run) {
    List<Tensor> tensors = new ArrayList<>();
    vectors.forEach((name, values) -> tensors.add(Tensor.ofFloats(name, values, values.length)));
    if (visibility.length > 0) {
      tensors.add(Tensor.ofBytes("visibility", visibility, visibility.length));
    }
    Map<String, String> metadata = new LinkedHashMap<>(facts);
    metadata.put("stage", stage);
    metadata.put("step", Integer.toString(step));
    metadata.put("photographs", photographs);
    try {
      metadata.put("options", MAPPER.writeValueAsString(options));
    } catch (JsonProcessingException e) {
      throw new DeweatherException("cannot write the options of " + run, e);
    }
    Safetensors.write(run.resolve(FILE_NAME), metadata, tensors);
  }

  static <O> Checkpoint<O> read(Path run, Class<O> type) {
    Path file = run.resolve(FILE_NAME);
    try (Safetensors tensors = Safetensors.open(file)) {
      Map<String, String> facts = new LinkedHashMap<>(tensors.metadata());
      Map<String, float[]> vectors = new LinkedHashMap<>();
      tensors
          .entries()
          .forEach(
              (name, entry) -> {
                if (entry.dtype() == DType.F32) {
                  vectors.put(name, tensors.floats(name));
                }
              });
      boolean measured = tensors.entries().containsKey("visibility");
      return new Checkpoint<>(
          MAPPER.readValue(facts.remove("options"), type),
          facts.remove("stage"),
          Integer.parseInt(facts.remove("step")),
          facts.remove("photographs"),
          facts,
          vectors,
          measured ? tensors.bytes("visibility") : new byte[0]);
    } catch (JsonProcessingException e) {
      throw new DeweatherException(
          file + " is damaged, or of another kind of run: " + e.getOriginalMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new DeweatherException(file + " is no checkpoint: " + e.getMessage(), e);
    }
  }

  /**
   * Checks that a run goes on with what it was begun with.
   *
   * @param now the options it shall go on with
   * @param free the options that may differ, as they are named in JSON
   * @throws DeweatherException naming what differs
   */
  void requireOptions(Path run, O now, Set<String> free) {
    JsonNode before = MAPPER.valueToTree(options);
    JsonNode after = MAPPER.valueToTree(now);
    before
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (!free.contains(name) && !before.get(name).equals(after.get(name))) {
                throw new DeweatherException(
                    "%s was begun with %s %s, not %s: go on with that, or choose another folder"
                        .formatted(run, name, text(before.get(name)), text(after.get(name))));
              }
            });
  }

  /**
   * Checks that these are the photographs that the run was begun with, in whichever folder.
   *
   * @throws DeweatherException if not
   */
  void requirePhotographs(Path run, Photographs now) {
    // Checkpoints of earlier versions do not know them.
    if (photographs != null && !photographs.equals(now.identity())) {
      throw new DeweatherException(
          "%s was begun with other photographs (%s) than these (%s)"
              .formatted(run, photographs, now.identity()));
    }
  }

  private static String text(JsonNode value) {
    return value.isNull() ? "none" : value.isTextual() ? value.asText() : value.toString();
  }
}
