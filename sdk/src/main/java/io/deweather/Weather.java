package io.deweather;

import java.util.regex.Pattern;

/**
 * A kind of weather, by id. Deliberately not an enum: a bundle may bring {@code haze}, {@code
 * night} or any other id of its own; {@link Bundle#weathers()} lists what a bundle knows.
 *
 * @param id lower-case letters, digits, {@code _} and {@code -}, beginning with a letter; at most
 *     32 characters
 */
public record Weather(String id) {
  private static final Pattern ID = Pattern.compile("[a-z][a-z0-9_-]{0,31}");

  /** Nothing to remove: frames pass through untouched. */
  public static final Weather CLEAR = new Weather("clear");

  /** Streaks in the air, and the veil that distant rain adds up to. */
  public static final Weather RAIN = new Weather("rain");

  /** Drops on the lens or the windscreen. */
  public static final Weather RAINDROP = new Weather("raindrop");

  /** Flakes in the air, and their veil. */
  public static final Weather SNOW = new Weather("snow");

  /**
   * Checks the id.
   *
   * @throws IllegalArgumentException if the id is not of the form above
   */
  public Weather {
    if (id == null || !ID.matcher(id).matches()) {
      throw new IllegalArgumentException("weather id (" + id + ") must match " + ID.pattern());
    }
  }

  /** Returns the id. */
  @Override
  public String toString() {
    return id;
  }
}
