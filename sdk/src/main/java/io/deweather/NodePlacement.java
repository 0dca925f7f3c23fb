package io.deweather;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * On what the operators of a view ran, as ONNX Runtime's profiler saw it in the frames that tried
 * the view. Some shape arithmetic on the CPU is normal in a GPU session; image-sized work is not.
 *
 * @param nodes how many nodes each execution provider ran, such as {@code CUDAExecutionProvider}
 * @param onCpu how many nodes of each operator ran on the CPU
 * @param cpuShare the CPU's nodes' share of the time of all nodes, in [0, 1]
 */
public record NodePlacement(
    Map<String, Integer> nodes, Map<String, Integer> onCpu, double cpuShare) {
  private static final String CPU = "CPUExecutionProvider";

  /** Copies the maps, in the order of their keys. */
  public NodePlacement {
    nodes = Collections.unmodifiableMap(new TreeMap<>(nodes));
    onCpu = Collections.unmodifiableMap(new TreeMap<>(onCpu));
  }

  /** Reads what ONNX Runtime's profiler wrote. */
  static NodePlacement read(Path profile) throws IOException {
    Map<String, JsonNode> byName = new LinkedHashMap<>();
    double all = 0;
    double cpu = 0;
    for (JsonNode event : new JsonMapper().readTree(profile.toFile())) {
      String provider = event.path("args").path("provider").asText();
      if (!event.path("cat").asText().equals("Node") || provider.isEmpty()) {
        continue;
      }
      double time = event.path("dur").asDouble();
      all += time;
      cpu += provider.equals(CPU) ? time : 0;
      byName.put(event.path("name").asText(), event.path("args"));
    }
    Map<String, Integer> nodes = new TreeMap<>();
    Map<String, Integer> onCpu = new TreeMap<>();
    for (JsonNode node : byName.values()) {
      String provider = node.path("provider").asText();
      nodes.merge(provider, 1, Integer::sum);
      if (provider.equals(CPU)) {
        onCpu.merge(node.path("op_name").asText(), 1, Integer::sum);
      }
    }
    return new NodePlacement(nodes, onCpu, all == 0 ? 0 : cpu / all);
  }

  /** Returns the counts and the CPU's share, for people. */
  @Override
  public String toString() {
    return "%s; on the CPU %s, %.1f %% of the time".formatted(nodes, onCpu, 100 * cpuShare);
  }
}
