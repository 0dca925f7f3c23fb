package io.deweather;

/**
 * Lifts JavaCPP's own limit on memory. It refuses allocations once the process is larger than a few
 * times the Java heap; here almost all memory is native on purpose, and {@link
 * OnnxRestorer.Builder#memoryLimit} is what bounds it.
 *
 * <p>JavaCPP reads its setting once, when its {@code Pointer} is first used: every entry of this
 * library that leads there calls {@link #lift} before. Thread-safe.
 */
public final class NativeMemory {
  private static final String LIMIT = "org.bytedeco.javacpp.maxPhysicalBytes";

  private NativeMemory() {}

  /** Has no effect if the program has set a limit itself, or has used JavaCPP already. */
  public static void lift() {
    if (System.getProperty(LIMIT) == null) {
      System.setProperty(LIMIT, "0");
    }
  }
}
