package io.deweather.video;

import io.deweather.OpenCv;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/** What an input, as a person would name it on a command line, stands for. */
public final class Inputs {
  /** As FFmpeg takes it: whatever follows is the path as it stands. */
  private static final Pattern FILE_URL = Pattern.compile("(?i)file:(//(localhost)?)?(?=/)");

  private static final Pattern URL = Pattern.compile("[a-zA-Z][a-zA-Z0-9+.-]+://.*");
  private static final Pattern CAMERA = Pattern.compile("(/dev/video)?\\d{1,3}");

  private Inputs() {}

  /**
   * The file, folder or numbered sequence that an input of {@link FrameSource#open(String)} names,
   * by its path or a {@code file:} URL; whether it exists is not asked. Empty for cameras, network
   * addresses and what can be no path.
   */
  public static Optional<Path> file(String input) {
    try {
      if (FILE_URL.matcher(input).lookingAt()) {
        return Optional.of(ofUrl(input));
      }
      return URL.matcher(input).matches() || isCamera(input)
          ? Optional.empty()
          : Optional.of(Path.of(input));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** An address, or a text with one in it, as it may be shown: with its password masked. */
  public static String withoutPassword(String address) {
    return address.replaceFirst("://([^/:]*):[^/]*@", "://$1:***@");
  }

  static FrameSource open(String input, InputOptions options) {
    if (input.isBlank()) {
      throw new MediaException("the input (" + input + ") must name a clip, picture or camera");
    }
    OpenCv.load();
    Optional<Path> file = file(input);
    if (file.isPresent()) {
      return open(file.get(), options);
    }
    if (URL.matcher(input).matches()) {
      return new ClipSource(Demuxer.open(input, options.timeout()), options);
    }
    if (isCamera(input)) {
      return CameraSource.open(Integer.parseInt(input.replaceFirst("\\D*", "")));
    }
    throw new MediaException("there is no file " + input);
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

  private static boolean isCamera(String input) {
    var camera = CAMERA.matcher(input);
    return camera.matches() && (camera.group(1) != null || Files.notExists(Path.of(input)));
  }

  private static Path ofUrl(String url) {
    try {
      Path decoded = Path.of(URI.create(url));
      if (Files.exists(decoded)) {
        return decoded;
      }
    } catch (IllegalArgumentException e) {
      // A blank, a percent sign or a host: no URL as the standard has it.
    }
    return Path.of(FILE_URL.matcher(url).replaceFirst(""));
  }
}
