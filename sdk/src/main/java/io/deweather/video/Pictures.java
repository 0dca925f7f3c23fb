package io.deweather.video;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.opencv.core.CvException;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.core.MatOfInt;
import org.opencv.imgcodecs.Imgcodecs;

/** Single pictures as {@code CV_8UC3} BGR, read and written whole. */
final class Pictures {
  private static final double SIXTEEN_TO_EIGHT_BITS = 1 / 257.0;
  private static final long MOST_BYTES = 512L << 20;

  private Pictures() {}

  /**
   * Reads a picture, upright by its EXIF orientation. Grey becomes colour, alpha is dropped, 16
   * bits a channel are scaled by 1/257 and rounded.
   *
   * @throws MediaException naming the file, if it is missing, cut off, no picture, or has
   *     floating-point or signed pixels
   */
  static void read(Path file, Mat target) {
    byte[] bytes = bytes(file);
    if (isCutJpeg(bytes) || isCutPng(bytes)) {
      throw new MediaException("cannot read " + file + ": the picture is cut off");
    }
    MatOfByte encoded = new MatOfByte(bytes);
    Mat picture = null;
    try {
      picture = Imgcodecs.imdecode(encoded, Imgcodecs.IMREAD_COLOR | Imgcodecs.IMREAD_ANYDEPTH);
      if (picture.empty()) {
        throw new MediaException("cannot read " + file + ": it is no picture, or damaged");
      }
      toEightBits(file, picture, target);
    } catch (CvException e) {
      throw new MediaException("cannot read " + file + ": " + e.getMessage(), e);
    } finally {
      encoded.release();
      if (picture != null) {
        picture.release();
      }
    }
  }

  /**
   * Writes a picture in the format of the file's extension.
   *
   * @throws MediaException naming the file, if it cannot be written; nothing of it is left behind
   */
  static void write(Path file, PictureFormat format, Mat image) {
    MatOfByte encoded = new MatOfByte();
    MatOfInt parameters = format.encoderParameters();
    try (PendingFile pending = PendingFile.create(file)) {
      if (!Imgcodecs.imencode(format.encoder(), image, encoded, parameters)) {
        throw new MediaException("cannot write " + file + ": it cannot be encoded as " + format);
      }
      pending.write(encoded.toArray());
      pending.commit();
    } catch (CvException e) {
      throw new MediaException("cannot write " + file + ": " + e.getMessage(), e);
    } finally {
      encoded.release();
      parameters.release();
    }
  }

  private static byte[] bytes(Path file) {
    try {
      long size = Files.size(file);
      if (size == 0) {
        throw new MediaException(file + " is empty");
      }
      if (size > MOST_BYTES) {
        throw new MediaException(
            "%s has %d bytes; a picture has at most %d".formatted(file, size, MOST_BYTES));
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new MediaException("there is no file " + file, e);
    } catch (IOException e) {
      throw new MediaException("cannot read " + file + ": " + FileFailure.reason(e), e);
    }
  }

  private static void toEightBits(Path file, Mat picture, Mat target) {
    int depth = picture.depth();
    if (picture.channels() != 3 || (depth != CvType.CV_8U && depth != CvType.CV_16U)) {
      throw new MediaException(
          "%s has pixels of type %s; 8 or 16 unsigned bits a channel are supported"
              .formatted(file, CvType.typeToString(picture.type())));
    }
    if (depth == CvType.CV_16U) {
      picture.convertTo(target, CvType.CV_8UC3, SIXTEEN_TO_EIGHT_BITS);
    } else {
      picture.copyTo(target);
    }
  }

  /** A JPEG that is cut off decodes without complaint, its lower part grey: so look for its end. */
  private static boolean isCutJpeg(byte[] bytes) {
    boolean jpeg = bytes.length > 4 && (bytes[0] & 0xff) == 0xff && (bytes[1] & 0xff) == 0xd8;
    for (int i = bytes.length - 2; jpeg && i >= 2; i--) {
      if ((bytes[i] & 0xff) == 0xff) {
        int marker = bytes[i + 1] & 0xff;
        if (marker == 0xd9) {
          return false;
        } else if (marker == 0xda) {
          break;
        }
      }
    }
    return jpeg;
  }

  /** Of a PNG that is cut off libpng prints a line of its own: so look for its end, too. */
  private static boolean isCutPng(byte[] bytes) {
    boolean png = bytes.length > 8 && bytes[1] == 'P' && bytes[2] == 'N' && bytes[3] == 'G';
    for (int i = bytes.length - 4; png && i >= 8; i--) {
      if (bytes[i] == 'I' && bytes[i + 1] == 'E' && bytes[i + 2] == 'N' && bytes[i + 3] == 'D') {
        return false;
      }
    }
    return png;
  }
}
