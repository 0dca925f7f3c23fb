package io.deweather.converter;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.deweather.SelectorManifest;
import java.util.List;
import java.util.Map;

/**
 * What a bundle holds, for people and programs; as JSON its keys are in snake_case.
 *
 * @param name the bundle's name
 * @param created when it was written, ISO-8601
 * @param license the SPDX id of the weights' licence
 * @param precision of the weights: {@code fp32}, {@code fp16} or {@code int8}
 * @param background {@code zero} or {@code base}
 * @param parameters how many scalar parameters the network has
 * @param macsPer256 multiply-accumulate operations for one 256x256 frame
 * @param weathers in the order of their visibility bits
 * @param commonShare the share of all parameters that every weather sees, in [0, 1]
 * @param selector what recognises the weather; null if nothing does
 * @param selectorBytes the size of its file; 0 if there is none
 * @param selectorWeights how many of its values are stored as {@code int8}, {@code fp16} and {@code
 *     fp32}; empty if there is none
 * @param bytes all files together, {@code bundle.json} included
 * @param weightsRatio {@code bytes} less the selector's, over one copy of the parameters as fp32
 * @param tensors in graph order
 * @param provenance where the weights come from, as the bundle says
 * @param quality what was measured, as the bundle says
 */
@JsonNaming(SnakeCaseStrategy.class)
public record BundleSummary(
    String name,
    String created,
    String license,
    String precision,
    String background,
    long parameters,
    @JsonProperty("macs_per_256") long macsPer256,
    List<WeatherSummary> weathers,
    double commonShare,
    SelectorManifest selector,
    long selectorBytes,
    Map<String, Long> selectorWeights,
    long bytes,
    double weightsRatio,
    List<TensorSummary> tensors,
    Map<String, Object> provenance,
    Map<String, Object> quality) {

  /**
   * One view.
   *
   * @param id of its weather
   * @param file the graph
   * @param bytes of the graph
   * @param specificShare the share of all parameters that this weather sees and not every other
   *     does, in [0, 1]
   */
  @JsonNaming(SnakeCaseStrategy.class)
  public record WeatherSummary(String id, String file, long bytes, double specificShare) {}

  /**
   * One weight array.
   *
   * @param name of the tensor
   * @param shape its dimensions
   * @param parameters how many scalars it has
   * @param commonShare the share of them that every weather sees, in [0, 1]
   * @param specificShare by weather id, the share of them that it sees and not every other does
   */
  @JsonNaming(SnakeCaseStrategy.class)
  public record TensorSummary(
      String name,
      long[] shape,
      long parameters,
      double commonShare,
      Map<String, Double> specificShare) {}
}
