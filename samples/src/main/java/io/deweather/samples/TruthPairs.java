package io.deweather.samples;

import io.deweather.DeweatherException;
import io.deweather.video.FrameSource;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.opencv.core.Mat;

/**
 * Pictures with weather and the same without, one after the other.
 *
 * @param count how many there are; below 1 if that is not known
 * @param consecutive whether they are the frames of a clip, not pictures by themselves
 * @param reader of the next
 * @param sources what is open
 */
record TruthPairs(long count, boolean consecutive, Reader reader, List<FrameSource> sources)
    implements AutoCloseable {
  /** What gives one pair after the other. */
  @FunctionalInterface
  interface Reader {
    /**
     * Reads the next pair.
     *
     * @return its name; empty after the last
     * @throws DeweatherException if it cannot be read or the sizes differ
     */
    Optional<String> next(Mat picture, Mat truth);
  }

  /** Pictures of two folders. */
  static TruthPairs pictures(List<PicturePairs.Pair> pairs) {
    Iterator<PicturePairs.Pair> left = pairs.iterator();
    Reader reader =
        (picture, truth) -> {
          if (!left.hasNext()) {
            return Optional.empty();
          }
          PicturePairs.Pair pair = left.next();
          pair.read(picture, truth);
          return Optional.of(pair.name());
        };
    return new TruthPairs(pairs.size(), false, reader, List.of());
  }

  /** The frames of two clips in step, named by their number from 0. */
  static TruthPairs clips(Path input, Path truth) {
    FrameSource inputs = FrameSource.open(input);
    FrameSource truths;
    try {
      truths = FrameSource.open(truth);
    } catch (RuntimeException | Error e) {
      inputs.close();
      throw e;
    }
    Reader reader =
        new Reader() {
          private long done;

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
            PicturePairs.requireOneSize(input, picture, truth, clean);
            return Optional.of(Long.toString(done++));
          }
        };
    return new TruthPairs(inputs.info().frames(), true, reader, List.of(inputs, truths));
  }

  @Override
  public void close() {
    sources.forEach(FrameSource::close);
  }
}
