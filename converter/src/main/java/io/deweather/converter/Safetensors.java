package io.deweather.converter;

import io.deweather.BundleException;
import io.deweather.FileFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

/**
 * A safetensors file: named arrays and a string-to-string metadata map, without code in it.
 *
 * <p>Opening reads and checks the header only; each array is read from disk when it is asked for,
 * so a file may be larger than memory. A file is refused unless its arrays cover the data section
 * exactly, in any order, without a hole or an overlap.
 *
 * <p>The one who opens closes. Reading is safe from several threads; {@code close} is idempotent.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
 */
public final class Safetensors implements AutoCloseable {
  /** The type of an array's elements, by its name in the format. */
  public enum DType {
    /** One byte, 0 or 1. */
    BOOL(1),
    /** Unsigned byte. */
    U8(1),
    /** Signed byte. */
    I8(1),
    /** Signed, two bytes. */
    I16(2),
    /** Unsigned, two bytes. */
    U16(2),
    /** IEEE 754 binary16. */
    F16(2),
    /** The upper half of a binary32. */
    BF16(2),
    /** Signed, four bytes. */
    I32(4),
    /** Unsigned, four bytes. */
    U32(4),
    /** IEEE 754 binary32. */
    F32(4),
    /** Signed, eight bytes. */
    I64(8),
    /** Unsigned, eight bytes. */
    U64(8),
    /** IEEE 754 binary64. */
    F64(8);

    private final int bytes;

    DType(int bytes) {
      this.bytes = bytes;
    }

    /** The size of one element. */
    public int bytes() {
      return bytes;
    }
  }

  /**
   * What a file may cost before it is refused.
   *
   * @param headerBytes the longest JSON header
   * @param tensors the most arrays
   * @param dimensions the most dimensions of one array
   * @param tensorBytes the largest array; at most {@code Integer.MAX_VALUE}, what a buffer holds
   */
  public record Limits(long headerBytes, int tensors, int dimensions, long tensorBytes) {
    /** 16 MiB of header, 100,000 arrays of at most 8 dimensions and 2 GiB each. */
    public static final Limits DEFAULT = new Limits(16 << 20, 100_000, 8, Integer.MAX_VALUE);

    /**
     * Checks that what is allowed fits into buffers.
     *
     * @throws IllegalArgumentException if a length is beyond {@code Integer.MAX_VALUE}
     */
    public Limits {
      if (headerBytes > Integer.MAX_VALUE || tensorBytes > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "headerBytes (%d) and tensorBytes (%d) must be at most %d"
                .formatted(headerBytes, tensorBytes, Integer.MAX_VALUE));
      }
    }
  }

  /**
   * Where an array lies.
   *
   * @param dtype of its elements
   * @param shape its dimensions; empty for a single number
   * @param begin its first byte, from the start of the data section
   * @param end the byte after its last
   */
  public record Entry(DType dtype, long[] shape, long begin, long end) {}

  /**
   * An array to be written.
   *
   * @param name unique in the file
   * @param dtype of its elements
   * @param shape its dimensions
   * @param data little-endian, row-major, from position to limit; neither is changed
   */
  public record Tensor(String name, DType dtype, long[] shape, ByteBuffer data) {
    /**
     * Checks that the data is as long as the shape says.
     *
     * @throws IllegalArgumentException if it is not
     */
    public Tensor {
      long expected = Shapes.elements(shape) * dtype.bytes();
      if (data.remaining() != expected) {
        throw new IllegalArgumentException(
            "tensor %s of type %s and shape %s must have %d bytes, has %d"
                .formatted(name, dtype, Shapes.text(shape), expected, data.remaining()));
      }
    }

    /** An array of {@link DType#F32}. */
    public static Tensor ofFloats(String name, float[] values, long... shape) {
      ByteBuffer data = littleEndian(Math.multiplyExact(Float.BYTES, values.length));
      data.asFloatBuffer().put(values);
      return new Tensor(name, DType.F32, shape, data);
    }

    /** An array of {@link DType#I64}. */
    public static Tensor ofLongs(String name, long[] values, long... shape) {
      ByteBuffer data = littleEndian(Math.multiplyExact(Long.BYTES, values.length));
      data.asLongBuffer().put(values);
      return new Tensor(name, DType.I64, shape, data);
    }

    /** An array of {@link DType#U8}. */
    public static Tensor ofBytes(String name, byte[] values, long... shape) {
      return new Tensor(name, DType.U8, shape, ByteBuffer.wrap(values.clone()));
    }

    /** An array of {@link DType#BOOL}. */
    public static Tensor ofBooleans(String name, boolean[] values, long... shape) {
      byte[] data = new byte[values.length];
      for (int i = 0; i < values.length; i++) {
        data[i] = (byte) (values[i] ? 1 : 0);
      }
      return new Tensor(name, DType.BOOL, shape, ByteBuffer.wrap(data));
    }
  }

  private final Path file;
  private final FileChannel channel;
  private final SafetensorsHeader header;

  private Safetensors(Path file, FileChannel channel, SafetensorsHeader header) {
    this.file = file;
    this.channel = channel;
    this.header = header;
  }

  /**
   * Opens a file under {@link Limits#DEFAULT}.
   *
   * @throws BundleException naming the file, if it cannot be read or is not of the format
   */
  public static Safetensors open(Path file) {
    return open(file, Limits.DEFAULT);
  }

  /**
   * Opens a file.
   *
   * @throws BundleException naming the file, if it cannot be read, is not of the format or passes a
   *     limit
   */
  public static Safetensors open(Path file, Limits limits) {
    FileChannel channel = null;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ);
      SafetensorsHeader header = SafetensorsHeader.read(file, channel, limits);
      return new Safetensors(file, channel, header);
    } catch (NoSuchFileException e) {
      throw new BundleException("no such file: " + file, e);
    } catch (IOException e) {
      closeAfter(e, channel);
      throw new BundleException("cannot read " + file + ": " + FileFailure.reason(e), e);
    } catch (RuntimeException e) {
      closeAfter(e, channel);
      throw e;
    }
  }

  /** The metadata, in file order; empty if the file has none. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /** The arrays by name, in file order. */
  public Map<String, Entry> entries() {
    return header.entries();
  }

  /**
   * Reads a whole array into a buffer, which may be direct: {@code end - begin} bytes from its
   * position on, which moves.
   *
   * @throws BundleException if there is no such array, the buffer is too small or the file fails
   */
  public void read(String name, ByteBuffer target) {
    Entry entry = entry(name);
    long length = entry.end() - entry.begin();
    if (target.remaining() < length) {
      throw new BundleException(
          "%s: tensor %s has %d bytes, the buffer has room for %d"
              .formatted(file, name, length, target.remaining()));
    }
    ByteBuffer window = target.slice(target.position(), (int) length);
    try {
      long position = header.dataStart() + entry.begin();
      while (window.hasRemaining()) {
        int read = channel.read(window, position);
        if (read < 0) {
          throw new BundleException(file + ": tensor " + name + " ends too early");
        }
        position += read;
      }
    } catch (IOException e) {
      throw new BundleException(
          "cannot read tensor " + name + " of " + file + ": " + FileFailure.reason(e), e);
    }
    target.position(target.position() + (int) length);
  }

  /**
   * Reads an array of {@link DType#F32}.
   *
   * @throws BundleException if there is no such array or it is of another type
   */
  public float[] floats(String name) {
    float[] values = new float[count(name, DType.F32)];
    whole(name).asFloatBuffer().get(values);
    return values;
  }

  /**
   * Reads an array of {@link DType#I64}.
   *
   * @throws BundleException if there is no such array or it is of another type
   */
  public long[] longs(String name) {
    long[] values = new long[count(name, DType.I64)];
    whole(name).asLongBuffer().get(values);
    return values;
  }

  /**
   * Reads an array of any type as its bytes, little-endian and row-major.
   *
   * @throws BundleException if there is no such array
   */
  public byte[] bytes(String name) {
    return whole(name).array();
  }

  /** Closes the file. Idempotent. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new BundleException("cannot close " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Writes a file, first beside and then over {@code file}. Arrays with larger elements come first,
   * so that each is aligned to its elements; among equals the given order is kept. The same input
   * gives the same bytes.
   *
   * @throws BundleException if it cannot be written, or two arrays have the same name
   */
  public static void write(Path file, Map<String, String> metadata, List<Tensor> tensors) {
    SafetensorsWriter.write(file, metadata, tensors);
  }

  private ByteBuffer whole(String name) {
    Entry entry = entry(name);
    ByteBuffer buffer = littleEndian((int) (entry.end() - entry.begin()));
    read(name, buffer);
    return buffer.flip();
  }

  private int count(String name, DType expected) {
    Entry entry = entry(name);
    if (entry.dtype() != expected) {
      throw new BundleException(
          file + ": tensor " + name + " must be " + expected + ", is " + entry.dtype());
    }
    return (int) ((entry.end() - entry.begin()) / expected.bytes());
  }

  private Entry entry(String name) {
    Entry entry = header.entries().get(name);
    if (entry == null) {
      throw new BundleException(file + " has no tensor " + name);
    }
    return entry;
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void closeAfter(Exception failure, FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }
}
