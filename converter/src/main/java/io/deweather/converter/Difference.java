package io.deweather.converter;

/** How far frames are apart, in grey levels. */
final class Difference {
  private int max;
  private long sum;
  private long squares;
  private long count;

  /** Takes two frames' bytes, of the same length. */
  void add(byte[] a, byte[] b) {
    if (a.length != b.length) {
      throw new IllegalArgumentException(
          "frames of " + a.length + " and " + b.length + " bytes cannot be compared");
    }
    for (int i = 0; i < a.length; i++) {
      int difference = Math.abs((a[i] & 0xFF) - (b[i] & 0xFF));
      max = Math.max(max, difference);
      sum += difference;
      squares += (long) difference * difference;
    }
    count += a.length;
  }

  int max() {
    return max;
  }

  /** Peak signal-to-noise ratio in dB; infinite if there is no difference. */
  double psnr() {
    return 10 * Math.log10(255.0 * 255 * count / squares);
  }

  double mean() {
    return count == 0 ? 0 : (double) sum / count;
  }
}
