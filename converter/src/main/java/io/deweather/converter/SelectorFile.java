package io.deweather.converter;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.InvalidProtocolBufferException;
import io.deweather.BundleException;
import io.deweather.FileFailure;
import io.deweather.FilterSettings;
import io.deweather.FilterSettings.Observation;
import io.deweather.SelectorManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A {@code selector.onnx}, checked as far as can be seen without running it: the input {@code
 * frame}, uint8 [1, H, W, 3], the output {@code probabilities}, float [1, K], no external data, and
 * the metadata of {@link SelectorGraph}. Immutable.
 */
public final class SelectorFile {
  /** The file's name in a bundle. */
  public static final String NAME = "selector.onnx";

  /** Before the names of the head's parameters. */
  public static final String HEAD = "head/";

  /** The largest file that is read: 16 MiB. */
  public static final long MAX_BYTES = 16L << 20;

  private final Path file;
  private final ModelProto model;
  private final byte[] bytes;
  private final List<String> weathers;
  private final double[] logOdds;

  private SelectorFile(ModelProto model, byte[] bytes, Path file) {
    this.file = file;
    this.model = model;
    this.bytes = bytes;
    weathers = List.of(metadata(model, SelectorGraph.WEATHERS_KEY, file).split(",", -1));
    requireContract(file);
    String[] numbers = metadata(model, SelectorGraph.LOG_ODDS_KEY, file).split(",", -1);
    if (numbers.length != weathers.size()) {
      throw new BundleException(
          "%s: metadata %s has %d numbers for %d weathers"
              .formatted(file, SelectorGraph.LOG_ODDS_KEY, numbers.length, weathers.size()));
    }
    logOdds = new double[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      logOdds[i] = number(numbers[i], file);
    }
  }

  /**
   * Reads a file.
   *
   * @throws BundleException naming the file, if it cannot be read or is no selector
   */
  public static SelectorFile read(Path file) {
    byte[] bytes = bytes(file);
    return new SelectorFile(parse(bytes, file), bytes, file);
  }

  /**
   * How the arrays of a file are stored: how many values as {@code int8}, {@code fp16} and {@code
   * fp32}; what there is none of is left out.
   *
   * @throws BundleException naming the file, if it cannot be read
   */
  static Map<String, Long> stored(Path file) {
    Map<Integer, String> names = new LinkedHashMap<>();
    names.put(TensorProto.DataType.INT8_VALUE, "int8");
    names.put(TensorProto.DataType.FLOAT16_VALUE, "fp16");
    names.put(TensorProto.DataType.FLOAT_VALUE, "fp32");
    Map<String, Long> stored = new LinkedHashMap<>();
    names.values().forEach(name -> stored.put(name, 0L));
    tensors(parse(bytes(file), file).getGraph())
        .forEach(
            tensor ->
                stored.computeIfPresent(
                    names.getOrDefault(tensor.getDataType(), ""),
                    (name, count) -> count + Shapes.elements(Onnx.shape(tensor))));
    stored.values().removeIf(count -> count == 0);
    return stored;
  }

  /** The bytes of the file in a bundle of this precision: see {@link CompactSelector}. */
  byte[] bytes(Precision precision) {
    return precision == Precision.FP32 ? bytes : CompactSelector.of(model).toByteArray();
  }

  private static byte[] bytes(Path file) {
    try {
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw new BundleException(
            file + " has " + size + " bytes; a selector has at most " + MAX_BYTES);
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new BundleException("no such file: " + file, e);
    } catch (IOException e) {
      throw new BundleException("cannot read " + file + ": " + FileFailure.reason(e), e);
    }
  }

  private static ModelProto parse(byte[] bytes, Path file) {
    try {
      return ModelProto.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new BundleException(file + " is no ONNX file: " + e.getMessage(), e);
    }
  }

  /** The graph. */
  public ModelProto model() {
    return model;
  }

  /**
   * The values of its networks' parameters, by name, those of the head behind {@value #HEAD}. What
   * is stored in levels is left out.
   */
  public Map<String, float[]> values() {
    return SelectorGraph.values(model.getGraph());
  }

  /**
   * How it brings features to one scale.
   *
   * @throws BundleException if it was not written by {@link SelectorGraph}
   */
  public SelectorGraph.Scaling scaling() {
    SelectorGraph.Scaling scaling = SelectorGraph.scaling(model.getGraph());
    if (scaling == null) {
      throw new BundleException(file + " does not say how its features are scaled");
    }
    return scaling;
  }

  /** Whether it asks for a {@link SecondOpinion} where it is in doubt. */
  public boolean asksForOpinion() {
    return Onnx.branches(model.getGraph()).findAny().isPresent();
  }

  /** The weathers, in the order of the output. */
  public List<String> weathers() {
    return weathers;
  }

  /**
   * What a bundle says of it: every setting the default but for the observation model, whose
   * offsets take the weathers' share among the frames of calibration off again.
   */
  public SelectorManifest manifest() {
    Map<String, Observation> observation = new LinkedHashMap<>();
    for (int w = 0; w < logOdds.length; w++) {
      double offset = Math.round(-1000 * logOdds[w]) / 1000.0;
      observation.put(weathers.get(w), new Observation(1, offset));
    }
    return new SelectorManifest(
        NAME,
        weathers,
        SelectorManifest.EVERY,
        FilterSettings.DEFAULT.withObservation(observation));
  }

  private void requireContract(Path file) {
    var graph = model.getGraph();
    if (graph.getInputCount() != 1
        || !is(graph.getInput(0), SelectorGraph.FRAME, TensorProto.DataType.UINT8, 4, 3)) {
      throw new BundleException(
          file
              + ": a selector has one input, frame, uint8 [1, H, W, 3]"
              + have(graph.getInputList()));
    }
    if (graph.getOutputCount() != 1
        || !is(
            graph.getOutput(0),
            SelectorGraph.PROBABILITIES,
            TensorProto.DataType.FLOAT,
            2,
            weathers.size())) {
      throw new BundleException(
          "%s: a selector of %s has one output, probabilities, float [1, %d]%s"
              .formatted(file, weathers, weathers.size(), have(graph.getOutputList())));
    }
    tensors(graph)
        .filter(tensor -> tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL)
        .findFirst()
        .ifPresent(
            tensor -> {
              throw new BundleException(
                  file + ": " + tensor.getName() + " is external data; a selector holds its own");
            });
  }

  /** The initializers, those of branches too. */
  private static Stream<TensorProto> tensors(GraphProto graph) {
    return Stream.concat(
        graph.getInitializerList().stream(), Onnx.branches(graph).flatMap(SelectorFile::tensors));
  }

  private static String have(List<ValueInfoProto> values) {
    return ", this has " + values.stream().map(ValueInfoProto::getName).toList();
  }

  private static boolean is(
      ValueInfoProto value, String name, TensorProto.DataType type, int rank, long last) {
    var tensor = value.getType().getTensorType();
    return value.getName().equals(name)
        && tensor.getElemType() == type.getNumber()
        && tensor.getShape().getDimCount() == rank
        && tensor.getShape().getDim(rank - 1).getDimValue() == last;
  }

  private static String metadata(ModelProto model, String key, Path file) {
    String value = Onnx.metadata(model, key, "");
    if (value.isEmpty()) {
      throw new BundleException(file + " is no selector: its metadata has no " + key);
    }
    return value;
  }

  private static double number(String text, Path file) {
    try {
      double number = Double.parseDouble(text);
      if (Double.isFinite(number)) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Refused below, as what is not finite is.
    }
    throw new BundleException(
        file + ": metadata " + SelectorGraph.LOG_ODDS_KEY + " has '" + text + "', not a number");
  }
}
