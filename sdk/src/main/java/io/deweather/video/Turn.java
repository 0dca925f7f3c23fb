package io.deweather.video;

import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_DATA_DISPLAYMATRIX;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_side_data_get;

import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacketSideData;
import org.bytedeco.javacpp.IntPointer;
import org.opencv.core.Core;
import org.opencv.core.Mat;

/**
 * How stored frames are turned to stand upright: transposed or not, then mirrored left to right or
 * top to bottom or both or not.
 */
record Turn(boolean transposed, boolean mirroredX, boolean mirroredY) {
  static final Turn NONE = new Turn(false, false, false);

  /**
   * The turn that a stream's display matrix asks for, to the nearest quarter.
   *
   * @see <a href="https://ffmpeg.org/doxygen/trunk/group__lavu__video__display.html">the matrix</a>
   */
  static Turn of(AVCodecParameters parameters) {
    AVPacketSideData data =
        av_packet_side_data_get(
            parameters.coded_side_data(),
            parameters.nb_coded_side_data(),
            AV_PKT_DATA_DISPLAYMATRIX);
    if (data == null || data.isNull() || data.size() < 9 * Integer.BYTES) {
      return NONE;
    }
    IntPointer m = new IntPointer(data.data());
    return of(m.get(0), m.get(1), m.get(3), m.get(4));
  }

  /** The turn for x' = a x + c y, y' = b x + d y. */
  static Turn of(int a, int b, int c, int d) {
    boolean transposed =
        Math.abs((long) b) + Math.abs((long) c) > Math.abs((long) a) + Math.abs((long) d);
    return transposed ? new Turn(true, c < 0, b < 0) : new Turn(false, a < 0, d < 0);
  }

  /** Writes the stored frame upright into another Mat. */
  void apply(Mat stored, Mat upright) {
    if (transposed) {
      Core.transpose(stored, upright);
      if (mirroredX || mirroredY) {
        Core.flip(upright, upright, flipCode());
      }
    } else {
      Core.flip(stored, upright, flipCode());
    }
  }

  private int flipCode() {
    return mirroredX && mirroredY ? -1 : mirroredX ? 1 : 0;
  }
}
