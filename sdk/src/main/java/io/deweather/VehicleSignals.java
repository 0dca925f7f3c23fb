package io.deweather;

import java.time.Duration;
import java.util.Objects;

/**
 * What the vehicle knows of the weather. Everything is optional: null stands for "not told". Enters
 * the belief of the bundle's selector as further evidence, in natural log units:
 *
 * <table>
 * <caption>Evidence of fresh signals</caption>
 * <tr><th>signal</th><th>value</th><th>evidence</th></tr>
 * <tr><td>wiper stage</td><td>0; 1; 2; 3 or more</td>
 *     <td>-1; 1; 1.5; 2 for every state but clear</td></tr>
 * <tr><td>rain sensor</td><td>0; x from 0 to 1</td>
 *     <td>-1; 1 + x for states with rain or raindrop, half of that for snow alone</td></tr>
 * <tr><td>temperature</td><td>t above 4 °C</td><td>-1.5 (t - 4), at least -6, for snow</td></tr>
 * <tr><td>temperature</td><td>t below -2 °C</td><td>t + 2, at least -4, for rain</td></tr>
 * <tr><td>speed</td><td>below 3 km/h</td>
 *     <td>a look of the network counts half: standing still, frames repeat each other</td></tr>
 * </table>
 *
 * <p>A signal loses half its evidence in every {@link #HALF_LIFE}, counted from when it was
 * measured; the temperature in every {@link #TEMPERATURE_HALF_LIFE}. Evidence repeats with each
 * look of the network, and is weaker than what the network says where that is sure.
 *
 * @param wiper the stage of the wipers: 0 off, 1 interval or slow, 2 normal, 3 fast
 * @param rainSensor its intensity in [0, 1]; 0 is dry
 * @param temperature outside, in °C
 * @param speed in km/h
 */
public record VehicleSignals(
    Reading wiper, Reading rainSensor, Reading temperature, Reading speed) {
  /** In which wiper, rain sensor and speed lose half of their weight. */
  public static final Duration HALF_LIFE = Duration.ofSeconds(10);

  /** In which the temperature loses half of its weight. */
  public static final Duration TEMPERATURE_HALF_LIFE = Duration.ofMinutes(10);

  /**
   * A value and how old it is at the moment when it is handed over.
   *
   * @param value finite
   * @param age not negative
   */
  public record Reading(double value, Duration age) {
    /**
     * Checks the reading.
     *
     * @throws IllegalArgumentException if the value is not finite or the age negative
     */
    public Reading {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException("value (" + value + ") must be finite");
      }
      if (Objects.requireNonNull(age, "age").isNegative()) {
        throw new IllegalArgumentException("age (" + age + ") must not be negative");
      }
    }
  }

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if one is outside its range
   */
  public VehicleSignals {
    require(wiper, "wiper", 0, 100, "from 0");
    require(rainSensor, "rainSensor", 0, 1, "in [0, 1]");
    require(temperature, "temperature", -100, 100, "in [-100, 100] °C");
    require(speed, "speed", 0, 1000, "in [0, 1000] km/h");
  }

  private static void require(
      Reading reading, String name, double least, double most, String rule) {
    if (reading != null && !(reading.value >= least && reading.value <= most)) {
      throw new IllegalArgumentException(name + " (" + reading.value + ") must be " + rule);
    }
  }

  /** Signals of which none is told yet. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects signals. Not thread-safe. */
  public static final class Builder {
    private Reading wiper;
    private Reading rainSensor;
    private Reading temperature;
    private Reading speed;

    private Builder() {}

    /** The wipers' stage now: 0 off, 1 interval or slow, 2 normal, 3 fast. */
    public Builder wiper(int stage) {
      return wiper(stage, Duration.ZERO);
    }

    /** The wipers' stage some time ago. */
    public Builder wiper(int stage, Duration age) {
      wiper = new Reading(stage, age);
      return this;
    }

    /** The rain sensor's intensity now, in [0, 1]; 0 is dry. */
    public Builder rainSensor(double intensity) {
      return rainSensor(intensity, Duration.ZERO);
    }

    /** The rain sensor's intensity some time ago. */
    public Builder rainSensor(double intensity, Duration age) {
      rainSensor = new Reading(intensity, age);
      return this;
    }

    /** The outside temperature now, in °C. */
    public Builder temperature(double celsius) {
      return temperature(celsius, Duration.ZERO);
    }

    /** The outside temperature some time ago. */
    public Builder temperature(double celsius, Duration age) {
      temperature = new Reading(celsius, age);
      return this;
    }

    /** The speed now, in km/h. */
    public Builder speed(double kilometresPerHour) {
      return speed(kilometresPerHour, Duration.ZERO);
    }

    /** The speed some time ago. */
    public Builder speed(double kilometresPerHour, Duration age) {
      speed = new Reading(kilometresPerHour, age);
      return this;
    }

    /**
     * The signals.
     *
     * @throws IllegalArgumentException if one is outside its range
     */
    public VehicleSignals build() {
      return new VehicleSignals(wiper, rainSensor, temperature, speed);
    }
  }
}
