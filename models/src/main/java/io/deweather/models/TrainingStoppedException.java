package io.deweather.models;

import io.deweather.DeweatherException;

/** A run was asked to stop, by interrupting its thread, and did so after writing a checkpoint. */
public final class TrainingStoppedException extends DeweatherException {
  private static final long serialVersionUID = 1L;

  TrainingStoppedException(String message) {
    super(message);
  }
}
