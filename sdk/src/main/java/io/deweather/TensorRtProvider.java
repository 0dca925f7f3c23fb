package io.deweather;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.providers.OrtTensorRTProviderOptions;
import io.deweather.TensorRtOptions.Size;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

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
    GpuProvider.super.require(choosing);
    if (choosing) {
      throw new DeviceException(
          device,
          "taken only by name, since it restores no frames but those of the sizes that its"
              + " engines are built for",
          "",
          null);
    }
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
      for (var option : options(graph).entrySet()) {
        tensorRt.add(option.getKey(), option.getValue());
      }
      options.addTensorrt(tensorRt);
    }
    cuda.addTo(options, graph);
  }

  private Map<String, String> options(Path graph) {
    TensorRtOptions chosen = device.options();
    String shapes =
        chosen.sizes().stream()
            .map(size -> "%s:1x%dx%dx3".formatted(INPUT, size.height(), size.width()))
            .collect(Collectors.joining(","));
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
        // One profile a size, and each of one size only: an engine is best at what it is built for.
        Map.entry("trt_profile_min_shapes", shapes),
        Map.entry("trt_profile_opt_shapes", shapes),
        Map.entry("trt_profile_max_shapes", shapes));
  }

  private static String flag(boolean value) {
    return value ? "1" : "0";
  }

  @Override
  public Size trialSize() {
    return device.options().sizes().get(0);
  }

  @Override
  public boolean takes(int rows, int cols) {
    return device.options().sizes().stream()
        .anyMatch(size -> size.width() == cols && size.height() == rows);
  }

  @Override
  public void checkSize(int rows, int cols) {
    if (!takes(rows, cols)) {
      List<Size> sizes = device.options().sizes();
      throw new FrameException(
          "frame is %dx%d; %s has engines for %s: name others with TensorRtOptions.withSizes"
              .formatted(
                  cols,
                  rows,
                  device,
                  sizes.stream().map(Size::toString).collect(Collectors.joining(", "))));
    }
  }
}
