package io.deweather.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.deweather.DeweatherException;
import io.deweather.converter.Safetensors;
import io.deweather.models.TrainingListener.Stage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Everything a run needs to go on exactly where it was, as one safetensors file: vectors over all
 * parameters, end to end in graph order.
 *
 * @param options of the run
 * @param stage that was running
 * @param step of that stage that comes next, from 0
 * @param theta the parameters
 * @param mean Adam's first moment
 * @param variance Adam's second moment
 * @param average the moving average of the parameters
 * @param base the parameters after joint training; empty before
 * @param visibility bit k: weather k sees the parameter; empty before it is measured
 */
record Checkpoint(
    TrainingOptions options,
    Stage stage,
    int step,
    float[] theta,
    float[] mean,
    float[] variance,
    float[] average,
    float[] base,
    byte[] visibility) {
  static final String FILE_NAME = "checkpoint.safetensors";

  private static final JsonMapper MAPPER = new JsonMapper();

  void write(Path run) {
    List<Safetensors.Tensor> tensors = new ArrayList<>();
    tensors.add(floats("theta", theta));
    tensors.add(floats("mean", mean));
    tensors.add(floats("variance", variance));
    tensors.add(floats("average", average));
    if (base.length > 0) {
      tensors.add(floats("base", base));
    }
    if (visibility.length > 0) {
      tensors.add(
          new Safetensors.Tensor(
              "visibility",
              Safetensors.DType.U8,
              new long[] {visibility.length},
              ByteBuffer.wrap(visibility)));
    }
    try {
      Safetensors.write(
          run.resolve(FILE_NAME),
          Map.of(
              "options", MAPPER.writeValueAsString(options),
              "stage", stage.name(),
              "step", Integer.toString(step)),
          tensors);
    } catch (JsonProcessingException e) {
      throw new DeweatherException("cannot write the options of " + run, e);
    }
  }

  static Checkpoint read(Path run) {
    Path file = run.resolve(FILE_NAME);
    try (Safetensors tensors = Safetensors.open(file)) {
      Map<String, String> metadata = tensors.metadata();
      return new Checkpoint(
          MAPPER.readValue(metadata.get("options"), TrainingOptions.class),
          Stage.valueOf(metadata.get("stage")),
          Integer.parseInt(metadata.get("step")),
          tensors.floats("theta"),
          tensors.floats("mean"),
          tensors.floats("variance"),
          tensors.floats("average"),
          tensors.entries().containsKey("base") ? tensors.floats("base") : new float[0],
          tensors.entries().containsKey("visibility") ? tensors.bytes("visibility") : new byte[0]);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new DeweatherException(file + " is not a training checkpoint: " + e.getMessage(), e);
    }
  }

  private static Safetensors.Tensor floats(String name, float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return new Safetensors.Tensor(name, Safetensors.DType.F32, new long[] {values.length}, bytes);
  }
}
