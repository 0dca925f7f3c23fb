package io.deweather;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;

/**
 * The bundle in the test resources: two convolutions on 2x2 blocks, random weights, three weathers
 * whose masks differ. Its copies may be damaged.
 */
final class GoldenBundle {
  private static final JsonMapper JSON = new JsonMapper();

  private GoldenBundle() {}

  static Path path() {
    try {
      return Path.of(GoldenBundle.class.getResource("/golden").toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static Path copyTo(Path folder) {
    try (var files = Files.list(path())) {
      Files.createDirectories(folder);
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName().toString()));
      }
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A copy whose graphs take any number of frames. */
  static Path ofBatches(Path folder) {
    copyTo(folder);
    for (String graph : List.of("rain.onnx", "raindrop.onnx", "snow.onnx")) {
      // The first dimension of input and output, before the height: the number 1, then a name of no
      // letters.
      String height = "\n\u0003\u0012\u0001H";
      String one = "\n\u0002\b\u0001" + height;
      replace(folder, graph, withText(folder, graph, one, "\n\u0002\u0012\u0000" + height));
    }
    return folder;
  }

  static void editManifest(Path folder, Consumer<ObjectNode> edit) {
    try {
      Path file = folder.resolve(BundleManifest.FILE_NAME);
      ObjectNode tree = (ObjectNode) JSON.readTree(file.toFile());
      edit.accept(tree);
      JSON.writeValue(file.toFile(), tree);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Replaces a file's contents, and size and hash in the manifest with it. */
  static void replace(Path folder, String name, byte[] contents) {
    try {
      Files.write(folder.resolve(name), contents);
      String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(contents));
      editManifest(
          folder,
          tree ->
              tree.withObject("files")
                  .putObject(name)
                  .put("bytes", contents.length)
                  .put("sha256", hash));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A file of the bundle with every occurrence of a text replaced by one of the same length. */
  static byte[] withText(Path folder, String name, String old, String replacement) {
    try {
      String text = Files.readString(folder.resolve(name), StandardCharsets.ISO_8859_1);
      if (old.length() != replacement.length() || !text.contains(old)) {
        throw new IllegalArgumentException(old + " for " + replacement + " in " + name);
      }
      return text.replace(old, replacement).getBytes(StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
