/**
 * From network and masks to bundle: {@link io.deweather.converter.Network} and {@link
 * io.deweather.converter.Visibility} in, {@link io.deweather.converter.BundleWriter} bakes, {@link
 * io.deweather.converter.BundleVerifier} proves, {@link io.deweather.converter.BundleInspector}
 * tells.
 */
package io.deweather.converter;
