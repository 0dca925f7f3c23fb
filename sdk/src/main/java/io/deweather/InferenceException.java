package io.deweather;

/** The inference engine could not load a graph or run it. */
public class InferenceException extends DeweatherException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception with a message for a person. */
  public InferenceException(String message) {
    super(message);
  }

  /** Creates an exception with a message for a person and what caused it. */
  public InferenceException(String message, Throwable cause) {
    super(message, cause);
  }
}
