package io.deweather.samples;

import io.deweather.Device;
import io.deweather.TensorRtOptions;
import io.deweather.TensorRtOptions.Size;
import io.deweather.video.StreamInfo;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.cli.Option;

/** {@code --device}: what a command computes on, and for frames of which sizes. */
final class DeviceOption {
  private static final int LEAST = 16;

  private DeviceOption() {}

  static Option option() {
    return option("auto");
  }

  static Option option(String byDefault) {
    return Help.value(
        "d",
        "device",
        "DEVICE",
        "auto, cpu, cuda, cuda:N, tensorrt or tensorrt:N; by default " + byDefault);
  }

  static Option sizes() {
    return Help.value("sizes", "WxH,...", "frame sizes; by default 640x360,1280x720,1920x1080");
  }

  /**
   * The device of {@code --device}.
   *
   * @throws UsageException if it is none
   */
  static Device of(Arguments arguments) {
    try {
      return arguments.text("device").map(Device::parse).orElseGet(Device::auto);
    } catch (IllegalArgumentException e) {
      throw UsageException.of(e);
    }
  }

  /**
   * The sizes of {@code --sizes}.
   *
   * @throws UsageException if one is none
   */
  static List<Size> sizesOf(Arguments arguments) {
    try {
      return arguments
          .text("sizes")
          .map(text -> Arrays.stream(text.split(",")).map(Size::parse).distinct().toList())
          .orElseGet(TensorRtOptions.DEFAULT::sizes);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--sizes: " + e.getMessage());
    }
  }

  /**
   * The device prepared for frames of a size: one that wants to know it beforehand gets engines for
   * this size alone, the fastest for it, so that {@code warm} and {@code restore} mean the same
   * engines.
   */
  static Device forFrames(Device device, StreamInfo frames) {
    boolean known = frames.width() >= LEAST && frames.height() >= LEAST; // of a folder it is not
    return known ? forFrames(device, new Size(frames.width(), frames.height())) : device;
  }

  /** As {@link #forFrames(Device, StreamInfo)}. */
  static Device forFrames(Device device, Size size) {
    if (device instanceof Device.TensorRt tensorRt) {
      return Device.tensorRt(tensorRt.id(), tensorRt.options().withSizes(size));
    }
    return device;
  }
}
