package io.deweather.video;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.opencv.core.MatOfInt;
import org.opencv.imgcodecs.Imgcodecs;

/** The picture formats that are read and written, by file extension. */
enum PictureFormat {
  PNG(List.of("png")),
  JPEG(List.of("jpg", "jpeg"), Imgcodecs.IMWRITE_JPEG_QUALITY, 95),
  BMP(List.of("bmp")),
  WEBP(List.of("webp"), Imgcodecs.IMWRITE_WEBP_QUALITY, 95),
  TIFF(List.of("tif", "tiff"));

  private final List<String> extensions;
  private final int[] parameters;

  PictureFormat(List<String> extensions, int... parameters) {
    this.extensions = extensions;
    this.parameters = parameters;
  }

  /** The format that a file's extension stands for, if it is one of these. */
  static Optional<PictureFormat> of(Path file) {
    String extension = Extensions.of(file);
    return Arrays.stream(values()).filter(f -> f.extensions.contains(extension)).findFirst();
  }

  /** Every extension, for messages. */
  static String known() {
    return Arrays.stream(values())
        .flatMap(f -> f.extensions.stream())
        .collect(Collectors.joining(", "));
  }

  /** The file extension that selects OpenCV's encoder, with its dot. */
  String encoder() {
    return "." + name().toLowerCase(Locale.ROOT);
  }

  /** What OpenCV's encoder is told: JPEG and WebP quality 95, otherwise its defaults. */
  MatOfInt encoderParameters() {
    return new MatOfInt(parameters);
  }
}
