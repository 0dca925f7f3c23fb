/**
 * {@code deweather experiment}: whether the masks help, at equal budgets from one joint start.
 * Start reading at {@link io.deweather.samples.experiment.Experiment}.
 */
package io.deweather.samples.experiment;
