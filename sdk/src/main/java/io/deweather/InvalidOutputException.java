package io.deweather;

/** A graph ran and gave something that cannot be the restored frame. */
final class InvalidOutputException extends InferenceException {
  private static final long serialVersionUID = 1L;

  InvalidOutputException(String message) {
    super(message);
  }

  InvalidOutputException(String message, Throwable cause) {
    super(message, cause);
  }
}
