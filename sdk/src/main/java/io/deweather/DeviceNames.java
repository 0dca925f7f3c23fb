package io.deweather;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names of devices, as people write them. */
final class DeviceNames {
  private static final Pattern GPU = Pattern.compile("(?<kind>cuda|tensorrt)(:(?<id>\\d{1,2}))?");

  private DeviceNames() {}

  static Device parse(String name) {
    Matcher gpu = GPU.matcher(name);
    if (gpu.matches()) {
      int id = gpu.group("id") == null ? 0 : Integer.parseInt(gpu.group("id"));
      return gpu.group("kind").equals("cuda") ? Device.cuda(id) : Device.tensorRt(id);
    }
    return switch (name) {
      case "auto" -> Device.auto();
      case "cpu" -> Device.cpu();
      default ->
          throw new IllegalArgumentException(
              "device (%s) must be auto, cpu, cuda, cuda:N, tensorrt or tensorrt:N, N from 0 to 99"
                  .formatted(name));
    };
  }

  static void requireId(int id) {
    if (id < 0) {
      throw new IllegalArgumentException("device id (" + id + ") must be at least 0");
    }
  }
}
