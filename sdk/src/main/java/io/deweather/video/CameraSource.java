package io.deweather.video;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.opencv.core.CvException;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.videoio.VideoCapture;
import org.opencv.videoio.Videoio;

/** A camera, through OpenCV. Frames are stamped with the time of their arrival. */
final class CameraSource implements FrameSource {
  private final int number;
  private final VideoCapture capture;
  private final StreamInfo info;
  private final Object lock = new Object();
  private volatile boolean closed;
  private long index;
  private long startNanos;
  private long lastMicros = -1;

  static CameraSource open(int number) {
    boolean linux = System.getProperty("os.name").startsWith("Linux");
    Path device = Path.of("/dev/video" + number);
    // OpenCV would print a warning of its own.
    if (linux && Files.notExists(device)) {
      throw new MediaException("there is no camera " + number + " (" + device + ")");
    }
    VideoCapture capture = new VideoCapture();
    try {
      if (capture.open(number, linux ? Videoio.CAP_V4L2 : Videoio.CAP_ANY)) {
        return new CameraSource(number, capture);
      }
    } catch (CvException e) {
      throw new MediaException("cannot open camera " + number + ": " + e.getMessage(), e);
    }
    throw new MediaException("cannot open camera " + number);
  }

  private CameraSource(int number, VideoCapture capture) {
    this.number = number;
    this.capture = capture;
    this.info =
        new StreamInfo(
            (int) capture.get(Videoio.CAP_PROP_FRAME_WIDTH),
            (int) capture.get(Videoio.CAP_PROP_FRAME_HEIGHT),
            Math.max(0, capture.get(Videoio.CAP_PROP_FPS)),
            -1,
            true);
  }

  @Override
  public StreamInfo info() {
    return info;
  }

  @Override
  public Optional<FrameStamp> read(Mat target) {
    synchronized (lock) {
      if (closed) {
        throw new IllegalStateException("camera " + number + " is closed");
      }
      if (!capture.read(target) || target.empty()) {
        throw new MediaException(
            "camera %d gives no more frames; %d came".formatted(number, index));
      }
      if (target.type() != CvType.CV_8UC3) {
        throw new MediaException(
            "camera %d gives frames of type %s, not CV_8UC3"
                .formatted(number, CvType.typeToString(target.type())));
      }
      long now = System.nanoTime();
      if (index == 0) {
        startNanos = now;
      }
      lastMicros = Math.max(lastMicros + 1, (now - startNanos) / 1_000);
      return Optional.of(new FrameStamp(index++, lastMicros));
    }
  }

  @Override
  public void close() {
    closed = true;
    synchronized (lock) {
      capture.release();
    }
  }
}
