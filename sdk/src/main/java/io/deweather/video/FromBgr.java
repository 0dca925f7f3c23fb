package io.deweather.video;

import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_BGR24;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.swscale.SWS_ACCURATE_RND;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BICUBIC;
import static org.bytedeco.ffmpeg.global.swscale.sws_freeContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_getCoefficients;
import static org.bytedeco.ffmpeg.global.swscale.sws_getContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_scale;
import static org.bytedeco.ffmpeg.global.swscale.sws_setColorspaceDetails;

import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.opencv.core.Mat;

/**
 * Turns BGR Mats into limited-range YUV 4:2:0, straight from the Mat's memory. swscale reads a few
 * bytes past the end of packed rows; so the last rows, behind which there may be nothing, are
 * converted from a copy.
 */
final class FromBgr implements AutoCloseable {
  private static final int ONE = 1 << 16;
  private static final int PADDING = 64;

  private final int height;
  private final int rowBytes;
  private final int lastRows;
  private final BytePointer lastRowsCopy;
  private final SwsContext scaler;
  private final PointerPointer<Pointer> sourceRows = new PointerPointer<>(4);
  private final LongPointer sourceAddress = new LongPointer(sourceRows);
  private final IntPointer sourceStride = new IntPointer(4);
  private final PointerPointer<?> targetRows;
  private final IntPointer targetStride;

  /**
   * Prepares to fill this AVFrame.
   *
   * @param matrix swscale's number for the colour matrix
   */
  FromBgr(AVFrame target, int width, int height, int matrix) {
    this.height = height;
    this.rowBytes = 3 * width;
    this.lastRows = height % 2 == 0 ? 2 : 1; // a slice begins on an even row
    this.lastRowsCopy = new BytePointer((long) rowBytes * lastRows + PADDING);
    targetRows = target.data();
    targetStride = target.linesize();
    for (int i = 0; i < 4; i++) {
      sourceAddress.put(i, 0);
      sourceStride.put(i, 0);
    }
    scaler =
        sws_getContext(
            width,
            height,
            AV_PIX_FMT_BGR24,
            width,
            height,
            AV_PIX_FMT_YUV420P,
            SWS_BICUBIC | SWS_ACCURATE_RND,
            null,
            null,
            (DoublePointer) null);
    IntPointer coefficients = new IntPointer(sws_getCoefficients(matrix));
    sws_setColorspaceDetails(scaler, coefficients, 1, coefficients, 0, 0, ONE, ONE);
  }

  void convert(Mat image) {
    int stride = Math.toIntExact(image.step1());
    int first = height - lastRows;
    if (first > 0) {
      sourceAddress.put(0, image.dataAddr());
      sourceStride.put(0, stride);
      sws_scale(scaler, sourceRows, sourceStride, 0, first, targetRows, targetStride);
    }
    for (int i = 0; i < lastRows; i++) {
      copy(image.dataAddr() + (long) (first + i) * stride, (long) i * rowBytes);
    }
    sourceAddress.put(0, lastRowsCopy.address());
    sourceStride.put(0, rowBytes);
    sws_scale(scaler, sourceRows, sourceStride, first, lastRows, targetRows, targetStride);
  }

  private void copy(long fromAddress, long toOffset) {
    Row from = new Row(fromAddress);
    Row to = new Row(lastRowsCopy.address() + toOffset);
    Pointer.memcpy(to, from, rowBytes);
  }

  @Override
  public void close() {
    sws_freeContext(scaler);
    lastRowsCopy.close();
    sourceRows.close();
    sourceStride.close();
  }

  /** A place in memory that somebody else owns. */
  private static final class Row extends Pointer {
    Row(long address) {
      this.address = address;
    }
  }
}
