package io.deweather.converter;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How a bundle's parameters are stored, and what its graphs compute with. */
public enum Precision {
  /** Four bytes a parameter, single precision everywhere. */
  FP32,

  /**
   * Two bytes a parameter. The graphs of {@code weathers} widen them when they are loaded and
   * compute in single precision, as a CPU likes it; those of {@code half_precision} compute in half
   * precision, for GPUs.
   */
  FP16,

  /**
   * One byte a parameter. The convolutions, and what lies between them, compute in integers; layers
   * that suffer most from it stay in single precision. Needs frames to calibrate on.
   */
  INT8;

  /** The name in {@code bundle.json} and on the command line: {@code fp32}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The precision of that name.
   *
   * @throws IllegalArgumentException listing the names, if it is none
   */
  public static Precision of(String id) {
    return Arrays.stream(values())
        .filter(p -> p.id().equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "precision (%s) must be one of %s"
                        .formatted(
                            id,
                            Arrays.stream(values())
                                .map(Precision::id)
                                .collect(Collectors.joining(", ")))));
  }
}
