package io.deweather;

import ai.onnxruntime.OrtException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What ONNX Runtime says, without where in its sources it says it. */
final class OrtMessage {
  private static final Pattern PREFIX = Pattern.compile("^Error code - \\w+ - message: ");
  private static final Pattern SOURCE = Pattern.compile("^/\\S+:\\d+ .*? \\[ONNXRuntimeError] : ");

  private static final Pattern STATUS = Pattern.compile("^\\d+ : \\w+ : ");

  /** The rest of such a message names the build machine's files and the host. */
  private static final Pattern CUDA = Pattern.compile("CUDA failure \\d+: [^;]*[^; ]");

  private OrtMessage() {}

  static String of(OrtException e) {
    return strip(String.valueOf(e.getMessage()));
  }

  static String strip(String message) {
    String line = message.strip().replaceAll("\\s+", " ");
    line = PREFIX.matcher(line).replaceFirst("");
    line = SOURCE.matcher(line).replaceFirst("");
    Matcher cuda = CUDA.matcher(line);
    return cuda.find() ? cuda.group() : STATUS.matcher(line).replaceFirst("");
  }
}
