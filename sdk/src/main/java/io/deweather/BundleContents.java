package io.deweather;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The bytes of a bundle, read once and hashed as they were read, so that what runs is what was
 * checked even if the folder changes meanwhile.
 *
 * @param bundle what they belong to
 * @param graphs the model of each weather
 * @param halfGraphs the same computing in half precision; empty if the bundle has none
 * @param selector the network that recognises the weather; null if the bundle has none
 * @param data the files that hold external tensors, in direct memory
 */
record BundleContents(
    Bundle bundle,
    Map<Weather, Graph> graphs,
    Map<Weather, Graph> halfGraphs,
    Graph selector,
    Map<String, ByteBuffer> data) {

  /** A model and the tensors that it has in other files. */
  record Graph(Path file, byte[] model, List<ExternalTensor> externalTensors) {}

  static BundleContents read(Path folder, BundleLimits limits) {
    return new BundleReader(folder, BundleManifest.read(folder), limits).read();
  }
}
