package io.deweather.samples;

import io.deweather.DeweatherException;

/** The command line was not understood: exit code 2. */
final class UsageException extends DeweatherException {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }

  /**
   * A value that was refused further down, in a message that begins with its name: {@code
   * joint_steps (-1) must be 0 or more} becomes {@code --joint-steps (-1) must be 0 or more}.
   */
  static UsageException of(IllegalArgumentException refusal) {
    String message = refusal.getMessage();
    int end = Math.max(0, message.indexOf(' '));
    return new UsageException(
        "--" + message.substring(0, end).replace('_', '-') + message.substring(end));
  }
}
