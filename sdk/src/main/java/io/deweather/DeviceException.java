package io.deweather;

/**
 * A device that was asked for by name cannot be had. Nothing is wrong with the bundle: the message
 * says what this machine or this build of the program is missing, and what to do about it.
 */
public class DeviceException extends DeweatherException {
  private static final long serialVersionUID = 1L;

  private final Device device;
  private final String reason;
  private final String nextStep;

  DeviceException(Device device, String reason, String nextStep, Throwable cause) {
    super(
        "device %s is not available: %s%s"
            .formatted(device, reason, nextStep.isEmpty() ? "" : "; " + nextStep),
        cause);
    this.device = device;
    this.reason = reason;
    this.nextStep = nextStep;
  }

  /** The device that cannot be had. */
  public Device device() {
    return device;
  }

  /** What is missing, such as the libraries that did not load. */
  public String reason() {
    return reason;
  }

  /** What to do about it; empty if that is not known. */
  public String nextStep() {
    return nextStep;
  }
}
