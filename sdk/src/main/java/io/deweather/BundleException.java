package io.deweather;

/** A bundle, network or mask file is missing, damaged, too new, or does not fit its other parts. */
public class BundleException extends DeweatherException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception with a message for a person. */
  public BundleException(String message) {
    super(message);
  }

  /** Creates an exception with a message for a person and what caused it. */
  public BundleException(String message, Throwable cause) {
    super(message, cause);
  }
}
