package io.deweather;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The parts of an ONNX model, as protobuf messages. */
final class OnnxWire {
  static final int FLOAT = 1;
  static final int UINT8 = 2;
  static final int INT64 = 7;
  static final int BOOL = 9;

  private OnnxWire() {}

  /** A model of opset 18. */
  static Wire model(Wire graph) {
    return new Wire()
        .number(1, 8)
        .message(7, graph)
        .message(8, new Wire().text(1, "").number(2, 18));
  }

  static Wire node(String type, String output, String... inputs) {
    Wire node = new Wire();
    for (String input : inputs) {
      node.text(1, input);
    }
    return node.text(2, output).text(3, output).text(4, type);
  }

  static Wire cast(String output, String input, int type) {
    return node("Cast", output, input).message(5, attribute("to", type));
  }

  static Wire attribute(String name, long value) {
    return new Wire().text(1, name).number(3, value).number(20, 2);
  }

  static Wire attribute(String name, Wire graph) {
    return new Wire().text(1, name).message(6, graph).number(20, 5);
  }

  static Wire tensor(String name, int type, byte[] data, long... shape) {
    Wire tensor = new Wire();
    for (long extent : shape) {
      tensor.number(1, extent);
    }
    return tensor.number(2, type).text(8, name).bytes(9, data);
  }

  /** What goes into a graph or comes out. */
  static Wire info(String name, int type, Wire... extents) {
    Wire shape = new Wire();
    for (Wire extent : extents) {
      shape.message(1, extent);
    }
    return new Wire()
        .text(1, name)
        .message(2, new Wire().message(1, new Wire().number(1, type).message(2, shape)));
  }

  static Wire extent(long fixed) {
    return new Wire().number(1, fixed);
  }

  /** One that is left open. */
  static Wire extent(String name) {
    return new Wire().text(2, name);
  }

  static byte[] longs(long... values) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (long value : values) {
      bytes.putLong(value);
    }
    return bytes.array();
  }
}
