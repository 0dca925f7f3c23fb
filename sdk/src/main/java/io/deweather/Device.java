package io.deweather;

import java.util.Objects;

/**
 * What a restorer computes on. A device asked for by name is used or refused with the reason; only
 * {@link #auto()} looks for another. Every device gives the same picture within a grey level or so:
 * sdk/GPU.md says what is needed on each and how to check it.
 */
public sealed interface Device {

  /** The processor's cores. Always there. */
  static Device cpu() {
    return new Cpu();
  }

  /** As {@link #cuda(int, CudaOptions)} with {@link CudaOptions#DEFAULT}. */
  static Device cuda(int id) {
    return cuda(id, CudaOptions.DEFAULT);
  }

  /**
   * An NVIDIA GPU, through ONNX Runtime's CUDA kernels and cuDNN.
   *
   * @param id which GPU, from 0, as CUDA numbers them ({@code CUDA_VISIBLE_DEVICES} counts)
   * @throws IllegalArgumentException if the id is negative
   */
  static Device cuda(int id, CudaOptions options) {
    return new Cuda(id, options);
  }

  /** As {@link #tensorRt(int, TensorRtOptions)} with {@link TensorRtOptions#DEFAULT}. */
  static Device tensorRt(int id) {
    return tensorRt(id, TensorRtOptions.DEFAULT);
  }

  /**
   * An NVIDIA GPU, through engines that TensorRT builds for it: the fastest, for frames of sizes
   * known beforehand. Building takes minutes, once; the engines are kept in {@link
   * TensorRtOptions#cache()}.
   *
   * @param id which GPU, from 0, as CUDA numbers them
   * @throws IllegalArgumentException if the id is negative
   */
  static Device tensorRt(int id, TensorRtOptions options) {
    return new TensorRt(id, options);
  }

  /**
   * The best that works for frames of any size: CUDA on the first GPU, or the CPU. {@link
   * OnnxRestorer#device()} says which it is and why the others are not. TensorRT is taken only by
   * name.
   */
  static Device auto() {
    return new Auto();
  }

  /**
   * Reads a device from its name: {@code auto}, {@code cpu}, {@code cuda}, {@code cuda:1}, {@code
   * tensorrt}, {@code tensorrt:1}, with default options; without a number it is the first GPU.
   *
   * @throws IllegalArgumentException if the name is none of these
   */
  static Device parse(String name) {
    return DeviceNames.parse(name);
  }

  /** {@link #cpu()}. */
  record Cpu() implements Device {
    /** Returns the name that {@link #parse} reads. */
    @Override
    public String toString() {
      return "cpu";
    }
  }

  /**
   * {@link #cuda(int, CudaOptions)}.
   *
   * @param id which GPU, from 0
   * @param options how it is used
   */
  record Cuda(int id, CudaOptions options) implements Device {
    /**
     * Checks the id.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public Cuda {
      DeviceNames.requireId(id);
      Objects.requireNonNull(options, "options");
    }

    /** Returns the name that {@link #parse} reads, without the options. */
    @Override
    public String toString() {
      return "cuda:" + id;
    }
  }

  /**
   * {@link #tensorRt(int, TensorRtOptions)}.
   *
   * @param id which GPU, from 0
   * @param options how it is used
   */
  record TensorRt(int id, TensorRtOptions options) implements Device {
    /**
     * Checks the id.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public TensorRt {
      DeviceNames.requireId(id);
      Objects.requireNonNull(options, "options");
    }

    /** Returns the name that {@link #parse} reads, without the options. */
    @Override
    public String toString() {
      return "tensorrt:" + id;
    }
  }

  /** {@link #auto()}. */
  record Auto() implements Device {
    /** Returns the name that {@link #parse} reads. */
    @Override
    public String toString() {
      return "auto";
    }
  }
}
