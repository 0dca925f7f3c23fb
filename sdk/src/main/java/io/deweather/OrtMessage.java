package io.deweather;

import ai.onnxruntime.OrtException;
import java.util.regex.Pattern;

/** What ONNX Runtime says, without where in its sources it says it. */
final class OrtMessage {
  private static final Pattern PREFIX = Pattern.compile("^Error code - \\w+ - message: ");
  private static final Pattern SOURCE = Pattern.compile("^/\\S+:\\d+ .*? \\[ONNXRuntimeError] : ");

  private OrtMessage() {}

  static String of(OrtException e) {
    return strip(String.valueOf(e.getMessage()));
  }

  static String strip(String message) {
    String line = message.strip().replaceAll("\\s+", " ");
    line = PREFIX.matcher(line).replaceFirst("");
    return SOURCE.matcher(line).replaceFirst("");
  }
}
