package io.deweather;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.deweather.BundleManifest.FileEntry;
import io.deweather.BundleManifest.FrameContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads {@code bundle.json} token by token. Data binding would do it in fewer lines, and adds 0.2 s
 * of class loading to every cold start.
 */
final class ManifestReader {
  private static final long MAX_BYTES = 1 << 20;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(32)
                  .maxDocumentLength(MAX_BYTES)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION) // else it says REDACTED
          .build();

  private final Path file;

  private ManifestReader(Path file) {
    this.file = file;
  }

  static BundleManifest read(Path folder) {
    Path file = folder.resolve(BundleManifest.FILE_NAME);
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new BundleException(folder + " is no bundle: it is no folder");
    }
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new BundleException(
            file + " has " + Files.size(file) + " bytes; a manifest has at most " + MAX_BYTES);
      }
      try (JsonParser parser = JSON.createParser(file.toFile())) {
        parser.nextToken();
        Object tree = value(parser);
        if (parser.nextToken() != null) {
          throw new BundleException(file + " is damaged: something follows its end");
        }
        return new ManifestReader(file).manifest(tree);
      }
    } catch (NoSuchFileException e) {
      throw new BundleException(folder + " is no bundle: it has no " + BundleManifest.FILE_NAME, e);
    } catch (JsonProcessingException e) {
      throw new BundleException(file + " is damaged: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new BundleException("cannot read " + file + ": " + FileFailure.reason(e), e);
    }
  }

  private static Object value(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == null) {
      return null;
    }
    return switch (token) {
      case START_OBJECT -> {
        Map<String, Object> object = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String key = parser.currentName();
          parser.nextToken();
          object.put(key, value(parser));
        }
        yield object;
      }
      case START_ARRAY -> {
        List<Object> array = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          array.add(value(parser));
        }
        yield array;
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getNumberValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      default -> parser.getText();
    };
  }

  private BundleManifest manifest(Object tree) {
    Map<String, Object> top = object("the manifest", tree);
    long version = whole(top, "schema_version");
    if (version < 1) {
      throw new BundleException(file + ": schema_version must be a number from 1, is " + version);
    }
    if (version > BundleManifest.SCHEMA_VERSION) {
      throw new BundleException(
          "%s is of schema version %d; this Deweather reads up to %d: use a newer Deweather"
              .formatted(file, version, BundleManifest.SCHEMA_VERSION));
    }
    Map<String, String> weathers = new LinkedHashMap<>();
    Map<String, Object> graphs = object("weathers", required(top, "weathers"));
    graphs.keySet().forEach(id -> weathers.put(id, text(graphs, id)));
    Map<String, FileEntry> files = new LinkedHashMap<>();
    Map<String, Object> entries = object("files", required(top, "files"));
    entries.forEach((name, entry) -> files.put(name, fileEntry(object(name, entry))));
    if (weathers.isEmpty() || files.isEmpty()) {
      throw new BundleException(file + ": weathers and files must not be empty");
    }
    return new BundleManifest(
        (int) version,
        text(top, "name"),
        optionalText(top, "created"),
        optionalText(top, "license"),
        text(top, "precision"),
        text(top, "background"),
        frameContract(object("frame_contract", required(top, "frame_contract"))),
        weathers,
        halfPrecision(top, weathers),
        selector(top, weathers),
        top.get("parameters") == null ? 0 : whole(top, "parameters"),
        top.get("macs_per_256") == null ? 0 : whole(top, "macs_per_256"),
        optionalObject(top, "provenance"),
        optionalObject(top, "quality"),
        files);
  }

  private Map<String, String> halfPrecision(Map<String, Object> top, Map<String, String> weathers) {
    if (top.get("half_precision") == null) {
      return null;
    }
    Map<String, Object> graphs = object("half_precision", top.get("half_precision"));
    if (!graphs.keySet().equals(weathers.keySet())) {
      throw new BundleException(
          "%s: half_precision must have the weathers %s, has %s"
              .formatted(file, weathers.keySet(), graphs.keySet()));
    }
    Map<String, String> files = new LinkedHashMap<>();
    graphs.keySet().forEach(id -> files.put(id, text(graphs, id)));
    return files;
  }

  private SelectorManifest selector(Map<String, Object> top, Map<String, String> weathers) {
    if (top.get("selector") == null) {
      return null;
    }
    try {
      SelectorManifest selector = new SelectorManifestReader(this).read(top.get("selector"));
      if (!weathers.keySet().containsAll(selector.weathers())) {
        throw new BundleException(
            "%s: the selector's weathers must be among %s, are %s"
                .formatted(file, weathers.keySet(), selector.weathers()));
      }
      return selector;
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new BundleException(file + ": selector: " + e.getMessage(), e);
    }
  }

  private FileEntry fileEntry(Map<String, Object> entry) {
    return new FileEntry(whole(entry, "bytes"), text(entry, "sha256"));
  }

  private FrameContract frameContract(Map<String, Object> contract) {
    FrameContract read =
        new FrameContract(
            text(contract, "input"),
            text(contract, "output"),
            text(contract, "type"),
            text(contract, "layout"),
            text(contract, "colour_order"),
            (int) whole(contract, "minimum_size"));
    if (!read.equals(FrameContract.BGR_UINT8)) {
      throw new BundleException(
          file + ": frame_contract must be " + FrameContract.BGR_UINT8 + ", is " + read);
    }
    return read;
  }

  Object required(Map<String, Object> object, String key) {
    Object value = object.get(key);
    if (value == null) {
      throw new BundleException(file + ": " + key + " is missing");
    }
    return value;
  }

  Map<String, Object> object(String key, Object value) {
    if (!(value instanceof Map<?, ?> map)) {
      throw wrong(key, "an object", value);
    }
    Map<String, Object> object = new LinkedHashMap<>();
    map.forEach((name, member) -> object.put((String) name, member));
    return object;
  }

  Map<String, Object> optionalObject(Map<String, Object> object, String key) {
    return object.get(key) == null ? Map.of() : object(key, object.get(key));
  }

  String text(Map<String, Object> object, String key) {
    Object value = required(object, key);
    if (value instanceof String text) {
      return text;
    }
    throw wrong(key, "a string", value);
  }

  private String optionalText(Map<String, Object> object, String key) {
    return object.get(key) == null ? null : text(object, key);
  }

  long whole(Map<String, Object> object, String key) {
    Object value = required(object, key);
    if (value instanceof Integer || value instanceof Long) {
      return ((Number) value).longValue();
    }
    throw wrong(key, "a whole number", value);
  }

  BundleException wrong(String key, String wanted, Object value) {
    return new BundleException(file + ": " + key + " must be " + wanted + ", is " + value);
  }
}
