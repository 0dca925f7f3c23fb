package io.deweather.samples;

import io.deweather.video.FrameSource;
import io.deweather.video.FrameStamp;
import io.deweather.video.MediaException;
import io.deweather.video.StreamInfo;
import java.util.Optional;
import org.opencv.core.Mat;

/** The pictures of a folder that can be read; each of the others is named once and left out. */
final class ReadablePictures implements FrameSource {
  private final FrameSource pictures;
  private final String input;
  private final Terminal terminal;
  private volatile int leftOut;

  /** Takes over the source; {@code input} is what a person calls it. */
  ReadablePictures(FrameSource pictures, String input, Terminal terminal) {
    this.pictures = pictures;
    this.input = input;
    this.terminal = terminal;
  }

  @Override
  public StreamInfo info() {
    return pictures.info();
  }

  @Override
  public Optional<FrameStamp> read(Mat target) {
    while (true) {
      try {
        return pictures.read(target);
      } catch (MediaException e) { // the source is at the next one
        leftOut++;
        terminal.note("left out: %s", e.getMessage());
      }
    }
  }

  /**
   * Ends the work on a folder of which not every picture could be read.
   *
   * @throws MediaException if so
   */
  void requireAll() {
    if (leftOut > 0) {
      throw new MediaException(
          "%d of %d pictures of %s cannot be read".formatted(leftOut, info().frames(), input));
    }
  }

  @Override
  public void close() {
    pictures.close();
  }
}
