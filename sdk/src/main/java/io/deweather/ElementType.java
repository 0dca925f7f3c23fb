package io.deweather;

import ai.onnxruntime.OnnxJavaType;

/** The element types that external tensors may have, by ONNX's number. */
enum ElementType {
  FLOAT(1, 4, OnnxJavaType.FLOAT),
  UINT8(2, 1, OnnxJavaType.UINT8),
  INT8(3, 1, OnnxJavaType.INT8),
  INT16(5, 2, OnnxJavaType.INT16),
  INT32(6, 4, OnnxJavaType.INT32),
  INT64(7, 8, OnnxJavaType.INT64),
  BOOL(9, 1, OnnxJavaType.BOOL),
  FLOAT16(10, 2, OnnxJavaType.FLOAT16),
  DOUBLE(11, 8, OnnxJavaType.DOUBLE),
  BFLOAT16(16, 2, OnnxJavaType.BFLOAT16);

  final int number;
  final int size;
  final OnnxJavaType javaType;

  ElementType(int number, int size, OnnxJavaType javaType) {
    this.number = number;
    this.size = size;
    this.javaType = javaType;
  }

  static ElementType of(int number) {
    for (ElementType type : values()) {
      if (type.number == number) {
        return type;
      }
    }
    throw new IllegalArgumentException("element type (" + number + ") is not supported");
  }
}
