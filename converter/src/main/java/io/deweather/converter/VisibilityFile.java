package io.deweather.converter;

import io.deweather.BundleException;
import io.deweather.Weather;
import io.deweather.converter.Safetensors.DType;
import io.deweather.converter.Safetensors.Entry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Visibility on disk: a safetensors file whose metadata {@code weathers} lists the weathers' ids in
 * the order of their bits, separated by commas. Two forms are read, which one file may mix:
 *
 * <ul>
 *   <li>{@code <tensor>}, U8, of the tensor's shape: bit k is set where weather k sees the
 *       parameter. This one is written, unless the tensor's name begins like a mask's.
 *   <li>{@code <weather>/<tensor>}, BOOL or U8 of 0 and 1, of the tensor's shape, for every
 *       weather: 1 where that weather sees the parameter. What stands before the first slash must
 *       be one of the weathers; any other name with a slash is a tensor's own.
 * </ul>
 */
final class VisibilityFile {
  private static final String WEATHERS = "weathers";

  private final Safetensors file;
  private final Path path;
  private final List<Weather> weathers;
  private final Map<String, byte[]> bits = new LinkedHashMap<>();
  private final Map<String, long[]> shapes = new LinkedHashMap<>();
  private final Map<String, Integer> masksSeen = new LinkedHashMap<>();

  private VisibilityFile(Safetensors file, Path path, List<Weather> weathers) {
    this.file = file;
    this.path = path;
    this.weathers = weathers;
  }

  static Visibility read(Path path) {
    try (Safetensors file = Safetensors.open(path)) {
      VisibilityFile reading = new VisibilityFile(file, path, weathers(file, path));
      file.entries().forEach(reading::take);
      reading.requireEveryWeather();
      return named(path, () -> Visibility.of(reading.weathers, reading.bits, reading.shapes));
    }
  }

  static void write(Visibility visibility, Path path) {
    List<Safetensors.Tensor> tensors = new ArrayList<>();
    List<String> ids = visibility.weathers().stream().map(Weather::id).toList();
    for (String name : visibility.tensors()) {
      long[] shape = visibility.shape(name);
      if (ids.stream().noneMatch(id -> name.startsWith(id + "/"))) {
        tensors.add(Safetensors.Tensor.ofBytes(name, visibility.bits(name), shape));
        continue;
      }
      for (Weather weather : visibility.weathers()) {
        boolean[] mask = visibility.mask(name, weather);
        tensors.add(Safetensors.Tensor.ofBooleans(weather.id() + "/" + name, mask, shape));
      }
    }
    Safetensors.write(path, Map.of(WEATHERS, String.join(",", ids)), tensors);
  }

  private void take(String name, Entry entry) {
    int slash = name.indexOf('/');
    int k = slash < 0 ? -1 : ids().indexOf(name.substring(0, slash));
    if (k >= 0) {
      takeMask(name, entry, name.substring(slash + 1), k);
    } else {
      if (entry.dtype() != DType.U8) {
        throw new BundleException(
            "%s: visibility of tensor %s must be U8, is %s%s"
                .formatted(path, name, entry.dtype(), hint(name)));
      }
      if (bits.put(name, file.bytes(name)) != null) {
        throw twice(name);
      }
      shapes.put(name, entry.shape());
    }
  }

  private void takeMask(String name, Entry entry, String tensor, int k) {
    if (entry.dtype() != DType.U8 && entry.dtype() != DType.BOOL) {
      throw new BundleException(
          path + ": mask " + name + " must be BOOL or U8, is " + entry.dtype());
    }
    byte[] mask = file.bytes(name);
    long[] shape = shapes.putIfAbsent(tensor, entry.shape());
    if (shape != null && !masksSeen.containsKey(tensor)) {
      throw twice(tensor);
    }
    if (shape != null && !Arrays.equals(shape, entry.shape())) {
      throw new BundleException(
          "%s: mask %s has shape %s, another weather's mask of that tensor has %s"
              .formatted(path, name, Shapes.text(entry.shape()), Shapes.text(shape)));
    }
    byte[] into = bits.computeIfAbsent(tensor, t -> new byte[mask.length]);
    for (int i = 0; i < mask.length; i++) {
      if (mask[i] != 0 && mask[i] != 1) {
        throw new BundleException(
            path + ": mask " + name + " has value " + (mask[i] & 0xFF) + ", it must be 0 or 1");
      }
      into[i] |= (byte) (mask[i] << k);
    }
    masksSeen.merge(tensor, 1 << k, (a, b) -> a | b);
  }

  private void requireEveryWeather() {
    masksSeen.forEach(
        (tensor, seen) -> {
          for (int k = 0; k < weathers.size(); k++) {
            if ((seen >> k & 1) == 0) {
              throw new BundleException(
                  path + " has no mask " + weathers.get(k) + "/" + tensor + "; others of it are");
            }
          }
        });
  }

  private BundleException twice(String tensor) {
    return new BundleException(
        path + ": tensor " + tensor + " comes both as packed bits and as masks by weather");
  }

  private String hint(String name) {
    return name.indexOf('/') < 0
        ? ""
        : " (for a mask by weather, the name must begin with one of " + ids() + ")";
  }

  private List<String> ids() {
    return weathers.stream().map(Weather::id).toList();
  }

  private static List<Weather> weathers(Safetensors file, Path path) {
    String ids = file.metadata().get(WEATHERS);
    if (ids == null) {
      throw new BundleException(
          path + ": metadata must have 'weathers', ids separated by commas in the order of bits");
    }
    try {
      return Arrays.stream(ids.split(",", -1)).map(id -> new Weather(id.strip())).toList();
    } catch (IllegalArgumentException e) {
      throw new BundleException(path + ": metadata 'weathers': " + e.getMessage(), e);
    }
  }

  private static Visibility named(Path path, java.util.function.Supplier<Visibility> reading) {
    try {
      return reading.get();
    } catch (BundleException e) {
      throw new BundleException(path + ": " + e.getMessage(), e);
    }
  }
}
