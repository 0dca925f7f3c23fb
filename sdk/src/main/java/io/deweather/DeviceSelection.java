package io.deweather;

import io.deweather.DeviceChoice.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What came of opening a bundle on a device, or on the best that works.
 *
 * @param choice the device
 * @param opened what was opened on it
 */
record DeviceSelection<T>(DeviceChoice choice, T opened) {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceSelection.class);

  /**
   * Opens a bundle. A device by name works or fails; for {@code auto} whatever does not work is
   * noted and the next one tried, down to the CPU, whose failures are failures.
   *
   * @param opening opens the bundle's views on a provider and runs a frame, or throws
   * @throws DeviceException if the device asked for by name cannot be had
   */
  static <T> DeviceSelection<T> open(Device wanted, Bundle bundle, Function<Provider, T> opening) {
    if (!(wanted instanceof Device.Auto)) {
      Provider provider = Provider.of(wanted, bundle);
      T opened = open(provider, false, opening);
      return new DeviceSelection<>(new DeviceChoice(wanted, provider.name(), List.of()), opened);
    }
    List<Refusal> refused = new ArrayList<>();
    for (Device device : List.of(Device.tensorRt(0), Device.cuda(0))) {
      Provider provider = Provider.of(device, bundle);
      try {
        T opened = open(provider, true, opening);
        return announced(new DeviceChoice(device, provider.name(), refused), opened);
      } catch (DeviceException e) {
        refused.add(new Refusal(device, e.reason()));
      }
    }
    Provider cpu = new CpuProvider();
    T opened = open(cpu, true, opening);
    return announced(new DeviceChoice(cpu.device(), cpu.name(), refused), opened);
  }

  private static <T> T open(Provider provider, boolean choosing, Function<Provider, T> opening) {
    provider.require(choosing);
    try {
      return opening.apply(provider);
    } catch (InferenceException e) {
      if (provider.accelerated()) {
        throw new DeviceException(
            provider.device(), e.getMessage() + provider.explanation(), "", e);
      }
      throw e;
    }
  }

  private static <T> DeviceSelection<T> announced(DeviceChoice choice, T opened) {
    LOG.info("device {}", choice);
    return new DeviceSelection<>(choice, opened);
  }
}
