package io.deweather.video;

import io.deweather.FileFailure;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A file that grows as {@code .NAME.part} beside its final place and is moved there when it is
 * complete. It is locked meanwhile: a second writer of the same name is refused, and what a killed
 * one left is written over.
 */
final class PendingFile implements AutoCloseable {
  private final Path target;
  private final Path part;
  // Not a channel for writing: interrupting the thread would close that in the middle of a clip.
  private final RandomAccessFile content;
  private boolean closed;

  /**
   * Begins a file.
   *
   * @throws MediaException naming the file and the reason, if its folder does not exist or may not
   *     be written, or the name is a folder's
   */
  static PendingFile create(Path target) {
    Path place = target.toAbsolutePath();
    try {
      if (Files.isSymbolicLink(place) && Files.exists(place)) {
        place = place.toRealPath();
      }
      if (Files.isDirectory(place)) {
        throw new MediaException("cannot write " + target + ": it is a folder");
      }
      Path folder = place.getParent();
      if (!Files.isDirectory(folder)) {
        throw new MediaException(
            "cannot write %s: the folder %s does not exist".formatted(target, folder));
      }
      Path part = folder.resolve("." + place.getFileName() + ".part");
      RandomAccessFile content = open(part);
      try {
        if (content.getChannel().tryLock() == null) {
          throw busy(target, null);
        }
        content.setLength(0);
        return new PendingFile(place, part, content);
      } catch (OverlappingFileLockException e) {
        content.close();
        throw busy(target, e);
      } catch (IOException | RuntimeException e) {
        content.close();
        throw e;
      }
    } catch (IOException e) {
      throw new MediaException("cannot write " + target + ": " + FileFailure.reason(e), e);
    }
  }

  private PendingFile(Path target, Path part, RandomAccessFile content) {
    this.target = target;
    this.part = part;
    this.content = content;
  }

  /** The file's final place. */
  Path target() {
    return target;
  }

  /** Where it grows. */
  Path part() {
    return part;
  }

  RandomAccessFile content() {
    return content;
  }

  /** Appends bytes. */
  void write(byte[] bytes) {
    try {
      content.write(bytes);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /**
   * Moves the file into its place, over any that is there.
   *
   * @param keep whether it stays where it grew if that is refused, rather than be thrown away
   * @throws MediaException if that is refused
   */
  void commit(boolean keep) {
    if (closed) {
      throw new IllegalStateException(target + " is closed");
    }
    try {
      content.close();
    } catch (IOException e) {
      throw failure(e);
    }
    try {
      move();
      closed = true;
    } catch (IOException e) {
      closed = keep;
      throw keep
          ? new MediaException(
              "cannot write %s: %s; the result is in %s"
                  .formatted(target, FileFailure.reason(e), part),
              e)
          : failure(e);
    }
  }

  private void move() throws IOException {
    try {
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Throws the file away unless it was committed. Idempotent. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      try {
        content.close();
        Files.deleteIfExists(part);
      } catch (IOException e) {
        throw failure(e);
      }
    }
  }

  MediaException failure(IOException e) {
    return new MediaException("cannot write " + target + ": " + FileFailure.reason(e), e);
  }

  private static RandomAccessFile open(Path part) throws IOException {
    try {
      return new RandomAccessFile(part.toFile(), "rw");
    } catch (FileNotFoundException e) {
      // Its message has the reason behind the path, in brackets.
      String message = String.valueOf(e.getMessage());
      int bracket = message.lastIndexOf('(');
      throw new FileSystemException(
          part.toString(),
          null,
          bracket < 0 ? message : message.substring(bracket + 1, message.length() - 1));
    }
  }

  private static MediaException busy(Path target, Exception cause) {
    return new MediaException("cannot write " + target + ": it is being written already", cause);
  }
}
