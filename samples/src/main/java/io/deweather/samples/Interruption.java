package io.deweather.samples;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * Ctrl-C, turned into a request to finish: a command that runs long asks {@link #requested()}
 * between frames, closes its output and returns {@link #exitCode()}. A second Ctrl-C ends the
 * process at once.
 *
 * <p>Why not a shutdown hook: ONNX Runtime has one that closes its environment, and a frame that is
 * still running then takes the JVM down with it. So signals must not start the JVM's shutdown.
 */
final class Interruption {
  private static final int SIGINT = 2;

  private volatile int signal;
  private volatile boolean awaited;

  /**
   * From now on {@link #requested()} is asked often; where the JVM has no signals, does nothing.
   */
  void listen() {
    awaited = true;
    endAtOnce();
  }

  /** From now on a signal ends the process at once, without the JVM's shutdown. */
  void endAtOnce() {
    listen("INT");
    listen("TERM");
    listen("HUP"); // the terminal was closed, or the connection to it broke
  }

  /** Whether the command is to finish. */
  boolean requested() {
    return signal != 0;
  }

  /** What a shell expects of a process that a signal ended: 128 and its number. */
  int exitCode() {
    return 128 + signal;
  }

  /** As Ctrl-C does to a command that listens. */
  void request() {
    signal = SIGINT;
  }

  private void arrived(int number) {
    boolean first = !requested();
    signal = number;
    if (!first || !awaited) {
      Runtime.getRuntime().halt(exitCode());
    }
  }

  /** By reflection, as sun.misc is no API to compile against, though every JDK has it. */
  private void listen(String name) {
    try {
      Class<?> signals = Class.forName("sun.misc.Signal");
      Class<?> handlers = Class.forName("sun.misc.SignalHandler");
      Method number = signals.getMethod("getNumber");
      Method handle = signals.getMethod("handle", signals, handlers);
      Object named = signals.getConstructor(String.class).newInstance(name);
      Object ours =
          Proxy.newProxyInstance(
              getClass().getClassLoader(),
              new Class<?>[] {handlers},
              (proxy, method, arguments) -> {
                arrived((int) number.invoke(arguments[0]));
                return null;
              });
      Object before = handle.invoke(null, named, ours);
      if (before == handlers.getField("SIG_IGN").get(null)) {
        handle.invoke(null, named, before); // a shell's background job is not to be interrupted
      }
    } catch (ReflectiveOperationException e) {
      // This JVM has no such signal: it ends the process as it does anywhere else.
    }
  }
}
