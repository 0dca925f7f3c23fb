package io.deweather;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads the protobuf wire format of one message in place: {@code while (next()) switch (field())},
 * and for each field exactly one of the reading methods or {@link #skip()}.
 */
final class WireReader {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final String file;
  private final byte[] data;
  private final int end;
  private int position;
  private int field;
  private int wireType;

  WireReader(String file, byte[] data) {
    this(file, data, 0, data.length);
  }

  private WireReader(String file, byte[] data, int position, int end) {
    this.file = file;
    this.data = data;
    this.position = position;
    this.end = end;
  }

  /** Moves to the next field; false at the end of the message. */
  boolean next() {
    if (position == end) {
      return false;
    }
    long tag = readVarint();
    wireType = (int) (tag & 7);
    if (tag >>> 3 == 0 || tag >>> 3 > Integer.MAX_VALUE >>> 2) {
      throw damaged("field number " + (tag >>> 3));
    }
    field = (int) (tag >>> 3);
    return true;
  }

  int field() {
    return field;
  }

  /** Whether this field is a run of packed numbers rather than one number. */
  boolean isPacked() {
    return wireType == BYTES;
  }

  /** Whether a packed run, read through {@link #message()}, has another number. */
  boolean hasRemaining() {
    return position < end;
  }

  long varint() {
    expect(VARINT);
    return readVarint();
  }

  long packedVarint() {
    return readVarint();
  }

  /** Reads UTF-8, strictly: what differs in its bytes differs as text. */
  String string() {
    int length = length();
    ByteBuffer bytes = ByteBuffer.wrap(data, position, length);
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
      position += length;
      return text;
    } catch (CharacterCodingException e) {
      throw damaged("a text that is no UTF-8");
    }
  }

  WireReader message() {
    int length = length();
    WireReader inner = new WireReader(file, data, position, position + length);
    position += length;
    return inner;
  }

  void skip() {
    switch (wireType) {
      case VARINT -> readVarint();
      case FIXED64 -> advance(8);
      case BYTES -> advance(length());
      case FIXED32 -> advance(4);
      default -> throw damaged("wire type " + wireType);
    }
  }

  BundleException damaged(String what) {
    return new BundleException(
        "%s is no sound ONNX graph: %s at byte %d".formatted(file, what, position));
  }

  private int length() {
    expect(BYTES);
    long length = readVarint();
    if (length < 0 || length > end - position) {
      throw damaged("a field of " + Long.toUnsignedString(length) + " bytes does not fit");
    }
    return (int) length;
  }

  private void advance(int bytes) {
    if (bytes > end - position) {
      throw damaged("it breaks off");
    }
    position += bytes;
  }

  private void expect(int wanted) {
    if (wireType != wanted) {
      throw damaged("field %d has wire type %d".formatted(field, wireType));
    }
  }

  private long readVarint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (position == end) {
        throw damaged("it breaks off");
      }
      byte b = data[position++];
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw damaged("a number of more than ten bytes");
  }
}
