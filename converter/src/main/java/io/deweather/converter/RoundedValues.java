package io.deweather.converter;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import io.deweather.BundleException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The values of a bundle's graph that are others rounded; none but in an integer bundle. */
final class RoundedValues {
  private static final Set<String> ROUNDED =
      Set.of(IntegerFunctions.ROUNDED, IntegerFunctions.ROUNDED_NARROW);

  private static final Set<String> ROUNDING =
      Set.of(
          IntegerFunctions.ROUNDED,
          IntegerFunctions.ROUNDED_NARROW,
          IntegerFunctions.ROUNDED_BIAS,
          IntegerFunctions.ROUNDED_BIAS_WIDE);

  private final Path file;
  private final ModelProto model;

  RoundedValues(Path file, ModelProto model) {
    this.file = file;
    this.model = model;
  }

  /** For each value that is another one rounded, that other one. */
  Map<String, String> exactNames() {
    Map<String, String> exact = new HashMap<>();
    for (NodeProto node : model.getGraph().getNodeList()) {
      if (node.getDomain().equals(Onnx.DEWEATHER) && ROUNDING.contains(node.getOpType())) {
        exact.put(node.getOutput(0), node.getInput(0));
      }
    }
    return exact;
  }

  /** The levels of every rounded value. */
  Map<String, Levels> levels(StoredParameters parameters) {
    Map<String, Levels> levels = new LinkedHashMap<>();
    for (NodeProto node : model.getGraph().getNodeList()) {
      if (node.getDomain().equals(Onnx.DEWEATHER) && ROUNDED.contains(node.getOpType())) {
        float[] scale = Network.floats(parameters.initializer(node.getInput(1)));
        byte[] zero = parameters.initializer(node.getInput(2)).getRawData().toByteArray();
        if (scale.length != 1 || !(scale[0] > 0) || zero.length != 1) {
          throw new BundleException(
              file
                  + ": "
                  + node.getInput(0)
                  + " must be rounded by one scale above 0 and one zero");
        }
        levels.put(node.getInput(0), new Levels(scale[0], zero[0] & 0xFF));
      }
    }
    return levels;
  }
}
