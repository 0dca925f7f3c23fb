package io.deweather;

import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;

/** Frames that differ in every pixel, the same ones for the same seed. */
final class TestFrames {
  private TestFrames() {}

  static Mat noise(int rows, int cols, int seed) {
    OpenCv.load();
    Mat frame = new Mat(rows, cols, CvType.CV_8UC3);
    Core.setRNGSeed(seed);
    Core.randu(frame, 0, 256);
    return frame;
  }

  static byte[] bytes(Mat frame) {
    byte[] bytes = new byte[(int) (frame.total() * frame.elemSize())];
    Mat packed = frame.clone();
    packed.get(0, 0, bytes);
    packed.release();
    return bytes;
  }

  /** The mean absolute difference, in grey levels. */
  static double difference(Mat a, Mat b) {
    return Core.norm(a, b, Core.NORM_L1) / (a.total() * a.channels());
  }
}
