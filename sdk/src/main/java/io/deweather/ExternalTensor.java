package io.deweather;

import java.util.List;

/**
 * A tensor whose elements lie in another file of the bundle.
 *
 * @param name of the initializer
 * @param elementType ONNX's number of the element type ({@code TensorProto.DataType})
 * @param shape as many numbers as it has dimensions; none for a scalar
 * @param file the bundle file that holds it, as the manifest lists it
 * @param offset of its first byte there
 * @param bytes how many it has
 */
record ExternalTensor(
    String name, int elementType, List<Long> shape, String file, long offset, long bytes) {}
