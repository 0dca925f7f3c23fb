package io.deweather.video;

import io.deweather.DeweatherException;

/** A picture, clip, camera or output file cannot be read or written. */
public class MediaException extends DeweatherException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception with a message for a person. */
  public MediaException(String message) {
    super(message);
  }

  /** Creates an exception with a message for a person and what caused it. */
  public MediaException(String message, Throwable cause) {
    super(message, cause);
  }
}
