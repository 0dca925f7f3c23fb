package io.deweather.samples;

import io.deweather.DeweatherException;
import io.deweather.video.FrameSink;
import io.deweather.video.FrameSource;
import io.deweather.video.FrameStamp;
import io.deweather.video.Inputs;
import io.deweather.video.MediaException;
import io.deweather.video.PictureSink;
import io.deweather.video.StreamInfo;
import io.deweather.video.VideoSink;
import io.deweather.video.VideoSinkBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.opencv.core.Mat;

/** Which sink an output needs, by what it is called and what goes in. */
final class Media {
  /** The extensions of the picture formats that are read and written. */
  static final Set<String> PICTURES = Set.of("png", "jpg", "jpeg", "bmp", "webp", "tif", "tiff");

  private static final Set<String> CLIPS = Set.of("mp4", "m4v", "mov", "mkv", "avi", "ts");

  private Media() {}

  /**
   * Checks an output before anything is opened.
   *
   * @throws DeweatherException if it is the input, or would be written over it, or its folder does
   *     not exist
   */
  static void requireWritable(String input, Path output) throws IOException {
    requireOther(input, output);
    Path read = file(input).orElse(null);
    Optional<Path> sequence = sequence(input);
    if (sequence.isPresent()) { // its pictures keep their names
      Path folder = sequence.get().toAbsolutePath().getParent();
      Output.requireOther(folder, output);
      if (Files.isRegularFile(output)
          && PICTURES.contains(extension(output))
          && isIn(folder, output)) {
        throw new DeweatherException(output + " is there beside what is read; name another output");
      }
    } else if (isOfPictures(input) && Files.isRegularFile(read) && Files.isDirectory(output)) {
      Output.requireOther(read, output.resolve(read.getFileName()));
    }
    if (!Files.isDirectory(output)) {
      Output.requireFolderOf(output);
    }
  }

  private static boolean isIn(Path folder, Path file) throws IOException {
    return Files.isDirectory(folder) && Files.isSameFile(folder, file.toAbsolutePath().getParent());
  }

  /**
   * Checks that a result does not overwrite what is read.
   *
   * @throws DeweatherException if it is the input
   */
  static void requireOther(String input, Path result) throws IOException {
    Optional<Path> file = file(input);
    if (file.isPresent()) {
      Output.requireOther(file.get(), result);
    }
  }

  /**
   * Opens the sink for an output; the frames come from {@code input}.
   *
   * @param limit on how many frames will come
   * @param settings more of a clip's settings; not called for pictures
   * @throws UsageException if its name is of no kind that can be written
   */
  static FrameSink sink(
      String input, Path output, StreamInfo info, long limit, Consumer<VideoSinkBuilder> settings) {
    Optional<Path> file = file(input);
    boolean folderIn = file.isPresent() && Files.isDirectory(file.get());
    boolean named = CLIPS.contains(extension(output)) || PICTURES.contains(extension(output));
    if (Files.isDirectory(output) || folderIn && !named) {
      return PictureSink.folder(output);
    }
    if (PICTURES.contains(extension(output))) {
      if (Math.min(limit, info.frames()) > 1) {
        throw new UsageException(
            "%s holds one picture, %s has %d frames: name a folder or a clip, or say --frames 1"
                .formatted(output, Inputs.withoutPassword(input), info.frames()));
      }
      return PictureSink.file(output);
    }
    if (!isClip(output)) {
      throw new UsageException(
          "%s must end as a clip (%s) or a picture (%s), or be a folder that is there"
              .formatted(output, names(CLIPS), names(PICTURES)));
    }
    VideoSinkBuilder clip = VideoSink.builder(output).like(info);
    file.filter(f -> Files.isRegularFile(f) && !PICTURES.contains(extension(f)))
        .ifPresent(clip::tracksFrom);
    settings.accept(clip);
    return clip.open();
  }

  private static String names(Set<String> extensions) {
    return extensions.stream().sorted().map(e -> "." + e).collect(Collectors.joining(", "));
  }

  /**
   * Opens an input; of a folder or sequence pictures that cannot be read or are too small are left
   * out, one by itself fails.
   */
  static FrameSource open(String input, Terminal terminal) {
    FrameSource source = FrameSource.open(input);
    return isOfPictures(input) || sequence(input).isPresent()
        ? new ReadablePictures(source, input, terminal)
        : source;
  }

  /** Whether an input's frames are pictures that have nothing to do with each other. */
  static boolean isOfPictures(String input) {
    return file(input)
        .filter(f -> Files.isDirectory(f) || PICTURES.contains(extension(f)))
        .isPresent();
  }

  /** Opens a clip without sound. */
  static FrameSink clip(Path file, int frameRate) {
    return VideoSink.builder(file).frameRate(frameRate).open();
  }

  /**
   * Reads one picture.
   *
   * @throws MediaException if there is none
   */
  static void read(Path file, Mat target) {
    try (FrameSource source = FrameSource.open(file)) {
      source.read(target).orElseThrow(() -> new MediaException(file + " holds no picture"));
    }
  }

  /** Writes one picture. */
  static void write(Mat picture, Path file) {
    try (PictureSink sink = PictureSink.file(file)) {
      sink.write(picture, new FrameStamp(0, 0));
    }
  }

  /** Whether a file's name is that of a clip. */
  static boolean isClip(Path file) {
    return CLIPS.contains(extension(file));
  }

  /** In lower case, without the dot; empty if there is none. */
  static String extension(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    return dot <= 0 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
  }

  /** The pattern of a numbered sequence; empty for everything else. */
  private static Optional<Path> sequence(String input) {
    return Inputs.file(input)
        .filter(file -> !Files.exists(file) && file.toString().indexOf('%') >= 0);
  }

  /** What the input names on disk; empty for cameras, addresses and numbered sequences. */
  private static Optional<Path> file(String input) {
    return Inputs.file(input).filter(Files::exists);
  }
}
