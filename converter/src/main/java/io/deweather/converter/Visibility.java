package io.deweather.converter;

import io.deweather.BundleException;
import io.deweather.Weather;
import io.deweather.converter.Network.Parameter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which weathers see which parameters: a byte for each parameter, bit {@code k} set where weather
 * {@code k} sees it. Keyed by the name of the parameter's tensor, never by its position.
 *
 * <p>A parameter that all weathers see is common; one that some see is specific to them; one that
 * none sees is hidden from every view, which is allowed and of no use.
 *
 * <p>On disk a safetensors file, see {@link VisibilityFile}. Immutable and thread-safe.
 */
public final class Visibility {
  /** A byte has room for so many weathers. */
  public static final int MAX_WEATHERS = 8;

  private final List<Weather> weathers;
  private final Map<String, Tensor> tensors;

  private record Tensor(long[] shape, byte[] bits) {}

  private Visibility(List<Weather> weathers, Map<String, Tensor> tensors) {
    this.weathers = weathers;
    this.tensors = tensors;
  }

  /**
   * Takes visibility that was computed.
   *
   * @param weathers in the order of their bits, at most {@value #MAX_WEATHERS}, without {@link
   *     Weather#CLEAR}, which needs no view
   * @param bits by tensor name, row-major
   * @param shapes by the same names
   * @throws BundleException naming the tensor, if it has no shape, its shape has another number of
   *     elements, or a bit is set that stands for no weather
   */
  public static Visibility of(
      List<Weather> weathers, Map<String, byte[]> bits, Map<String, long[]> shapes) {
    requireWeathers(weathers);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    bits.forEach(
        (name, values) -> {
          long[] shape = shapes.get(name);
          if (shape == null) {
            throw new BundleException("visibility of " + name + " has no shape");
          }
          tensors.put(name, checked(name, shape.clone(), values.clone(), weathers));
        });
    return new Visibility(List.copyOf(weathers), Collections.unmodifiableMap(tensors));
  }

  /** Visibility in which every weather sees every parameter of the network. */
  public static Visibility common(List<Weather> weathers, Network network) {
    requireWeathers(weathers);
    Map<String, byte[]> bits = new LinkedHashMap<>();
    Map<String, long[]> shapes = new LinkedHashMap<>();
    for (Parameter parameter : network.parameters().values()) {
      byte[] all = new byte[parameter.values().length];
      Arrays.fill(all, everyone(weathers));
      bits.put(parameter.name(), all);
      shapes.put(parameter.name(), parameter.shape());
    }
    return of(weathers, bits, shapes);
  }

  /**
   * Reads a visibility file, see {@link VisibilityFile} for what is accepted.
   *
   * @throws BundleException naming the file and the tensor, if it does not fit
   */
  public static Visibility read(Path safetensors) {
    return VisibilityFile.read(safetensors);
  }

  /**
   * Writes a visibility file, the first form of {@link VisibilityFile}, first beside and then over
   * {@code safetensors}.
   *
   * @throws BundleException if it cannot be written
   */
  public void write(Path safetensors) {
    VisibilityFile.write(this, safetensors);
  }

  /** The weathers, in the order of their bits. */
  public List<Weather> weathers() {
    return weathers;
  }

  /** The names of the tensors. */
  public Set<String> tensors() {
    return tensors.keySet();
  }

  /**
   * The shape of a tensor.
   *
   * @throws BundleException if there is no such tensor
   */
  public long[] shape(String tensor) {
    return tensor(tensor).shape().clone();
  }

  /**
   * The visibility of each parameter of a tensor, row-major: bit {@code k} for weather {@code k}.
   *
   * @throws BundleException if there is no such tensor
   */
  public byte[] bits(String tensor) {
    return tensor(tensor).bits().clone();
  }

  /**
   * The mask of a tensor: true where the weather sees the parameter, row-major.
   *
   * @throws BundleException if there is no such tensor or weather
   */
  public boolean[] mask(String tensor, Weather weather) {
    byte[] bits = tensor(tensor).bits();
    int k = index(weather);
    boolean[] mask = new boolean[bits.length];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = (bits[i] >> k & 1) != 0;
    }
    return mask;
  }

  /**
   * Whether every weather sees every parameter of the tensor.
   *
   * @throws BundleException if there is no such tensor
   */
  public boolean isCommon(String tensor) {
    byte[] bits = tensor(tensor).bits();
    return common(bits) == bits.length;
  }

  /**
   * The share of a tensor's parameters that every weather sees, in [0, 1].
   *
   * @throws BundleException if there is no such tensor
   */
  public double commonShare(String tensor) {
    byte[] bits = tensor(tensor).bits();
    return share(common(bits), bits.length);
  }

  /** The share of all parameters that every weather sees, in [0, 1]. */
  public double commonShare() {
    return share(tensors.values().stream().mapToLong(t -> common(t.bits())).sum(), count());
  }

  /**
   * The share of a tensor's parameters that this weather sees and not every other does, in [0, 1].
   *
   * @throws BundleException if there is no such tensor or weather
   */
  public double specificShare(String tensor, Weather weather) {
    byte[] bits = tensor(tensor).bits();
    return share(specific(bits, index(weather)), bits.length);
  }

  /**
   * The share of all parameters that this weather sees and not every other does, in [0, 1].
   *
   * @throws BundleException if there is no such weather
   */
  public double specificShare(Weather weather) {
    int k = index(weather);
    return share(tensors.values().stream().mapToLong(t -> specific(t.bits(), k)).sum(), count());
  }

  /**
   * Checks that this is the visibility of the network's parameters: of every one of them, since a
   * tensor that is missing may be one that was renamed, and of no other.
   *
   * @throws BundleException naming the first tensor that is unknown, missing or of another shape
   */
  public void requireFits(Network network) {
    Map<String, Parameter> parameters = network.parameters();
    for (String name : tensors.keySet()) {
      Parameter parameter = parameters.get(name);
      if (parameter == null) {
        throw new BundleException(
            "visibility names tensor %s, which is no parameter of the network (it has %s)"
                .formatted(name, some(parameters.keySet())));
      }
      if (!Arrays.equals(parameter.shape(), tensors.get(name).shape())) {
        throw new BundleException(
            "visibility of tensor %s has shape %s, the network's has %s"
                .formatted(
                    name, Shapes.text(tensors.get(name).shape()), Shapes.text(parameter.shape())));
      }
    }
    for (String name : parameters.keySet()) {
      if (!tensors.containsKey(name)) {
        throw new BundleException(
            "visibility lacks tensor %s of shape %s: every parameter of the network must be in it"
                .formatted(name, Shapes.text(parameters.get(name).shape())));
      }
    }
  }

  /** The byte of a parameter that every weather sees. */
  static byte everyone(List<Weather> weathers) {
    return (byte) ((1 << weathers.size()) - 1);
  }

  private long common(byte[] bits) {
    byte everyone = everyone(weathers);
    long count = 0;
    for (byte b : bits) {
      count += b == everyone ? 1 : 0;
    }
    return count;
  }

  private long specific(byte[] bits, int k) {
    byte everyone = everyone(weathers);
    long count = 0;
    for (byte b : bits) {
      count += b != everyone && (b >> k & 1) != 0 ? 1 : 0;
    }
    return count;
  }

  private long count() {
    return tensors.values().stream().mapToLong(t -> t.bits().length).sum();
  }

  private Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new BundleException("visibility has no tensor " + name);
    }
    return tensor;
  }

  private int index(Weather weather) {
    int index = weathers.indexOf(weather);
    if (index < 0) {
      throw new BundleException("visibility has no weather " + weather + ", it has " + weathers);
    }
    return index;
  }

  private static Tensor checked(String name, long[] shape, byte[] bits, List<Weather> weathers) {
    if (Shapes.elements(shape) != bits.length) {
      throw new BundleException(
          "visibility of tensor %s has %d values, its shape %s has %d"
              .formatted(name, bits.length, Shapes.text(shape), Shapes.elements(shape)));
    }
    int everyone = everyone(weathers) & 0xFF;
    for (int i = 0; i < bits.length; i++) {
      if ((bits[i] & ~everyone & 0xFF) != 0) {
        throw new BundleException(
            "visibility of tensor %s has value %d at %d; with %d weathers it must be at most %d"
                .formatted(name, bits[i] & 0xFF, i, weathers.size(), everyone));
      }
    }
    return new Tensor(shape, bits);
  }

  private static void requireWeathers(List<Weather> weathers) {
    if (weathers.isEmpty()
        || weathers.size() > MAX_WEATHERS
        || Set.copyOf(weathers).size() < weathers.size()
        || weathers.contains(Weather.CLEAR)) {
      throw new BundleException(
          "weathers (%s) must be 1 to %d different ones, without clear"
              .formatted(weathers, MAX_WEATHERS));
    }
  }

  private static String some(Set<String> names) {
    List<String> first = new ArrayList<>(names);
    return first.size() <= 8
        ? String.join(", ", first)
        : String.join(", ", first.subList(0, 8)) + ", … " + (first.size() - 8) + " more";
  }

  private static double share(long part, long whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }
}
