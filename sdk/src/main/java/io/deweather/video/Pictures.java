package io.deweather.video;

import io.deweather.FileFailure;
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

  // Markers of JPEG, ITU-T T.81, table B.1.
  private static final int FIRST_WITH_LENGTH = 0xc0;
  private static final int START_OF_IMAGE = 0xd8;
  private static final int END_OF_IMAGE = 0xd9;
  private static final int START_OF_SCAN = 0xda;
  private static final int FILL = 0xff;

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
      pending.commit(false);
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

  /**
   * A JPEG that is cut off decodes without complaint, its lower part grey: so look for its end,
   * which is the first one after the headers. The thumbnail in these has one too, and what phones
   * append, a clip for instance, may have any bytes.
   */
  private static boolean isCutJpeg(byte[] bytes) {
    boolean jpeg = bytes.length > 4 && marker(bytes, 0) == START_OF_IMAGE;
    boolean scan = false;
    for (int i = 2; jpeg && i < bytes.length - 1; i++) {
      int marker = marker(bytes, i);
      if (marker == END_OF_IMAGE) {
        return false;
      }
      scan |= marker == START_OF_SCAN;
      if (!scan && marker >= FIRST_WITH_LENGTH && marker != FILL && i + 3 < bytes.length) {
        i += 1 + ((bytes[i + 2] & 0xff) << 8 | bytes[i + 3] & 0xff);
      }
    }
    return jpeg;
  }

  /** The second byte of the JPEG marker that is here; -1 if there is none. */
  private static int marker(byte[] bytes, int at) {
    return (bytes[at] & 0xff) == 0xff ? bytes[at + 1] & 0xff : -1;
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
