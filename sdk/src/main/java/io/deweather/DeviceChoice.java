package io.deweather;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The device that a restorer computes on, and how it came to that.
 *
 * @param device never {@link Device#auto()}
 * @param name of the hardware, for people
 * @param refused what {@link Device#auto()} would have preferred, best first, each with the reason;
 *     empty if the device was asked for by name
 */
public record DeviceChoice(Device device, String name, List<Refusal> refused) {
  /** Copies the list. */
  public DeviceChoice {
    refused = List.copyOf(refused);
  }

  /**
   * A device that does not work here.
   *
   * @param device which
   * @param reason what is missing
   */
  public record Refusal(Device device, String reason) {}

  /** Returns device and name, and the reasons on lines of their own. */
  @Override
  public String toString() {
    return device
        + " ("
        + name
        + ")"
        + refused.stream()
            .map(r -> System.lineSeparator() + "  not " + r.device() + ": " + r.reason())
            .collect(Collectors.joining());
  }
}
