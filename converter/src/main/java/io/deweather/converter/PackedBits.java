package io.deweather.converter;

/**
 * Yes and no of many parameters, eight to a byte: parameter {@code i} is bit {@code i % 8} of byte
 * {@code i / 8}, least significant first; the last byte is filled up with zeros.
 */
final class PackedBits {
  private PackedBits() {}

  /** How many bytes so many bits take. */
  static int bytes(int bits) {
    return (int) ((bits + 7L) / 8);
  }

  static byte[] pack(boolean[] bits) {
    byte[] packed = new byte[bytes(bits.length)];
    for (int i = 0; i < bits.length; i++) {
      if (bits[i]) {
        packed[i >> 3] |= (byte) (1 << (i & 7));
      }
    }
    return packed;
  }

  /**
   * The inverse of {@link #pack}.
   *
   * @param count how many bits were packed
   * @throws IllegalArgumentException if {@code packed} has another length than that many bits take
   */
  static boolean[] unpack(byte[] packed, int count) {
    if (packed.length != bytes(count)) {
      throw new IllegalArgumentException(
          count + " bits take " + bytes(count) + " bytes, not " + packed.length);
    }
    boolean[] bits = new boolean[count];
    for (int i = 0; i < count; i++) {
      bits[i] = (packed[i >> 3] >> (i & 7) & 1) != 0;
    }
    return bits;
  }
}
