package io.deweather;

/** A frame has a size, type or layout that the frame contract does not allow. */
public class FrameException extends DeweatherException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception with a message for a person. */
  public FrameException(String message) {
    super(message);
  }
}
