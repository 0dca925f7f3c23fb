package io.deweather.video;

import static org.bytedeco.ffmpeg.global.avformat.AVSEEK_FORCE;
import static org.bytedeco.ffmpeg.global.avformat.AVSEEK_SIZE;
import static org.bytedeco.ffmpeg.global.avformat.avio_alloc_context;
import static org.bytedeco.ffmpeg.global.avformat.avio_context_free;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EIO;
import static org.bytedeco.ffmpeg.global.avutil.av_free;
import static org.bytedeco.ffmpeg.global.avutil.av_malloc;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.Read_packet_Pointer_BytePointer_int;
import org.bytedeco.ffmpeg.avformat.Seek_Pointer_long_int;
import org.bytedeco.ffmpeg.avformat.Write_packet_Pointer_BytePointer_int;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * A pending file as FFmpeg's output, with a reserve against a full disk: {@value #RESERVE_BYTES}
 * bytes are set aside in a file without a name and given back when a write fails, so that there is
 * room for what was in flight and for the container's index, and what is there can be finished.
 */
final class FileOutput implements AutoCloseable {
  private static final int RESERVE_BYTES = 8 << 20;
  private static final int BUFFER_BYTES = 256 << 10;
  private static final CallbackHandles<FileOutput> OPEN = new CallbackHandles<>();

  private static final Write_packet_Pointer_BytePointer_int WRITE =
      new Write_packet_Pointer_BytePointer_int() {
        @Override
        public int call(Pointer handle, BytePointer bytes, int size) {
          return OPEN.find(handle).write(bytes, size);
        }
      };

  private static final Seek_Pointer_long_int SEEK =
      new Seek_Pointer_long_int() {
        @Override
        public long call(Pointer handle, long offset, int whence) {
          return OPEN.find(handle).seek(offset, whence);
        }
      };

  private final PendingFile file;
  private final Pointer handle;
  private final AVIOContext context;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private final Path reservePlace;
  // Not a channel, which would be closed under a thread that is interrupted.
  private RandomAccessFile reserve;
  private IOException failure;
  private boolean closed;

  /**
   * Begins a file; see {@link PendingFile#create}.
   *
   * @throws MediaException also if there is no room for the reserve
   */
  static FileOutput create(Path target) {
    PendingFile file = PendingFile.create(target);
    try {
      return new FileOutput(file);
    } catch (IOException e) {
      file.close();
      throw file.failure(e);
    } catch (RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  private FileOutput(PendingFile file) throws IOException {
    this.file = file;
    this.reservePlace = file.part().resolveSibling(file.part().getFileName() + ".reserve");
    this.reserve = setAside(reservePlace);
    this.handle = OPEN.register(this);
    this.context =
        avio_alloc_context(
            new BytePointer(av_malloc(BUFFER_BYTES)),
            BUFFER_BYTES,
            1,
            handle,
            (Read_packet_Pointer_BytePointer_int) null,
            WRITE,
            SEEK);
  }

  AVIOContext context() {
    return context;
  }

  PendingFile file() {
    return file;
  }

  /** The first write that failed, even if it succeeded on the reserve; null if none has. */
  IOException failure() {
    return failure;
  }

  /** Releases everything but the pending file. Idempotent. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      OPEN.release(handle);
      av_free(context.buffer());
      avio_context_free(context);
      giveBackReserve();
    }
  }

  private int write(BytePointer bytes, int size) {
    bytes.get(buffer, 0, size);
    RandomAccessFile content = file.content();
    try {
      long position = content.getFilePointer();
      try {
        content.write(buffer, 0, size);
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        }
        if (!giveBackReserve()) {
          return AVERROR_EIO();
        }
        content.seek(position); // how much of it was written is not told
        content.write(buffer, 0, size);
      }
      return size;
    } catch (IOException e) {
      return AVERROR_EIO();
    }
  }

  private long seek(long offset, int whence) {
    RandomAccessFile content = file.content();
    try {
      switch (whence & ~AVSEEK_FORCE) {
        case AVSEEK_SIZE:
          return content.length();
        case 0:
          content.seek(offset);
          break;
        case 1:
          content.seek(content.getFilePointer() + offset);
          break;
        case 2:
          content.seek(content.length() + offset);
          break;
        default:
          return AVERROR_EIO();
      }
      return content.getFilePointer();
    } catch (IOException e) {
      return AVERROR_EIO();
    }
  }

  /** Random bytes: zeros would take no room on a file system that compresses. */
  private static RandomAccessFile setAside(Path name) throws IOException {
    RandomAccessFile file = new RandomAccessFile(name.toFile(), "rw");
    try {
      if (!System.getProperty("os.name").startsWith("Windows")) { // there it goes when closed
        Files.delete(name);
      }
      byte[] block = new byte[1 << 20];
      new Random(1).nextBytes(block);
      for (int written = 0; written < RESERVE_BYTES; written += block.length) {
        file.write(block);
      }
      return file;
    } catch (IOException e) {
      file.close();
      Files.deleteIfExists(name);
      throw e;
    }
  }

  private boolean giveBackReserve() {
    if (reserve == null) {
      return false;
    }
    try {
      reserve.close();
      Files.deleteIfExists(reservePlace);
      return true;
    } catch (IOException e) {
      return false;
    } finally {
      reserve = null;
    }
  }
}
