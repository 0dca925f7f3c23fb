package io.deweather;

import java.nio.ByteBuffer;
import java.util.List;
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

  /**
   * The same over frames of one size that lie one after the other, as row ranges of one {@code Mat}
   * do; null if they do not.
   */
  static ByteBuffer of(List<Mat> frames) {
    Mat first = frames.get(0);
    long bytes = bytes(first);
    for (int i = 0; i < frames.size(); i++) {
      Mat frame = frames.get(i);
      if (!frame.isContinuous() || frame.dataAddr() != first.dataAddr() + i * bytes) {
        return null;
      }
    }
    return new BytePointer(new Address(first.dataAddr()))
        .limit(frames.size() * bytes)
        .asByteBuffer();
  }

  static long bytes(Mat mat) {
    return mat.total() * mat.elemSize();
  }

  /** Whether any byte belongs to both, gaps between rows included. */
  static boolean overlap(Mat a, Mat b) {
    return a.dataAddr() < b.dataAddr() + span(b) && b.dataAddr() < a.dataAddr() + span(a);
  }

  /** Whether writing one while the other is read would change pixels that are still to be read. */
  static boolean entangled(Mat a, Mat b) {
    return overlap(a, b) && (a.dataAddr() != b.dataAddr() || a.step1(0) != b.step1(0));
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
