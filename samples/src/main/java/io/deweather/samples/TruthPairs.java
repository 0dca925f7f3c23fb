package io.deweather.samples;

import io.deweather.DeweatherException;
import io.deweather.video.FrameSource;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.opencv.core.Mat;

/** Pictures with weather and the same without, one after the other. */
interface TruthPairs extends AutoCloseable {
  /** How many there are; 0 if that is not known. */
  long count();

  /** Whether they are the frames of a clip, not pictures by themselves. */
  boolean consecutive();

  /**
   * Reads the next pair.
   *
   * @return its name; empty after the last
   * @throws DeweatherException if it cannot be read or the sizes differ
   */
  Optional<String> next(Mat picture, Mat truth);

  @Override
  void close();

  /** Pictures of two folders. */
  static TruthPairs pictures(List<PicturePairs.Pair> pairs) {
    Iterator<PicturePairs.Pair> left = pairs.iterator();
    return new TruthPairs() {
      @Override
      public long count() {
        return pairs.size();
      }

      @Override
      public boolean consecutive() {
        return false;
      }

      @Override
      public Optional<String> next(Mat picture, Mat truth) {
        if (!left.hasNext()) {
          return Optional.empty();
        }
        PicturePairs.Pair pair = left.next();
        pair.read(picture, truth);
        return Optional.of(pair.name());
      }

      @Override
      public void close() {}
    };
  }

  /** The frames of two clips in step, named by their number from 0. */
  static TruthPairs clips(Path input, Path truth) {
    return new ClipFrames(input, truth);
  }

  /** See {@link #clips}. */
  final class ClipFrames implements TruthPairs {
    private final Path input;
    private final Path truth;
    private final FrameSource inputs;
    private final FrameSource truths;
    private long done;

    private ClipFrames(Path input, Path truth) {
      this.input = input;
      this.truth = truth;
      inputs = FrameSource.open(input);
      try {
        truths = FrameSource.open(truth);
      } catch (RuntimeException | Error e) {
        inputs.close();
        throw e;
      }
    }

    @Override
    public long count() {
      return inputs.info().frames();
    }

    @Override
    public boolean consecutive() {
      return true;
    }

    @Override
    public Optional<String> next(Mat picture, Mat clean) {
      boolean more = inputs.read(picture).isPresent();
      if (more != truths.read(clean).isPresent()) {
        throw new DeweatherException(
            "%s ends after %d frames and %s does not; they must be of one length"
                .formatted(more ? truth : input, done, more ? input : truth));
      }
      if (!more) {
        return Optional.empty();
      }
      if (!picture.size().equals(clean.size())) {
        throw new DeweatherException(
            "%s is %dx%d and its truth %s is %dx%d; they must be of one size"
                .formatted(
                    input, picture.cols(), picture.rows(), truth, clean.cols(), clean.rows()));
      }
      return Optional.of(Long.toString(done++));
    }

    @Override
    public void close() {
      try (inputs) {
        truths.close();
      }
    }
  }
}
