package io.deweather.video;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file that grows as {@code .NAME.part} beside its final place and is moved there when it is
 * complete. It is locked meanwhile: a second writer of the same name is refused, and what a killed
 * one left is written over.
 */
final class PendingFile implements AutoCloseable {
  private final Path target;
  private final Path part;
  private final FileChannel channel;
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
      FileChannel channel =
          FileChannel.open(
              part, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      try {
        if (channel.tryLock() == null) {
          throw busy(target, null);
        }
        channel.truncate(0);
        return new PendingFile(place, part, channel);
      } catch (OverlappingFileLockException e) {
        channel.close();
        throw busy(target, e);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new MediaException("cannot write " + target + ": " + FileFailure.reason(e), e);
    }
  }

  private PendingFile(Path target, Path part, FileChannel channel) {
    this.target = target;
    this.part = part;
    this.channel = channel;
  }

  /** The file's final place. */
  Path target() {
    return target;
  }

  /** Where it grows. */
  Path part() {
    return part;
  }

  FileChannel channel() {
    return channel;
  }

  /** Appends bytes. */
  void write(byte[] bytes) {
    try {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** Moves the file into its place, over any that is there. */
  void commit() {
    if (closed) {
      throw new IllegalStateException(target + " is closed");
    }
    try {
      channel.close();
      try {
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException e) {
        Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
      }
      closed = true;
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** Throws the file away unless it was committed. Idempotent. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      try {
        channel.close();
        Files.deleteIfExists(part);
      } catch (IOException e) {
        throw failure(e);
      }
    }
  }

  MediaException failure(IOException e) {
    return new MediaException("cannot write " + target + ": " + FileFailure.reason(e), e);
  }

  private static MediaException busy(Path target, Exception cause) {
    return new MediaException("cannot write " + target + ": it is being written already", cause);
  }
}
