package io.deweather.video;

import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_JPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT2020_CL;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT2020_NCL;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT470BG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_FCC;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_SMPTE170M;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_SMPTE240M;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_GBRP;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ411P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ420P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ422P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ440P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ444P;
import static org.bytedeco.ffmpeg.global.swscale.SWS_ACCURATE_RND;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BICUBIC;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BILINEAR;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_BT2020;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_FCC;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_ITU601;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_ITU709;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_SMPTE240M;
import static org.bytedeco.ffmpeg.global.swscale.SWS_FULL_CHR_H_INT;
import static org.bytedeco.ffmpeg.global.swscale.sws_freeContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_getCoefficients;
import static org.bytedeco.ffmpeg.global.swscale.sws_getContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_scale;
import static org.bytedeco.ffmpeg.global.swscale.sws_setColorspaceDetails;

import java.util.List;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;

/**
 * Turns decoded frames into BGR, into a Mat's memory, with the colour matrix and range that the
 * frame is tagged with; untagged frames are BT.709 from 720 lines on, below that BT.601. The result
 * has the size of the first frame: a later one of another size is scaled to it.
 *
 * <p>swscale's flags matter. Without {@code ACCURATE_RND} and {@code FULL_CHR_H_INT} it picks a
 * path that darkens the picture by more than one level of 255 and, where the width is no multiple
 * of 16 and rows are packed, leaves the last columns undone or writes behind the buffer. With them,
 * YUV to BGR and back gives the same luma. And swscale writes planes: into packed pixels the same
 * arithmetic, to the bit, takes it four times as long as planes and weaving them take together.
 */
final class ToBgr implements AutoCloseable {
  private static final int FLAGS = SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT;
  private static final int HD_LINES = 720;
  private static final int ONE = 1 << 16;
  private static final int PLANES = 3;

  /** Where swscale's green, blue and red plane belong in a pixel. */
  private static final int[] BGR_PLACE = {1, 0, 2};

  /** What the rows of planes are a multiple of, so that whole registers fit. */
  private static final int ROW_BYTES = 64;

  private final int width;
  private final int height;
  private final PointerPointer<Pointer> planeRows = new PointerPointer<>(4);
  private final IntPointer planeStride = new IntPointer(4);
  private final Mat memory;
  private final List<Mat> planes;
  private final PointerPointer<?> sourceRows;
  private final IntPointer sourceStride;
  private final AVFrame frame;

  private SwsContext scaler;
  private int scalerWidth;
  private int scalerHeight;
  private int scalerFormat;
  private int scalerMatrix;
  private boolean scalerFullRange;

  /** Prepares for frames that will be decoded, one after the other, into this AVFrame. */
  ToBgr(AVFrame frame, int width, int height) {
    this.frame = frame;
    this.width = width;
    this.height = height;
    sourceRows = frame.data();
    sourceStride = frame.linesize();
    int stride = (width + ROW_BYTES - 1) / ROW_BYTES * ROW_BYTES;
    memory = new Mat(PLANES * height + 1, stride, CvType.CV_8UC1);
    Mat[] inOrder = new Mat[PLANES];
    LongPointer addresses = new LongPointer(planeRows);
    for (int i = 0; i < 4; i++) {
      addresses.put(i, i < PLANES ? memory.dataAddr() + (long) i * height * stride : 0);
      planeStride.put(i, i < PLANES ? stride : 0);
      if (i < PLANES) {
        inOrder[BGR_PLACE[i]] = memory.submat(i * height, (i + 1) * height, 0, width);
      }
    }
    planes = List.of(inOrder);
  }

  /** Converts what the AVFrame holds now. */
  void convert(Mat target) {
    prepare();
    int rows = sws_scale(scaler, sourceRows, sourceStride, 0, scalerHeight, planeRows, planeStride);
    if (rows != height) {
      throw new MediaException(
          "conversion to BGR gave %d rows instead of %d".formatted(rows, height));
    }
    target.create(height, width, CvType.CV_8UC3);
    Core.merge(planes, target);
  }

  /** swscale's number for the matrix of a frame, by its tag or, without one, by its size. */
  static int matrix(int tag, int height) {
    if (tag == AVCOL_SPC_BT709) {
      return SWS_CS_ITU709;
    } else if (tag == AVCOL_SPC_BT470BG || tag == AVCOL_SPC_SMPTE170M) {
      return SWS_CS_ITU601;
    } else if (tag == AVCOL_SPC_SMPTE240M) {
      return SWS_CS_SMPTE240M;
    } else if (tag == AVCOL_SPC_FCC) {
      return SWS_CS_FCC;
    } else if (tag == AVCOL_SPC_BT2020_NCL || tag == AVCOL_SPC_BT2020_CL) {
      return SWS_CS_BT2020;
    }
    return height >= HD_LINES ? SWS_CS_ITU709 : SWS_CS_ITU601;
  }

  @Override
  public void close() {
    sws_freeContext(scaler);
    scaler = null;
    planeRows.close();
    planeStride.close();
    planes.forEach(Mat::release);
    memory.release();
  }

  private void prepare() {
    int w = frame.width();
    int h = frame.height();
    int format = frame.format();
    int matrix = matrix(frame.colorspace(), h);
    boolean full = frame.color_range() == AVCOL_RANGE_JPEG || isFullRange(format);
    if (scaler != null
        && w == scalerWidth
        && h == scalerHeight
        && format == scalerFormat
        && matrix == scalerMatrix
        && full == scalerFullRange) {
      return;
    }
    sws_freeContext(scaler);
    int filter = w == width && h == height ? SWS_BILINEAR : SWS_BICUBIC;
    scaler =
        sws_getContext(
            w,
            h,
            format,
            width,
            height,
            AV_PIX_FMT_GBRP,
            filter | FLAGS,
            null,
            null,
            (DoublePointer) null);
    if (scaler == null || scaler.isNull()) {
      scaler = null;
      throw new MediaException(
          "cannot convert frames of pixel format %d, %dx%d, to BGR".formatted(format, w, h));
    }
    IntPointer coefficients = new IntPointer(sws_getCoefficients(matrix));
    sws_setColorspaceDetails(scaler, coefficients, full ? 1 : 0, coefficients, 1, 0, ONE, ONE);
    scalerWidth = w;
    scalerHeight = h;
    scalerFormat = format;
    scalerMatrix = matrix;
    scalerFullRange = full;
  }

  private static boolean isFullRange(int format) {
    return format == AV_PIX_FMT_YUVJ420P
        || format == AV_PIX_FMT_YUVJ422P
        || format == AV_PIX_FMT_YUVJ444P
        || format == AV_PIX_FMT_YUVJ440P
        || format == AV_PIX_FMT_YUVJ411P;
  }
}
