package io.deweather.models;

import io.deweather.DeweatherException;

/**
 * A run was asked to stop, by {@link TrainingListener#stopRequested} or by interrupting its thread,
 * and did so after writing what it takes to go on.
 */
public final class TrainingStoppedException extends DeweatherException {
  private static final long serialVersionUID = 1L;

  TrainingStoppedException(String message) {
    super(message);
  }
}
