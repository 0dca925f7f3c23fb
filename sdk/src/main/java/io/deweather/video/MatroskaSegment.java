package io.deweather.video;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * The size that a Matroska file announces for itself. FFmpeg reports the end of a file that is cut
 * short as a regular one.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8794">RFC 8794, EBML</a>
 */
final class MatroskaSegment {
  private static final int EBML = 0x1a45dfa3;
  private static final int SEGMENT = 0x18538067;
  private static final int HEAD_BYTES = 4096;
  private static final long UNKNOWN = -1;

  private MatroskaSegment() {}

  /** Whether this is a Matroska file that ends before its segment does. */
  static boolean isCut(Demuxer demuxer) {
    if (demuxer.file().isEmpty() || !demuxer.isFormat("matroska")) {
      return false;
    }
    Path file = demuxer.file().get();
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES);
      while (head.hasRemaining() && channel.read(head) >= 0) {}
      return end(head.flip()) > channel.size();
    } catch (IOException e) {
      return false; // reading it as a clip has told what there is to tell
    }
  }

  /** Where the segment ends, counted from the start of the file; {@value #UNKNOWN} if not told. */
  static long end(ByteBuffer head) {
    if (head.remaining() < 5 || head.getInt() != EBML) {
      return UNKNOWN;
    }
    long headerSize = size(head);
    if (headerSize < 0 || headerSize > head.remaining() - 5) {
      return UNKNOWN;
    }
    head.position(head.position() + (int) headerSize);
    if (head.getInt() != SEGMENT) {
      return UNKNOWN;
    }
    long segmentSize = size(head);
    return segmentSize < 0 ? UNKNOWN : head.position() + segmentSize;
  }

  /** An element's size: the number of leading zero bits of its first byte tells its length. */
  private static long size(ByteBuffer head) {
    int first = head.get() & 0xff;
    int more = Integer.numberOfLeadingZeros(first) - 24;
    if (more > 7 || more > head.remaining()) {
      return UNKNOWN;
    }
    long size = first & (0x7f >> more);
    boolean allOnes = size == (0x7f >> more);
    for (int i = 0; i < more; i++) {
      int next = head.get() & 0xff;
      allOnes &= next == 0xff;
      size = size << 8 | next;
    }
    return allOnes ? UNKNOWN : size;
  }
}
