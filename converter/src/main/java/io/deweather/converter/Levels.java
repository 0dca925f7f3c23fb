package io.deweather.converter;

/**
 * How a real number becomes one of 256 levels and back: {@code level = round(x / scale) + zero},
 * kept in [0, 255]; {@code x = (level - zero) * scale}. Zero itself is always a level, because
 * convolutions pad with it.
 *
 * @param scale the distance of two levels; above 0
 * @param zero the level of the number 0, in [0, 255]
 */
record Levels(float scale, int zero) {
  /** The bytes of a frame: level 255 is 1. */
  static final Levels FRAME = new Levels(1 / 255f, 0);

  /** The levels that reach from {@code low}, at most 0, to {@code high}, at least 0. */
  static Levels between(double low, double high) {
    // The smallest scale keeps a value that is always 0 from dividing by zero.
    float scale = (float) Math.max((high - low) / 255, 1e-9);
    int zero = (int) Math.max(0, Math.min(255, Math.rint(-low / scale)));
    return new Levels(scale, zero);
  }

  /** The number that {@code x} becomes. */
  double rounded(double x) {
    double level = Math.rint(x / scale) + zero;
    return (Math.max(0, Math.min(255, level)) - zero) * scale;
  }
}
