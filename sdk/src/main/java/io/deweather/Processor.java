package io.deweather;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The CPU, as Linux describes it; elsewhere model and features are unknown.
 *
 * @param model the maker's name; empty if unknown
 * @param processors how many this process may use
 * @param online how many the machine has online; 0 if unknown
 * @param features those of its instruction sets that networks run faster with, under Linux' names:
 *     {@code avx2}, {@code avx512_vnni}, {@code asimddp}, …
 */
public record Processor(String model, int processors, int online, List<String> features) {
  private static final Path CPUINFO = Path.of("/proc/cpuinfo");
  private static final List<String> NOTEWORTHY =
      List.of(
          "avx",
          "f16c",
          "fma",
          "avx2",
          "avx_vnni",
          "avx512f",
          "avx512_vnni",
          "avx512_bf16",
          "avx512_fp16",
          "amx_tile",
          "amx_int8",
          "amx_bf16",
          "asimd",
          "asimdhp",
          "asimddp",
          "i8mm",
          "bf16",
          "sve",
          "sve2");

  /** Copies the list. */
  public Processor {
    features = List.copyOf(features);
  }

  /** Any of these multiplies and sums bytes in one instruction. */
  private static final Set<String> BYTE_PRODUCTS = Set.of("avx_vnni", "avx512_vnni", "amx_int8");

  /**
   * Whether ONNX Runtime's fast sums of byte products are cut off at 16 bits on this CPU, so that
   * integer bundles come out wrong unless it is told to be exact: an x86-64 CPU without VNNI.
   */
  boolean cutsByteProducts() {
    return features.contains("avx2") && features.stream().noneMatch(BYTE_PRODUCTS::contains);
  }

  /** The CPU of this machine. */
  public static Processor here() {
    int processors = Runtime.getRuntime().availableProcessors();
    try {
      return parse(Files.isReadable(CPUINFO) ? Files.readString(CPUINFO) : "", processors);
    } catch (IOException e) {
      return new Processor("", processors, 0, List.of());
    }
  }

  /** Reads {@code /proc/cpuinfo}. */
  static Processor parse(String cpuinfo, int processors) {
    String model = "";
    int online = 0;
    Set<String> flags = new HashSet<>();
    for (String line : cpuinfo.lines().toList()) {
      int colon = line.indexOf(':');
      String key = colon < 0 ? "" : line.substring(0, colon).strip();
      String value = line.substring(colon + 1).strip();
      switch (key) {
        case "processor" -> online++;
        case "model name", "Model" -> model = value;
        case "flags", "Features" -> flags.addAll(Arrays.asList(value.split("\\s+")));
        default -> {
          // Of no interest.
        }
      }
    }
    List<String> features = NOTEWORTHY.stream().filter(flags::contains).toList();
    return new Processor(model, processors, online, features);
  }
}
