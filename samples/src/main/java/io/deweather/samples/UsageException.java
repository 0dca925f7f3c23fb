package io.deweather.samples;

import io.deweather.DeweatherException;

/** The command line was not understood: exit code 2. */
final class UsageException extends DeweatherException {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}
