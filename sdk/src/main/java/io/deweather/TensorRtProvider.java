package io.deweather;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.providers.OrtTensorRTProviderOptions;
import io.deweather.TensorRtOptions.Size;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** TensorRT's engines, with CUDA for what they do not take. */
final class TensorRtProvider implements GpuProvider {
  private static final String LIBRARY = "onnxruntime_providers_tensorrt";
  private static final String INPUT = BundleManifest.FrameContract.BGR_UINT8.input();

  private final Device.TensorRt device;
  private final BundleManifest bundle;
  private final CudaProvider cuda;
  private EngineCache cache;

  TensorRtProvider(Device.TensorRt device, BundleManifest bundle) {
    this.device = device;
    this.bundle = bundle;
    cuda =
        new CudaProvider(
            new Device.Cuda(device.id(), CudaOptions.DEFAULT), bundle.weathers().size());
  }

  @Override
  public Device device() {
    return device;
  }

  @Override
  public int gpu() {
    return device.id();
  }

  @Override
  public ProviderLibrary library() {
    return library(device);
  }

  @Override
  public void require(boolean choosing) {
    if (choosing) {
      throw new DeviceException(
          device,
          "taken only by name, since it restores no frames but those of the sizes that its"
              + " engines are built for",
          "",
          null);
    }
    GpuProvider.super.require(false);
    OnnxRuntimeLibrary.unpackProvider(CudaProvider.LIBRARY);
    cache = EngineCache.of(device, bundle);
    cache.create();
  }

  static ProviderLibrary library(Device.TensorRt device) {
    return new ProviderLibrary(
        device,
        device.id(),
        OrtProvider.TENSOR_RT,
        LIBRARY,
        List.of(CudaProvider.CUDNN),
        options -> {
          try (OrtTensorRTProviderOptions tensorRt = new OrtTensorRTProviderOptions(device.id())) {
            options.addTensorrt(tensorRt);
          }
        });
  }

  @Override
  public void addTo(SessionOptions options, Path graph) throws OrtException {
    try (OrtTensorRTProviderOptions tensorRt = new OrtTensorRTProviderOptions(device.id())) {
      for (var option : options(cache, graph).entrySet()) {
        tensorRt.add(option.getKey(), option.getValue());
      }
      options.addTensorrt(tensorRt);
    }
    cuda.addTo(options, graph);
  }

  Map<String, String> options(EngineCache cache, Path graph) {
    TensorRtOptions chosen = device.options();
    String least = shape(1, chosen.smallest());
    String most = shape(chosen.batch(), chosen.largest());
    String folder = cache.folder().toString();
    boolean int8 = chosen.int8() || "int8".equals(bundle.precision());
    return Map.ofEntries(
        Map.entry("trt_fp16_enable", flag(chosen.fp16())),
        Map.entry("trt_int8_enable", flag(int8)),
        Map.entry("trt_engine_cache_enable", "1"),
        Map.entry("trt_engine_cache_path", folder),
        Map.entry("trt_engine_cache_prefix", EngineCache.name(graph)),
        Map.entry("trt_timing_cache_enable", "1"),
        Map.entry("trt_timing_cache_path", folder),
        Map.entry("trt_cuda_graph_enable", flag(chosen.cudaGraph())),
        // One profile, though TensorRT knows many: ONNX Runtime builds engines with all of them,
        // and runs frames with the first.
        Map.entry("trt_profile_min_shapes", least),
        Map.entry("trt_profile_opt_shapes", most),
        Map.entry("trt_profile_max_shapes", most));
  }

  private static String shape(int frames, Size size) {
    return "%s:%dx%dx%dx3".formatted(INPUT, frames, size.height(), size.width());
  }

  private static String flag(boolean value) {
    return value ? "1" : "0";
  }

  @Override
  public Size trialSize() {
    return device.options().largest();
  }

  @Override
  public boolean takes(int rows, int cols) {
    Size smallest = device.options().smallest();
    Size largest = device.options().largest();
    return cols >= smallest.width()
        && cols <= largest.width()
        && rows >= smallest.height()
        && rows <= largest.height();
  }

  @Override
  public int mostFrames() {
    return device.options().batch();
  }

  @Override
  public void checkSize(int rows, int cols) {
    if (!takes(rows, cols)) {
      Size smallest = device.options().smallest();
      Size largest = device.options().largest();
      throw new FrameException(
          "frame is %dx%d; %s has engines for %s: name others with TensorRtOptions.withSizes"
              .formatted(
                  cols,
                  rows,
                  device,
                  smallest.equals(largest) ? largest : smallest + " to " + largest));
    }
  }
}
