package io.deweather;

import io.deweather.VehicleSignals.Reading;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What the vehicle's signals, as they age, say about each state of a {@link ForwardFilter}; see
 * {@link VehicleSignals} for the numbers. Not thread-safe.
 */
final class SignalEvidence {
  /** What a change must be in a state's evidence to be an event rather than drift. */
  private static final double EVENT = 0.9;

  private static final double STANDING = 3;

  /** Counts for nothing, and leaves room for ageing further. */
  private static final long OLDEST = Long.MAX_VALUE / 4;

  private final int[] states;
  private final int wet;
  private final int rain;
  private final int snow;
  private Kept wiper;
  private Kept rainSensor;
  private Kept temperature;
  private Kept speed;

  SignalEvidence(List<String> weathers, int[] states) {
    this.states = states;
    rain = bit(weathers, Weather.RAIN);
    snow = bit(weathers, Weather.SNOW);
    wet = rain | bit(weathers, Weather.RAINDROP);
  }

  private static int bit(List<String> weathers, Weather weather) {
    int index = weathers.indexOf(weather.id());
    return index < 0 ? 0 : 1 << index;
  }

  /** A value and when, of {@link System#nanoTime()}, it was measured. */
  private record Kept(double value, long since, Duration halfLife) {
    static Kept of(Reading reading, Kept before, long now, Duration halfLife) {
      return reading == null
          ? before
          : new Kept(
              reading.value(),
              now - Math.min(OLDEST, TimeUnit.NANOSECONDS.convert(reading.age())),
              halfLife);
    }

    double freshness(long now) {
      return Math.pow(0.5, (double) Math.max(0, now - since) / halfLife.toNanos());
    }
  }

  /** Takes over what is told; what is not keeps ageing. Returns whether that is an event. */
  boolean enter(VehicleSignals signals, long now) {
    double[] before = at(now);
    wiper = Kept.of(signals.wiper(), wiper, now, VehicleSignals.HALF_LIFE);
    rainSensor = Kept.of(signals.rainSensor(), rainSensor, now, VehicleSignals.HALF_LIFE);
    temperature =
        Kept.of(signals.temperature(), temperature, now, VehicleSignals.TEMPERATURE_HALF_LIFE);
    speed = Kept.of(signals.speed(), speed, now, VehicleSignals.HALF_LIFE);
    double[] after = at(now);
    for (int i = 0; i < after.length; i++) {
      if (Math.abs(after[i] - before[i]) >= EVENT) {
        return true;
      }
    }
    return false;
  }

  /** The log-likelihood of each state. */
  double[] at(long now) {
    double[] evidence = new double[states.length];
    for (int i = 0; i < states.length; i++) {
      evidence[i] = wiper(states[i], now) + rainSensor(states[i], now) + cold(states[i], now);
    }
    return evidence;
  }

  /** What a look of the network counts, in [0.5, 1]. */
  double trust(long now) {
    return speed == null || speed.value >= STANDING ? 1 : 1 - 0.5 * speed.freshness(now);
  }

  private double wiper(int state, long now) {
    if (wiper == null || state == 0) {
      return 0;
    }
    double evidence = wiper.value < 1 ? -1 : Math.min(2, 0.5 + 0.5 * wiper.value);
    return evidence * wiper.freshness(now);
  }

  private double rainSensor(int state, long now) {
    if (rainSensor == null || (state & (wet | snow)) == 0) {
      return 0;
    }
    double evidence = rainSensor.value == 0 ? -1 : 1 + rainSensor.value;
    return ((state & wet) == 0 ? 0.5 : 1) * evidence * rainSensor.freshness(now);
  }

  private double cold(int state, long now) {
    if (temperature == null) {
      return 0;
    }
    double evidence = 0;
    if ((state & snow) != 0) {
      evidence += Math.max(-6, Math.min(0, -1.5 * (temperature.value - 4)));
    }
    if ((state & rain) != 0) {
      evidence += Math.max(-4, Math.min(0, temperature.value + 2));
    }
    return evidence * temperature.freshness(now);
  }
}
