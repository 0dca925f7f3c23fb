package io.deweather;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
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
 * @param selector the selector's graph file, or null if the bundle has none
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
    String selector,
    long parameters,
    long macsPer256,
    Map<String, Object> provenance,
    Map<String, Object> quality,
    Map<String, FileEntry> files) {

  /** The schema version that this library writes, and the highest that it reads. */
  public static final int SCHEMA_VERSION = 1;

  /** The manifest's file name inside a bundle. */
  public static final String FILE_NAME = "bundle.json";

  private static final long MAX_BYTES = 1 << 20;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              com.fasterxml.jackson.core.JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(32)
                          .maxDocumentLength(MAX_BYTES)
                          .build())
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  /** Copies the maps, keeping their order. */
  public BundleManifest {
    weathers = ordered(weathers);
    provenance = ordered(provenance);
    quality = ordered(quality);
    files = ordered(files);
  }

  /**
   * What the graphs take and give: {@code frame} and {@code restored}, uint8 [1, H, W, 3] BGR.
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
    Path file = folder.resolve(FILE_NAME);
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new BundleException(
            file + " has " + Files.size(file) + " bytes; a manifest has at most " + MAX_BYTES);
      }
      JsonNode tree = MAPPER.readTree(file.toFile());
      JsonNode version = tree.path("schema_version");
      if (!version.isInt() || version.intValue() < 1) {
        throw new BundleException(file + ": schema_version must be a number from 1, is " + version);
      }
      if (version.intValue() > SCHEMA_VERSION) {
        throw new BundleException(
            "%s is of schema version %d; this Deweather reads up to %d: use a newer Deweather"
                .formatted(file, version.intValue(), SCHEMA_VERSION));
      }
      BundleManifest manifest = MAPPER.treeToValue(tree, BundleManifest.class);
      manifest.requireKeys(file);
      return manifest;
    } catch (NoSuchFileException e) {
      throw new BundleException(folder + " is no bundle: it has no " + FILE_NAME, e);
    } catch (JsonProcessingException e) {
      throw new BundleException(file + " is damaged: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new BundleException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Writes {@code bundle.json} into a folder, replacing any that is there.
   *
   * @throws BundleException if it cannot be written
   */
  public void write(Path folder) {
    Path file = folder.resolve(FILE_NAME);
    try {
      MAPPER.writeValue(file.toFile(), this);
    } catch (IOException e) {
      throw new BundleException("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  private void requireKeys(Path file) {
    require(file, "name", name);
    require(file, "precision", precision);
    require(file, "background", background);
    require(file, "frame_contract", frameContract);
    require(file, "weathers", weathers.isEmpty() ? null : weathers);
    require(file, "files", files.isEmpty() ? null : files);
    if (!frameContract.equals(FrameContract.BGR_UINT8)) {
      throw new BundleException(
          file + ": frame_contract must be " + FrameContract.BGR_UINT8 + ", is " + frameContract);
    }
  }

  private static void require(Path file, String key, Object value) {
    if (value == null) {
      throw new BundleException(file + ": " + key + " is missing");
    }
  }

  private static <V> Map<String, V> ordered(Map<String, V> map) {
    return map == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }
}
