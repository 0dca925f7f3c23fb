package io.deweather.converter;

import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnxruntime.platform.Fp16Conversions;
import com.google.protobuf.ByteString;
import io.deweather.BundleException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Tensors of IEEE 754 half precision, rounded to nearest, ties to even. */
final class HalfFloats {
  /** The largest finite number. */
  static final float MAX = 65504f;

  private HalfFloats() {}

  /**
   * Rounds a float tensor to half precision.
   *
   * @throws BundleException naming the tensor, if a value is beyond {@link #MAX}
   */
  static TensorProto of(String name, TensorProto single) {
    float[] values = Network.floats(single);
    ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      if (Math.abs(value) > MAX) {
        throw new BundleException(
            "%s has the value %s; half precision holds values up to %s"
                .formatted(name, value, MAX));
      }
      bytes.putShort(Fp16Conversions.floatToFp16(value));
    }
    return Onnx.raw(name, DataType.FLOAT16, Onnx.shape(single))
        .setRawData(ByteString.copyFrom(bytes.flip()))
        .build();
  }

  /** The same numbers as a float tensor; any other tensor as it is. */
  static TensorProto widened(TensorProto tensor) {
    if (tensor.getDataType() != DataType.FLOAT16_VALUE) {
      return tensor;
    }
    ByteBuffer bytes = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[bytes.remaining() / 2];
    for (int i = 0; i < values.length; i++) {
      values[i] = Fp16Conversions.fp16ToFloat(bytes.getShort());
    }
    return GraphBuilder.floats(tensor.getName(), values, Onnx.shape(tensor));
  }
}
