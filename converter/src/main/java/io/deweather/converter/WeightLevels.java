package io.deweather.converter;

import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import com.google.protobuf.ByteString;
import io.deweather.converter.Network.Parameter;
import java.util.Arrays;

/**
 * The weight of a convolution in whole numbers: for each output channel a scale, and for each
 * parameter a level in [-127, 127]. Level 0 is the number 0, so that a masked parameter stays
 * exactly zero. All views of a bundle share them; so do base values.
 *
 * @param parameter that was rounded
 * @param scales one for each output channel
 * @param levels in the parameter's order
 */
record WeightLevels(Parameter parameter, float[] scales, byte[] levels) {
  /** The largest level. */
  static final int MOST = 127;

  /**
   * Rounds a weight.
   *
   * @param least what no channel's scale may be below, one for each
   * @param base values that other views see in its place, or null
   */
  static WeightLevels of(Parameter parameter, float[] least, float[] base) {
    float[] values = parameter.values();
    int channels = least.length;
    int each = values.length / channels;
    float[] scales = new float[channels];
    byte[] levels = new byte[values.length];
    for (int c = 0; c < channels; c++) {
      float largest = 0;
      for (int i = c * each; i < (c + 1) * each; i++) {
        largest = Math.max(largest, Math.abs(values[i]));
        largest = base == null ? largest : Math.max(largest, Math.abs(base[i]));
      }
      scales[c] = Math.max(largest / MOST, least[c]);
      for (int i = c * each; i < (c + 1) * each; i++) {
        levels[i] = level(values[i], scales[c]);
      }
    }
    return new WeightLevels(parameter, scales, levels);
  }

  /** The numbers that these levels stand for. */
  static float[] values(byte[] levels, float[] scales) {
    int each = levels.length / scales.length;
    float[] values = new float[levels.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = levels[i] * scales[i / each];
    }
    return values;
  }

  /** Each number as the nearest that a level of its channel stands for. */
  float[] rounded(float[] values) {
    int each = values.length / scales.length;
    byte[] nearest = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      nearest[i] = level(values[i], scales[i / each]);
    }
    return values(nearest, scales);
  }

  private static byte level(float value, float scale) {
    return (byte) Math.max(-MOST, Math.min(MOST, Math.rint(value / scale)));
  }

  TensorProto levelTensor(String name) {
    return Onnx.raw(name, DataType.INT8, parameter.shape())
        .setRawData(ByteString.copyFrom(levels))
        .build();
  }

  /** The scales, and 1 for each channel that is added. */
  TensorProto scaleTensor(String name, int channels) {
    float[] wide = Arrays.copyOf(scales, channels);
    Arrays.fill(wide, scales.length, channels, 1f);
    return GraphBuilder.floats(name, wide, channels);
  }
}
