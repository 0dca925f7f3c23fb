package io.deweather.samples;

import io.deweather.BundleManifest.FrameContract;
import io.deweather.video.FrameSource;
import io.deweather.video.FrameStamp;
import io.deweather.video.Inputs;
import io.deweather.video.MediaException;
import io.deweather.video.StreamInfo;
import java.nio.file.Files;
import java.util.Optional;
import org.opencv.core.Mat;

/**
 * The pictures of a folder that can be read and are large enough; each of the others is named once
 * and left out. A single picture is not left out: it fails.
 */
final class ReadablePictures implements FrameSource {
  private static final int LEAST_SIDE = FrameContract.BGR_UINT8.minimumSize();

  private final FrameSource pictures;
  private final String input;
  private final Terminal terminal;
  private final boolean single;
  private volatile int leftOut;

  /** Takes over the source; {@code input} is what a person calls it. */
  ReadablePictures(FrameSource pictures, String input, Terminal terminal) {
    this.pictures = pictures;
    this.input = input;
    this.terminal = terminal;
    single = Inputs.file(input).filter(Files::isRegularFile).isPresent();
  }

  @Override
  public StreamInfo info() {
    return pictures.info();
  }

  @Override
  public Optional<FrameStamp> read(Mat target) {
    while (true) {
      try {
        Optional<FrameStamp> stamp = pictures.read(target);
        if (stamp.isEmpty() || Math.min(target.rows(), target.cols()) >= LEAST_SIDE) {
          return stamp;
        }
        leaveOut(
            new MediaException(
                "%s is %dx%d, must be at least %dx%d"
                    .formatted(
                        single ? input : stamp.get().name(),
                        target.cols(),
                        target.rows(),
                        LEAST_SIDE,
                        LEAST_SIDE)));
      } catch (MediaException e) { // the source is at the next one
        leaveOut(e);
      }
    }
  }

  private void leaveOut(MediaException reason) {
    if (single) {
      throw reason;
    }
    leftOut++;
    terminal.note("left out: %s", reason.getMessage());
  }

  /**
   * Ends the work on a folder of which not every picture was taken.
   *
   * @throws MediaException if so
   */
  void requireAll() {
    if (leftOut > 0) {
      throw new MediaException(
          "%d of %d pictures of %s are left out".formatted(leftOut, info().frames(), input));
    }
  }

  @Override
  public void close() {
    pictures.close();
  }
}
