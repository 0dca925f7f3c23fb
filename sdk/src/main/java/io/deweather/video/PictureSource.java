package io.deweather.video;

import io.deweather.FileFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.opencv.core.Mat;

/** Pictures as frames: one, a folder of them by name, or a numbered sequence. */
final class PictureSource implements FrameSource {
  private static final long STEP_MICROS = 1_000_000 / PICTURES_PER_SECOND;

  private final List<Path> files;
  private final StreamInfo info;
  private final Mat first = new Mat();
  private int next;
  private boolean closed;

  /** One picture. */
  static PictureSource ofFile(Path file) {
    return new PictureSource(List.of(file));
  }

  /**
   * A folder's pictures, sorted by name; files of other extensions and hidden ones are left out.
   */
  static PictureSource ofFolder(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> pictures =
          files
              .filter(f -> PictureFormat.of(f).isPresent())
              .filter(f -> !f.getFileName().toString().startsWith("."))
              .filter(Files::isRegularFile)
              .sorted()
              .toList();
      if (pictures.isEmpty()) {
        throw new MediaException(
            "the folder %s has no picture (%s)".formatted(folder, PictureFormat.known()));
      }
      return new PictureSource(pictures);
    } catch (IOException e) {
      throw new MediaException("cannot list " + folder + ": " + FileFailure.reason(e), e);
    }
  }

  static PictureSource ofSequence(Path pattern) {
    return new PictureSource(PictureSequence.list(pattern));
  }

  private PictureSource(List<Path> files) {
    this.files = files;
    if (files.size() == 1) { // read right away, so that its size is known
      Pictures.read(files.get(0), first);
    }
    info = new StreamInfo(first.cols(), first.rows(), 0, files.size(), false);
  }

  @Override
  public StreamInfo info() {
    return info;
  }

  @Override
  public synchronized Optional<FrameStamp> read(Mat target) {
    if (closed) {
      throw new IllegalStateException("the pictures are closed");
    }
    if (next == files.size()) {
      return Optional.empty();
    }
    Path file = files.get(next);
    int index = next++; // an unreadable picture is skipped by reading on
    if (first.empty()) {
      Pictures.read(file, target);
    } else {
      first.copyTo(target);
      first.release();
    }
    return Optional.of(
        new FrameStamp(index, index * STEP_MICROS, STEP_MICROS, file.getFileName().toString()));
  }

  @Override
  public synchronized void close() {
    closed = true;
    first.release();
  }
}
