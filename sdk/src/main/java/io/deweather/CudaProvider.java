package io.deweather;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import java.nio.file.Path;
import java.util.List;

/**
 * CUDA kernels and cuDNN.
 *
 * @param device which GPU, and how it is used
 * @param views how many sessions share its memory
 */
record CudaProvider(Device.Cuda device, int views) implements GpuProvider {
  static final String LIBRARY = "onnxruntime_providers_cuda";

  /** What ONNX Runtime loads when the first convolution needs it. */
  static final String CUDNN = "libcudnn.so.9";

  @Override
  public int gpu() {
    return device.id();
  }

  @Override
  public ProviderLibrary library() {
    return library(device);
  }

  static ProviderLibrary library(Device.Cuda device) {
    return new ProviderLibrary(
        device,
        device.id(),
        OrtProvider.CUDA,
        LIBRARY,
        List.of(CUDNN),
        options -> new CudaProvider(device, 1).addTo(options, null));
  }

  @Override
  public void addTo(SessionOptions options, Path graph) throws OrtException {
    CudaOptions chosen = device.options();
    try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(device.id())) {
      cuda.add("cudnn_conv_algo_search", chosen.convolutionSearch().name());
      cuda.add("use_tf32", chosen.tf32() ? "1" : "0");
      cuda.add("prefer_nhwc", chosen.nhwc() ? "1" : "0");
      if (chosen.memoryLimit() > 0) {
        cuda.add("gpu_mem_limit", Long.toString(chosen.memoryLimit() / views));
        // The arena would otherwise double, and fail with half of its share unused.
        cuda.add("arena_extend_strategy", "kSameAsRequested");
      }
      options.addCUDA(cuda);
    }
  }
}
