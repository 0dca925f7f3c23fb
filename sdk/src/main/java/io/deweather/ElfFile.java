package io.deweather;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The libraries that a Linux library links, read from its dynamic section. The loader names only
 * the first that it does not find; this is how all of them are found at once. 64-bit little-endian
 * files, which is what every machine with a GPU has.
 */
final class ElfFile {
  private static final int MAGIC = 0x464c457f;
  private static final int LOAD = 1;
  private static final int DYNAMIC = 2;
  private static final long END = 0;
  private static final long NEEDED = 1;
  private static final long STRING_TABLE = 5;
  private static final int MOST_BYTES = 1 << 20;

  // Not a channel: it would be closed under a thread that is interrupted.
  private final RandomAccessFile file;
  private final List<Segment> segments = new ArrayList<>();

  private ElfFile(RandomAccessFile file) {
    this.file = file;
  }

  private record Segment(int type, long offset, long address, long bytes) {}

  /**
   * Returns the names of the libraries, in the order in which the loader takes them.
   *
   * @throws IOException if the file cannot be read or is of another kind
   */
  static List<String> neededBy(Path library) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(library.toFile(), "r")) {
      ElfFile elf = new ElfFile(file);
      elf.readSegments();
      return elf.needed();
    } catch (EOFException | IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new IOException(library + " is no 64-bit ELF library, or is cut short", e);
    }
  }

  private void readSegments() throws IOException {
    ByteBuffer header = read(0, 64);
    if (header.getInt(0) != MAGIC || header.get(4) != 2 || header.get(5) != 1) {
      throw new IllegalArgumentException("magic");
    }
    long offset = header.getLong(32);
    int bytes = header.getShort(54) & 0xffff;
    int count = header.getShort(56) & 0xffff;
    ByteBuffer table = read(offset, Math.multiplyExact(bytes, count));
    for (int i = 0; i < count; i++) {
      int at = i * bytes;
      segments.add(
          new Segment(
              table.getInt(at),
              table.getLong(at + 8),
              table.getLong(at + 16),
              table.getLong(at + 32)));
    }
  }

  private List<String> needed() throws IOException {
    Segment dynamic = null;
    for (Segment segment : segments) {
      dynamic = segment.type() == DYNAMIC ? segment : dynamic;
    }
    if (dynamic == null) {
      return List.of();
    }
    ByteBuffer entries = read(dynamic.offset(), Math.toIntExact(dynamic.bytes()));
    List<Long> names = new ArrayList<>();
    long strings = -1;
    while (entries.remaining() >= 16) {
      long tag = entries.getLong();
      long value = entries.getLong();
      if (tag == END) {
        break;
      }
      if (tag == NEEDED) {
        names.add(value);
      } else if (tag == STRING_TABLE) {
        strings = offsetOf(value);
      }
    }
    List<String> libraries = new ArrayList<>();
    for (long name : names) {
      libraries.add(string(strings + name));
    }
    return libraries;
  }

  private long offsetOf(long address) {
    for (Segment segment : segments) {
      long within = address - segment.address();
      if (segment.type() == LOAD && within >= 0 && within < segment.bytes()) {
        return segment.offset() + within;
      }
    }
    throw new IllegalArgumentException("address");
  }

  private String string(long offset) throws IOException {
    long rest = Math.min(256, file.length() - offset);
    ByteBuffer bytes = read(offset, Math.toIntExact(Math.max(0, rest)));
    int length = 0;
    while (bytes.get(length) != 0) {
      length++;
      if (length == bytes.limit()) {
        throw new IllegalArgumentException("string");
      }
    }
    return new String(bytes.array(), 0, length, StandardCharsets.US_ASCII);
  }

  private ByteBuffer read(long offset, int bytes) throws IOException {
    if (offset < 0 || bytes < 0 || bytes > MOST_BYTES) {
      throw new IllegalArgumentException("offset");
    }
    byte[] array = new byte[bytes];
    file.seek(offset);
    file.readFully(array);
    return ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN);
  }
}
