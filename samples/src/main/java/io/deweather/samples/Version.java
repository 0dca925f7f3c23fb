package io.deweather.samples;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** What was built, from the properties that the build wrote into the jar. */
final class Version {
  private static final String RESOURCE = "version.properties";

  private Version() {}

  static String describe() {
    Properties built = read();
    return "deweather %s%nonnxruntime %s, opencv %s, ffmpeg %s, java %s"
        .formatted(
            built.getProperty("deweather"),
            built.getProperty("onnxruntime"),
            built.getProperty("opencv"),
            built.getProperty("ffmpeg"),
            System.getProperty("java.version"));
  }

  private static Properties read() {
    try (InputStream in = Version.class.getResourceAsStream(RESOURCE)) {
      Properties built = new Properties();
      built.load(in);
      return built;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
