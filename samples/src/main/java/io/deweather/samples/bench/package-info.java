/**
 * {@code deweather bench}: the runtime beside what else runs the same network, in one run. Start
 * reading at {@link io.deweather.samples.bench.Benchmark}.
 */
package io.deweather.samples.bench;
