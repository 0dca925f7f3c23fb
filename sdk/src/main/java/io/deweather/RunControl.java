package io.deweather;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession.RunOptions;

/**
 * Stops the run that is going on, from another thread. ONNX Runtime looks between two nodes of the
 * graph whether it is to stop; the run then fails.
 */
final class RunControl implements AutoCloseable {
  private final RunOptions options;
  private long run;
  private boolean stopped;
  private boolean closed;

  RunControl() {
    try {
      options = new RunOptions();
      // Failures come back as exceptions; stopping is no error to print.
      options.setLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
    } catch (OrtException e) {
      throw new InferenceException("cannot prepare runs: " + e.getMessage(), e);
    }
  }

  /** Options for the run that {@link #stop} stops; valid until {@link #close}. */
  RunOptions options() {
    return options;
  }

  /** Begins another run, which no earlier {@link #stop} concerns; returns its number. */
  synchronized long begin() {
    terminate(false);
    return ++run;
  }

  /** Makes a run fail soon, if it is still the last that was begun. */
  synchronized void stop(long number) {
    if (number == run) {
      terminate(true);
    }
  }

  private void terminate(boolean value) {
    if (closed || stopped == value) {
      return;
    }
    try {
      options.setTerminate(value);
      stopped = value;
    } catch (OrtException e) {
      throw new InferenceException("cannot stop a run: " + e.getMessage(), e);
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      options.close();
    }
  }
}
