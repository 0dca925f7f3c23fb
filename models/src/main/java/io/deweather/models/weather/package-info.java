/**
 * Weather for clean photographs: rain, raindrops and snow from physical models under broad
 * randomisation, so that what a restorer learns from them holds on real pictures.
 *
 * <p>Start at {@link io.deweather.models.weather.WeatherSynthesis}: it draws a {@code Framing} (how
 * large the photograph is), a {@code Scene} (tone, night, lamps), lets {@code Rain}, {@code Snow}
 * or {@code LensDrops} on {@code WetGlass} fall into it and passes the result through the {@code
 * Capture}. {@link io.deweather.models.weather.DegradedSet} writes pairs of files.
 */
package io.deweather.models.weather;
