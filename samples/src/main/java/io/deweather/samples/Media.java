package io.deweather.samples;

import io.deweather.video.FrameSink;
import io.deweather.video.FrameSource;
import io.deweather.video.StreamInfo;
import java.io.IOException;
import java.nio.file.Path;
import org.opencv.core.Mat;

final class Media {
  private Media() {}

  static FrameSource source(String input) {
    throw new UnsupportedOperationException();
  }

  static FrameSink sink(String input, Path output, StreamInfo info, boolean sideBySide) {
    throw new UnsupportedOperationException();
  }

  static FrameSink clip(Path file, int rate) {
    throw new UnsupportedOperationException();
  }

  static void requireWritable(String input, Path output) throws IOException {}

  static void write(Mat mat, Path file) {}
}
