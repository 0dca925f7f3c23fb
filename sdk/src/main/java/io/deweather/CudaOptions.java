package io.deweather;

import java.util.Objects;

/**
 * How a GPU is used through CUDA.
 *
 * @param memoryLimit how many bytes of GPU memory all views of a restorer may take together; each
 *     gets an equal share, so that a switch from one to another waits for nothing. 0 sets no limit.
 *     A frame that does not fit fails with an {@link InferenceException}. CUDA and cuDNN themselves
 *     take some hundred MB beside it
 * @param convolutionSearch how cuDNN's convolution algorithms are chosen
 * @param tf32 whether fp32 convolutions may round their factors to 10 bits of mantissa, on GPUs
 *     from Ampere on: several times faster, and far below a grey level
 * @param nhwc whether convolutions run in channels-last layout, which tensor cores like and which
 *     costs transposes at both ends
 */
public record CudaOptions(
    long memoryLimit, ConvolutionSearch convolutionSearch, boolean tf32, boolean nhwc) {

  /** No limit, {@link ConvolutionSearch#EXHAUSTIVE}, TF32, channels first. */
  public static final CudaOptions DEFAULT =
      new CudaOptions(0, ConvolutionSearch.EXHAUSTIVE, true, false);

  /** How cuDNN's convolution algorithms are chosen. */
  public enum ConvolutionSearch {
    /**
     * By running each at the first frame of a size: that frame takes seconds, all others least. For
     * cameras, whose frames are all of one size.
     */
    EXHAUSTIVE,

    /** By cuDNN's estimate: for frames of ever changing sizes. */
    HEURISTIC,

    /** One fixed algorithm: least memory, slowest. */
    DEFAULT
  }

  /**
   * Checks the limit.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public CudaOptions {
    if (memoryLimit < 0) {
      throw new IllegalArgumentException(
          "memoryLimit (" + memoryLimit + ") must be 0 for none, or a number of bytes");
    }
    Objects.requireNonNull(convolutionSearch, "convolutionSearch");
  }

  /** These options with another {@link #memoryLimit()}. */
  public CudaOptions withMemoryLimit(long bytes) {
    return new CudaOptions(bytes, convolutionSearch, tf32, nhwc);
  }

  /** These options with another {@link #convolutionSearch()}. */
  public CudaOptions withConvolutionSearch(ConvolutionSearch search) {
    return new CudaOptions(memoryLimit, search, tf32, nhwc);
  }

  /** These options with or without {@link #tf32()}. */
  public CudaOptions withTf32(boolean allowed) {
    return new CudaOptions(memoryLimit, convolutionSearch, allowed, nhwc);
  }

  /** These options with or without {@link #nhwc()}. */
  public CudaOptions withNhwc(boolean channelsLast) {
    return new CudaOptions(memoryLimit, convolutionSearch, tf32, channelsLast);
  }
}
