package io.deweather;

/**
 * What a bundle may cost to read. A bundle may come from anywhere, so nothing is read or allocated
 * before it is known to stay inside these.
 *
 * @param files how many files the manifest may list, and how many weathers; 256 by default
 * @param totalBytes the size of all of them together; 1 GiB by default. One file has at most 2 GiB
 *     - 1 whatever this says
 * @param graphBytes the size of one graph without its external data; 64 MiB by default
 * @param tensors how many tensors one graph may hold; 100,000 by default
 * @param nesting how deep a graph's control flow may nest; 16 by default
 */
public record BundleLimits(int files, long totalBytes, long graphBytes, int tensors, int nesting) {
  /** The limits that {@link Bundle#open(java.nio.file.Path)} uses. */
  public static final BundleLimits DEFAULT =
      new BundleLimits(256, 1L << 30, 64L << 20, 100_000, 16);

  /**
   * Checks the limits.
   *
   * @throws IllegalArgumentException if one is below 1
   */
  public BundleLimits {
    requirePositive("files", files);
    requirePositive("totalBytes", totalBytes);
    requirePositive("graphBytes", graphBytes);
    requirePositive("tensors", tensors);
    requirePositive("nesting", nesting);
  }

  private static void requirePositive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " (" + value + ") must be at least 1");
    }
  }
}
