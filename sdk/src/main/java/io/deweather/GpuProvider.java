package io.deweather;

/** What the providers on NVIDIA GPUs have in common. */
interface GpuProvider extends Provider {
  /** Which GPU, from 0. */
  int gpu();

  /** What of ONNX Runtime has to load. */
  ProviderLibrary library();

  @Override
  default String name() {
    return GpuMachine.name(gpu());
  }

  @Override
  default boolean accelerated() {
    return true;
  }

  @Override
  default void require(boolean choosing) {
    library().require(choosing);
  }

  @Override
  default String explanation() {
    return GpuMachine.explanation(gpu(), CudaProvider.LIBRARY);
  }
}
