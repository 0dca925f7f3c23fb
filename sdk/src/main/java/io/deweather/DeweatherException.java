package io.deweather;

/**
 * What every failure of this library is: a message for a person that says what was expected, what
 * came and where (file, tensor, shape), and the cause where something below failed.
 */
public class DeweatherException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception with a message for a person. */
  public DeweatherException(String message) {
    super(message);
  }

  /** Creates an exception with a message for a person and what caused it. */
  public DeweatherException(String message, Throwable cause) {
    super(message, cause);
  }
}
