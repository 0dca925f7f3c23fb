package io.deweather;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds every tensor of an ONNX model that lies outside it, and refuses those that do not lie in a
 * listed file of the bundle.
 *
 * <p>ONNX Runtime checks external paths too, but only that they do not leave the folder, and it has
 * a location that means "this address in memory". External data is accepted where a bundle has it,
 * in the initializers of the main graph, and nowhere else. Field numbers are those of onnx.proto.
 */
final class GraphScan {
  private static final int EXTERNAL = 1;

  private final String file;
  private final Map<String, BundleManifest.FileEntry> listed;
  private final BundleLimits limits;
  private final List<ExternalTensor> found = new ArrayList<>();
  private final Set<String> initializers = new HashSet<>();
  private int tensors;

  private GraphScan(
      String file, Map<String, BundleManifest.FileEntry> listed, BundleLimits limits) {
    this.file = file;
    this.listed = listed;
    this.limits = limits;
  }

  /**
   * Scans a model.
   *
   * @param file its name, for messages
   * @param model its bytes
   * @param listed the files of the bundle
   * @throws BundleException if the model is no ONNX model or refers to what it must not
   */
  static List<ExternalTensor> externalTensors(
      String file,
      byte[] model,
      Map<String, BundleManifest.FileEntry> listed,
      BundleLimits limits) {
    GraphScan scan = new GraphScan(file, listed, limits);
    scan.model(new WireReader(file, model));
    return List.copyOf(scan.found);
  }

  private void model(WireReader model) {
    boolean hasGraph = false;
    while (model.next()) {
      switch (model.field()) {
        case 7 -> {
          hasGraph = true;
          graph(model.message(), 0);
        }
        case 20 -> throw refused("training information");
        case 25 -> function(model.message());
        default -> model.skip();
      }
    }
    if (!hasGraph) {
      throw new BundleException(file + " is no ONNX model: it has no graph");
    }
  }

  private void graph(WireReader graph, int depth) {
    if (depth > limits.nesting()) {
      throw refused("graphs nested deeper than " + limits.nesting());
    }
    while (graph.next()) {
      switch (graph.field()) {
        case 1 -> node(graph.message(), depth);
        case 5 -> initializer(graph.message(), depth == 0);
        case 15 -> sparseTensor(graph.message());
        default -> graph.skip();
      }
    }
  }

  private void function(WireReader function) {
    while (function.next()) {
      switch (function.field()) {
        case 7 -> node(function.message(), 0);
        case 11 -> attribute(function.message(), 0);
        default -> function.skip();
      }
    }
  }

  private void node(WireReader node, int depth) {
    while (node.next()) {
      if (node.field() == 5) {
        attribute(node.message(), depth);
      } else {
        node.skip();
      }
    }
  }

  private void attribute(WireReader attribute, int depth) {
    while (attribute.next()) {
      switch (attribute.field()) {
        case 5, 10 -> tensor(attribute.message(), false);
        case 6, 11 -> graph(attribute.message(), depth + 1);
        case 22, 23 -> sparseTensor(attribute.message());
        default -> attribute.skip();
      }
    }
  }

  private void sparseTensor(WireReader sparse) {
    while (sparse.next()) {
      switch (sparse.field()) {
        case 1, 2 -> tensor(sparse.message(), false);
        default -> sparse.skip();
      }
    }
  }

  /** ONNX Runtime is given external data by name: each has to mean one tensor. */
  private void initializer(WireReader tensor, boolean ofMainGraph) {
    String name = tensor(tensor, ofMainGraph);
    if (ofMainGraph && !initializers.add(name)) {
      throw refused("two initializers of the name " + name);
    }
  }

  /** Returns its name. */
  private String tensor(WireReader tensor, boolean mayBeExternal) {
    if (++tensors > limits.tensors()) {
      throw refused("more than " + limits.tensors() + " tensors");
    }
    ExternalTensorBuilder external = new ExternalTensorBuilder(file);
    boolean isExternal = false;
    while (tensor.next()) {
      switch (tensor.field()) {
        case 1 -> external.dimensions(tensor);
        case 2 -> external.elementType = (int) tensor.varint();
        case 8 -> external.name = tensor.string();
        case 13 -> {
          isExternal = true;
          external.entry(tensor.message());
        }
        case 14 -> isExternal |= tensor.varint() == EXTERNAL;
        default -> tensor.skip();
      }
    }
    if (isExternal && !mayBeExternal) {
      throw refused("external data outside the main graph's initializers: " + external.name);
    }
    if (isExternal) {
      found.add(external.build(listed));
    }
    return external.name;
  }

  private BundleException refused(String what) {
    return new BundleException("%s has %s, which a bundle must not have".formatted(file, what));
  }
}
