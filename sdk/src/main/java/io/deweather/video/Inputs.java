package io.deweather.video;

import io.deweather.OpenCv;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Finds the source that reads an input. */
final class Inputs {
  private static final Pattern URL = Pattern.compile("[a-zA-Z][a-zA-Z0-9+.-]+://.*");
  private static final Pattern CAMERA = Pattern.compile("(/dev/video)?(\\d{1,3})");

  private Inputs() {}

  static FrameSource open(String input, InputOptions options) {
    if (input.isBlank()) {
      throw new MediaException("the input (" + input + ") must name a clip, picture or camera");
    }
    OpenCv.load();
    if (URL.matcher(input).matches()) {
      return new ClipSource(Demuxer.open(input, options.timeout()), options);
    }
    Path path;
    try {
      path = Path.of(input);
    } catch (InvalidPathException e) {
      throw new MediaException("there is no file " + input, e);
    }
    var camera = CAMERA.matcher(input);
    if (camera.matches() && (camera.group(1) != null || Files.notExists(path))) {
      return CameraSource.open(Integer.parseInt(camera.group(2)));
    }
    return open(path, options);
  }

  static FrameSource open(Path path, InputOptions options) {
    OpenCv.load();
    if (Files.isDirectory(path)) {
      return PictureSource.ofFolder(path);
    }
    if (Files.notExists(path) && PictureSequence.isPattern(path)) {
      return PictureSource.ofSequence(path);
    }
    if (PictureFormat.of(path).isPresent()) {
      return PictureSource.ofFile(path);
    }
    return new ClipSource(Demuxer.open(path), options);
  }
}
