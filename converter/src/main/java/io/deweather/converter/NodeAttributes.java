package io.deweather.converter;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;

/** The attributes of one ONNX node, with a value for each that is absent. */
public final class NodeAttributes {
  private final NodeProto node;

  /** The attributes of this node. */
  public NodeAttributes(NodeProto node) {
    this.node = node;
  }

  /** The whole number of that name. */
  public long integer(String name, long otherwise) {
    AttributeProto attribute = find(name);
    return attribute == null ? otherwise : attribute.getI();
  }

  /** The whole numbers of that name. */
  public long[] integers(String name, long... otherwise) {
    AttributeProto attribute = find(name);
    return attribute == null
        ? otherwise
        : attribute.getIntsList().stream().mapToLong(Long::longValue).toArray();
  }

  /** The text of that name. */
  public String string(String name, String otherwise) {
    AttributeProto attribute = find(name);
    return attribute == null ? otherwise : attribute.getS().toStringUtf8();
  }

  private AttributeProto find(String name) {
    return node.getAttributeList().stream()
        .filter(a -> a.getName().equals(name))
        .findFirst()
        .orElse(null);
  }
}
