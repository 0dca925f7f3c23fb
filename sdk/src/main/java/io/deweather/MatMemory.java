package io.deweather;

import java.nio.ByteBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.opencv.core.Mat;

/** The pixels of a {@code Mat} where they lie. */
final class MatMemory {
  private MatMemory() {}

  /**
   * A direct buffer over the pixels, without a copy. It does not keep the {@code Mat} alive: the
   * caller holds on to it for as long as the buffer is in use.
   *
   * @param mat continuous, of at most 2 GiB - 1
   */
  static ByteBuffer of(Mat mat) {
    return new BytePointer(new Address(mat.dataAddr())).limit(bytes(mat)).asByteBuffer();
  }

  static long bytes(Mat mat) {
    return mat.total() * mat.elemSize();
  }

  /** Whether any byte belongs to both, gaps between rows included. */
  static boolean overlap(Mat a, Mat b) {
    return a.dataAddr() < b.dataAddr() + span(b) && b.dataAddr() < a.dataAddr() + span(a);
  }

  private static long span(Mat mat) {
    return mat.empty() ? 0 : mat.step1(0) * mat.elemSize1() * mat.rows();
  }

  private static final class Address extends Pointer {
    Address(long address) {
      this.address = address;
    }
  }
}
