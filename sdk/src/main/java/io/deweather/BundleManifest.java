package io.deweather;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The contents of {@code bundle.json}: what a bundle holds, where it comes from and how each of its
 * files is recognised. Keys are in snake_case.
 *
 * @param schemaVersion the version of this format; this library reads {@value #SCHEMA_VERSION}
 * @param name the bundle's name, for people
 * @param created when it was written, ISO-8601
 * @param license the SPDX id of the licence of the weights
 * @param precision of the weights: {@code fp32}, {@code fp16} or {@code int8}
 * @param background what a view puts where its weather does not see a parameter: {@code zero} or
 *     {@code base}
 * @param frameContract what the graphs take and give
 * @param weathers weather id to graph file, in the order of the visibility bits
 * @param halfPrecision weather id to a second graph file of the same view, which computes in half
 *     precision where the ones of {@code weathers} compute in single, for devices that gain from
 *     it; for every weather or null. A reader that does not know the key loses nothing but speed
 * @param selector what recognises the weather, or null if the bundle has nothing that does
 * @param parameters how many scalar parameters the network has
 * @param macsPer256 multiply-accumulate operations for one 256x256 frame
 * @param provenance where the weights come from, free form
 * @param quality what was measured of them, free form
 * @param files every other file of the bundle, with its size and hash
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record BundleManifest(
    int schemaVersion,
    String name,
    String created,
    String license,
    String precision,
    String background,
    FrameContract frameContract,
    Map<String, String> weathers,
    Map<String, String> halfPrecision,
    SelectorManifest selector,
    long parameters,
    @JsonProperty("macs_per_256") long macsPer256,
    Map<String, Object> provenance,
    Map<String, Object> quality,
    Map<String, FileEntry> files) {

  /** The schema version that this library writes, and the highest that it reads. */
  public static final int SCHEMA_VERSION = 1;

  /** The manifest's file name inside a bundle. */
  public static final String FILE_NAME = "bundle.json";

  /** Copies the maps, keeping their order. */
  public BundleManifest {
    weathers = ordered(weathers);
    halfPrecision = halfPrecision == null ? null : ordered(halfPrecision);
    provenance = ordered(provenance);
    quality = ordered(quality);
    files = ordered(files);
  }

  /**
   * What the graphs take and give: {@code frame} and {@code restored}, uint8 [N, H, W, 3] BGR, N
   * frames of one size; 1 in bundles of earlier versions.
   *
   * @param input the name of the graph's input
   * @param output the name of the graph's output
   * @param type of the elements, {@code uint8}
   * @param layout {@code NHWC}
   * @param colourOrder {@code BGR}
   * @param minimumSize the least height and width, in pixels
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  public record FrameContract(
      String input,
      String output,
      String type,
      String layout,
      String colourOrder,
      int minimumSize) {
    /** The one frame contract of schema version 1. */
    public static final FrameContract BGR_UINT8 =
        new FrameContract("frame", "restored", "uint8", "NHWC", "BGR", 16);
  }

  /**
   * How a file is recognised.
   *
   * @param bytes its size
   * @param sha256 its SHA-256 in lower-case hexadecimal
   */
  public record FileEntry(long bytes, String sha256) {}

  /**
   * Reads {@code bundle.json} of a bundle folder. Only the manifest is looked at; {@link Bundle}
   * checks the files it names.
   *
   * @throws BundleException if there is none, it is no JSON, larger than 1 MiB, lacks a required
   *     key, or is of a newer schema
   */
  public static BundleManifest read(Path folder) {
    return ManifestReader.read(folder);
  }

  /**
   * Writes {@code bundle.json} into a folder, replacing any that is there.
   *
   * @throws BundleException if it cannot be written
   */
  public void write(Path folder) {
    Path file = folder.resolve(FILE_NAME);
    try {
      Writer.MAPPER.writeValue(file.toFile(), this);
    } catch (IOException e) {
      throw new BundleException("cannot write " + file + ": " + FileFailure.reason(e), e);
    }
  }

  private static <V> Map<String, V> ordered(Map<String, V> map) {
    return map == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }

  /** Apart from the record, so that reading does not load what only writing needs. */
  private static final class Writer {
    private static final JsonMapper MAPPER =
        JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
  }
}
