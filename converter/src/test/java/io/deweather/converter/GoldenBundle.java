package io.deweather.converter;

import io.deweather.BundleManifest;
import io.deweather.converter.Network.ColourOrder;
import java.nio.file.Path;

/**
 * Writes the tiny bundle that other modules keep as a test fixture: three convolution layers of 16
 * channels, size multiple 4, RGB, half of the parameters specific to one weather. Always the same
 * bytes. Run with the folder as its argument, once for each background:
 *
 * <pre>GoldenBundle FOLDER [base]</pre>
 */
final class GoldenBundle {
  private GoldenBundle() {}

  public static void main(String[] arguments) {
    write(Path.of(arguments[0]), arguments.length > 1 && arguments[1].equals("base"));
  }

  static BundleManifest write(Path out, boolean overBase) {
    Network network = Samples.network(20, 16, ColourOrder.RGB);
    BundleWriter writer = Samples.bundle(network, Samples.visibility(network, 0.5, 21));
    return (overBase ? writer.background(Samples.network(22)) : writer).name("golden").write(out);
  }
}
