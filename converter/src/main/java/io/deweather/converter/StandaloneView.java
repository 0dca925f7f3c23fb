package io.deweather.converter;

import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.deweather.BundleException;
import io.deweather.Weather;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One view as one plain ONNX file for other runtimes (TensorRT's own tools, OpenVINO, ncnn,
 * OpenCV): masks applied to the numbers, no local functions, no external data, single precision.
 *
 * <pre>{@code
 * StandaloneView.of(BundleContents.read(bundle), Weather.RAIN)
 *     .contract(StandaloneView.Contract.IMAGE)
 *     .size(640, 384)
 *     .write(Path.of("rain.onnx"));
 * }</pre>
 *
 * <p>Not thread-safe.
 */
public final class StandaloneView {
  private final Network network;
  private final Weather weather;
  private Contract contract = Contract.FRAME;
  private int width;
  private int height;

  /** What the file takes and gives. */
  public enum Contract {
    /**
     * {@code frame} and {@code restored}, uint8 [1, H, W, 3] BGR of any size from 16x16, as the
     * graphs of a bundle: scaling, padding, clipping and rounding are inside.
     */
    FRAME,

    /**
     * The network alone: float [1, 3, H, W] in [0, 1], H and W multiples of {@link
     * Network#multiple()}, channels in the order of {@link Network#colourOrder()}, not clipped. For
     * runtimes that do not take the frame contract's operators.
     */
    IMAGE
  }

  private StandaloneView(Network network, Weather weather) {
    this.network = network;
    this.weather = weather;
  }

  /**
   * The view of a bundle in single precision.
   *
   * @throws BundleException if the bundle has no view for the weather or is of another precision
   */
  public static StandaloneView of(BundleContents contents, Weather weather) {
    if (!contents.manifest().precision().equals(Precision.FP32.id())) {
      throw new BundleException(
          "bundle %s is %s; a standalone file is made from a bundle in fp32"
              .formatted(contents.manifest().name(), contents.manifest().precision()));
    }
    return of(
        contents.network(), contents.visibility(), contents.background().orElse(null), weather);
  }

  /**
   * The view of a network and its visibility.
   *
   * @param background whose values stand where the weather does not see a parameter; null for zeros
   * @throws BundleException if the visibility does not fit the network or does not know the
   *     weather, or the network does not run, see {@link BundleWriter#requireBakeable}
   */
  public static StandaloneView of(
      Network network, Visibility visibility, Network background, Weather weather) {
    visibility.requireFits(network);
    if (!visibility.weathers().contains(weather)) {
      throw new BundleException(
          "weather %s has no view; there is %s".formatted(weather, visibility.weathers()));
    }
    if (background != null) {
      BakeableNetwork.requireSameParameters(network, background);
    }
    Network plain = BakeableNetwork.of(network);
    TrialRun.require(plain);
    return new StandaloneView(
        MaskedNetwork.masked(plain, visibility, weather, background), weather);
  }

  /** What the file takes and gives; {@link Contract#FRAME} if not given. */
  public StandaloneView contract(Contract contract) {
    this.contract = contract;
    return this;
  }

  /**
   * Fixes the size, for runtimes that want to know it beforehand; any size if not given.
   *
   * @param width in pixels, from 16
   * @param height in pixels, from 16
   */
  public StandaloneView size(int width, int height) {
    if (width < 16 || height < 16) {
      throw new IllegalArgumentException(
          "size (%dx%d) must be at least 16x16".formatted(width, height));
    }
    this.width = width;
    this.height = height;
    return this;
  }

  /**
   * The model.
   *
   * @throws BundleException if an image of the fixed size is no multiple of what the network takes
   */
  public ModelProto model() {
    return switch (contract) {
      case FRAME -> frameModel();
      case IMAGE -> imageModel();
    };
  }

  /**
   * Writes the file, first beside and then over {@code onnx}.
   *
   * @throws BundleException if it cannot be written
   */
  public void write(Path onnx) {
    byte[] bytes = model().toByteArray();
    WholeFile.write(onnx, part -> Files.write(part, bytes));
  }

  private ModelProto imageModel() {
    int multiple = network.multiple();
    if (width % multiple != 0 || height % multiple != 0) {
      throw new BundleException(
          "an image of %dx%d does not fit: width and height must be multiples of %d"
              .formatted(width, height, multiple));
    }
    GraphProto.Builder graph = network.model().getGraph().toBuilder();
    graph.clearInput().clearOutput().clearValueInfo();
    graph.addInput(Onnx.image(network.inputName(), DataType.FLOAT, 1, 3, rows(), columns()));
    graph.addOutput(Onnx.image(network.outputName(), DataType.FLOAT, 1, 3, rows(), columns()));
    return model(graph);
  }

  private ModelProto frameModel() {
    long opset = Onnx.opset(network.model());
    GraphProto plain = network.model().getGraph();
    GraphProto.Builder graph = plain.toBuilder().clearNode();
    graph.clearInput().clearOutput().clearValueInfo();
    graph.addInput(Onnx.image(ViewBaker.FRAME, DataType.UINT8, 1, rows(), columns(), 3));
    graph.addOutput(Onnx.image(ViewBaker.RESTORED, DataType.UINT8, 1, rows(), columns(), 3));
    FunctionProto in = ViewFunctions.frameIn(opset, network.colourOrder(), network.multiple());
    FunctionProto out =
        ViewFunctions.frameOut(opset, network.colourOrder(), network.multiple(), FrameEnd.PLAIN);
    inline(graph, in, List.of(ViewBaker.FRAME), network.inputName());
    graph.addAllNode(plain.getNodeList());
    inline(graph, out, List.of(network.outputName(), ViewBaker.FRAME), ViewBaker.RESTORED);
    return model(graph);
  }

  private Object rows() {
    return height == 0 ? "height" : (Object) height;
  }

  private Object columns() {
    return width == 0 ? "width" : (Object) width;
  }

  /** Puts the nodes of a function where its call would be. */
  private static void inline(
      GraphProto.Builder graph, FunctionProto function, List<String> inputs, String output) {
    Map<String, String> names = new HashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      names.put(function.getInput(i), inputs.get(i));
    }
    names.put(function.getOutput(0), output);
    String prefix = ViewBaker.OWN + function.getName() + "/";
    for (NodeProto node : function.getNodeList()) {
      NodeProto.Builder inlined = node.toBuilder().clearInput().clearOutput();
      node.getInputList().forEach(i -> inlined.addInput(names.getOrDefault(i, prefix + i)));
      node.getOutputList().forEach(o -> inlined.addOutput(names.getOrDefault(o, prefix + o)));
      graph.addNode(inlined);
    }
  }

  private ModelProto model(GraphProto.Builder graph) {
    Map<String, String> metadata = new LinkedHashMap<>();
    network.model().getMetadataPropsList().forEach(p -> metadata.put(p.getKey(), p.getValue()));
    metadata.put(ViewBaker.WEATHER_KEY, weather.id());
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(network.model().getIrVersion())
            .setProducerName("deweather")
            .addOpsetImport(Onnx.opset("", Onnx.opset(network.model())))
            .setGraph(graph);
    metadata.forEach((key, value) -> model.addMetadataProps(Onnx.entry(key, value)));
    return model.build();
  }
}
