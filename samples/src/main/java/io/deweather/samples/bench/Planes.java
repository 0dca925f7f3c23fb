package io.deweather.samples.bench;

import io.deweather.converter.Network;
import io.deweather.converter.Network.ColourOrder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Rect;

/**
 * A frame as networks take it: {@code [1, 3, H, W]} float in [0, 1], padded to the network's
 * multiple. Filled and read by OpenCV, without a Java loop.
 */
final class Planes implements AutoCloseable {
  private final int height;
  private final int width;
  private final ByteBuffer bytes;
  private final List<Mat> planes = new ArrayList<>();
  private final boolean reversed;
  private final Mat padded = new Mat();
  private final Mat floats = new Mat();
  private final Mat levels = new Mat();

  Planes(Network network, int frameWidth, int frameHeight) {
    height = padded(frameHeight, network.multiple());
    width = padded(frameWidth, network.multiple());
    reversed = network.colourOrder() == ColourOrder.RGB;
    int plane = height * width * Float.BYTES;
    bytes = ByteBuffer.allocateDirect(3 * plane).order(ByteOrder.nativeOrder());
    for (int c = 0; c < 3; c++) {
      planes.add(new Mat(height, width, CvType.CV_32FC1, bytes.slice(c * plane, plane)));
    }
  }

  static int padded(int size, int multiple) {
    return (size + multiple - 1) / multiple * multiple;
  }

  int height() {
    return height;
  }

  int width() {
    return width;
  }

  FloatBuffer floats() {
    return bytes.asFloatBuffer();
  }

  /** The same memory as a Mat of four dimensions; the caller releases it. */
  Mat tensor() {
    return new Mat(3 * height, width, CvType.CV_32FC1, bytes)
        .reshape(1, new int[] {1, 3, height, width});
  }

  void fill(Mat frame) {
    Core.copyMakeBorder(
        frame, padded, 0, height - frame.rows(), 0, width - frame.cols(), Core.BORDER_REPLICATE);
    padded.convertTo(floats, CvType.CV_32F, 1 / 255.0);
    for (int c = 0; c < 3; c++) {
      Core.extractChannel(floats, planes.get(reversed ? 2 - c : c), c);
    }
  }

  void read(Mat frame) {
    List<Mat> ordered = reversed ? List.of(planes.get(2), planes.get(1), planes.get(0)) : planes;
    Core.merge(ordered, floats);
    floats.convertTo(levels, CvType.CV_8U, 255);
    Mat part = levels.submat(new Rect(0, 0, frame.cols(), frame.rows()));
    part.copyTo(frame);
    part.release();
  }

  @Override
  public void close() {
    planes.forEach(Mat::release);
    padded.release();
    floats.release();
    levels.release();
  }
}
