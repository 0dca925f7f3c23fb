package io.deweather;

import java.nio.charset.StandardCharsets;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps ONNX Runtime from reporting to its maker. From 1.29 on its official builds for Linux and
 * macOS do so unless told otherwise: an identifier of the device and a database of events in the
 * user's cache folder, events of every session, an upload where there is a network.
 *
 * <p>Its Java switch comes too late for the first event and for the files. What it heeds in time is
 * the environment variable {@code ORT_DISABLE_TELEMETRY}, which Java cannot set for its own
 * process; so this writes it into the C library's environment. Processes that are started from Java
 * do not inherit it.
 *
 * <p>Opening a restorer does this. A program that starts ONNX Runtime itself before that, by {@code
 * OrtEnvironment.getEnvironment}, calls {@link #turnOff} first, or is started with the variable
 * set. Where the variable is set already, to whatever value, it stays.
 */
public final class Telemetry {
  private static final Logger LOG = LoggerFactory.getLogger(Telemetry.class);
  private static final String VARIABLE = "ORT_DISABLE_TELEMETRY";
  private static boolean done;

  private Telemetry() {}

  /**
   * Turns ONNX Runtime's telemetry off for this process; without effect once ONNX Runtime has
   * started. From any thread; does nothing the second time.
   */
  public static synchronized void turnOff() {
    if (done || isDecided()) {
      return;
    }
    done = true;
    try {
      Pointer environment = Loader.addressof("environ");
      if (environment == null) {
        LOG.debug("this system's environment cannot be reached; {} is not set", VARIABLE);
      } else {
        append(new LongPointer(environment), VARIABLE + "=1");
      }
    } catch (LinkageError e) {
      LOG.debug("{} is not set", VARIABLE, e);
    }
  }

  /** Whether whoever started this process said what they want. */
  static boolean isDecided() {
    return System.getenv(VARIABLE) != null;
  }

  /**
   * Adds an entry to a copy of the environment, then shows it to the process at once: whoever reads
   * meanwhile reads the old one, which stays. Both live as long as the process.
   */
  private static void append(LongPointer environment, String entry) {
    LongPointer before = new LongPointer(new Place(environment.get(0)));
    int entries = 0;
    while (before.get(entries) != 0) {
      entries++;
    }
    byte[] text = entry.getBytes(StandardCharsets.US_ASCII);
    BytePointer string = new BytePointer(Pointer.malloc(text.length + 1L));
    string.put(text, 0, text.length).put(text.length, (byte) 0);
    LongPointer after = new LongPointer(Pointer.malloc((entries + 2L) * Long.BYTES));
    for (int i = 0; i < entries; i++) {
      after.put(i, before.get(i));
    }
    after.put(entries, string.address()).put(entries + 1L, 0);
    environment.put(0, after.address());
  }

  /** A place in memory that is the C library's. */
  private static final class Place extends Pointer {
    Place(long address) {
      this.address = address;
    }
  }
}
