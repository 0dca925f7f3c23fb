package io.deweather;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a GPU is used through TensorRT.
 *
 * @param fp16 whether engines may compute in half precision where that is faster
 * @param int8 whether engines may compute in integers; what may, the bundle says, which has to be
 *     one of precision {@code int8}. Such a bundle turns it on by itself
 * @param cache where engines and measurements are kept, in a folder of their own for each GPU,
 *     driver, library version, bundle and set of sizes, so that none is ever used where it does not
 *     belong. Null for {@code deweather/tensorrt} in the user's cache folder
 * @param sizes what frame sizes engines are built for, at least one. An engine restores frames of
 *     every width from the smallest to the largest of these, and every height, and is at its best
 *     with the largest: one size alone gives the fastest engine for it. Frames of other sizes are
 *     refused
 * @param batch the most frames that an engine restores in one run, at least 1; it is at its best
 *     with as many
 * @param cudaGraph whether a frame's kernels are recorded once and replayed. ONNX Runtime replays
 *     them on the addresses that it recorded, and its Java API cannot hold those fixed: off, unless
 *     the GPU self-check in samples/ finds the pictures right with it
 */
public record TensorRtOptions(
    boolean fp16, boolean int8, Path cache, List<Size> sizes, int batch, boolean cudaGraph) {

  /** Half precision, frames from 640x360 to 1920x1080, one in a run. */
  public static final TensorRtOptions DEFAULT =
      new TensorRtOptions(
          true,
          false,
          null,
          List.of(new Size(640, 360), new Size(1280, 720), new Size(1920, 1080)),
          1,
          false);

  /**
   * Checks that there is a size and a frame.
   *
   * @throws IllegalArgumentException if there is none
   */
  public TensorRtOptions {
    sizes = List.copyOf(sizes);
    if (sizes.isEmpty()) {
      throw new IllegalArgumentException("sizes must have at least one size, such as 1280x720");
    }
    if (batch < 1) {
      throw new IllegalArgumentException("batch (" + batch + ") must be at least 1");
    }
  }

  /** These options with or without {@link #fp16()}. */
  public TensorRtOptions withFp16(boolean allowed) {
    return new TensorRtOptions(allowed, int8, cache, sizes, batch, cudaGraph);
  }

  /** These options with or without {@link #int8()}. */
  public TensorRtOptions withInt8(boolean allowed) {
    return new TensorRtOptions(fp16, allowed, cache, sizes, batch, cudaGraph);
  }

  /** These options with another {@link #cache()}. */
  public TensorRtOptions withCache(Path folder) {
    return new TensorRtOptions(fp16, int8, Objects.requireNonNull(folder), sizes, batch, cudaGraph);
  }

  /** These options with other {@link #sizes()}. */
  public TensorRtOptions withSizes(Size... sizes) {
    return new TensorRtOptions(fp16, int8, cache, List.of(sizes), batch, cudaGraph);
  }

  /** These options with another {@link #batch()}. */
  public TensorRtOptions withBatch(int frames) {
    return new TensorRtOptions(fp16, int8, cache, sizes, frames, cudaGraph);
  }

  /** Width and height of the smallest frames. */
  Size smallest() {
    return new Size(
        sizes.stream().mapToInt(Size::width).min().orElseThrow(),
        sizes.stream().mapToInt(Size::height).min().orElseThrow());
  }

  /** Width and height of the largest frames. */
  Size largest() {
    return new Size(
        sizes.stream().mapToInt(Size::width).max().orElseThrow(),
        sizes.stream().mapToInt(Size::height).max().orElseThrow());
  }

  /** These options with or without {@link #cudaGraph()}. */
  public TensorRtOptions withCudaGraph(boolean replayed) {
    return new TensorRtOptions(fp16, int8, cache, sizes, batch, replayed);
  }

  /**
   * A frame size in pixels.
   *
   * @param width from 16
   * @param height from 16
   */
  public record Size(int width, int height) {
    private static final Pattern TEXT = Pattern.compile("(\\d{2,5})x(\\d{2,5})");

    /**
     * Checks against the frame contract.
     *
     * @throws IllegalArgumentException if a side is below 16
     */
    public Size {
      int least = BundleManifest.FrameContract.BGR_UINT8.minimumSize();
      if (width < least || height < least) {
        throw new IllegalArgumentException(
            "size (%dx%d) must be at least %dx%d".formatted(width, height, least, least));
      }
    }

    /**
     * Reads a size such as {@code 1280x720}.
     *
     * @throws IllegalArgumentException if it is no size, or too small a one
     */
    public static Size parse(String text) {
      Matcher matcher = TEXT.matcher(text);
      if (!matcher.matches()) {
        throw new IllegalArgumentException("size (" + text + ") must be WIDTHxHEIGHT, as 1280x720");
      }
      return new Size(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }

    /** Returns {@code WIDTHxHEIGHT}. */
    @Override
    public String toString() {
      return width + "x" + height;
    }
  }
}
