package io.deweather.samples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.core.MatOfInt;
import org.opencv.core.Point;
import org.opencv.core.Scalar;
import org.opencv.core.Size;
import org.opencv.imgcodecs.Imgcodecs;
import org.opencv.imgproc.Imgproc;

/** Small pictures in rows, each under its caption, as one picture for a page of documentation. */
final class ContactSheet implements AutoCloseable {
  private static final int TILE_WIDTH = 426;
  private static final int CAPTION = 22;
  private static final int GAP = 4;
  private static final int JPEG_QUALITY = 88;
  private static final Scalar PAPER = Scalar.all(255);
  private static final Scalar INK = Scalar.all(40);

  private final List<Mat> rows = new ArrayList<>();

  /** Adds a row: one picture for each caption, of one size. */
  void row(List<String> captions, List<Mat> pictures) {
    List<Mat> tiles = new ArrayList<>();
    for (int i = 0; i < pictures.size(); i++) {
      tiles.add(tile(captions.get(i), pictures.get(i)));
    }
    Mat row = new Mat();
    Core.hconcat(tiles, row);
    tiles.forEach(Mat::release);
    rows.add(row);
  }

  private static Mat tile(String caption, Mat picture) {
    int height = Math.round((float) TILE_WIDTH * picture.rows() / picture.cols());
    Mat tile = new Mat(height + CAPTION + GAP, TILE_WIDTH + GAP, CvType.CV_8UC3, PAPER);
    Mat place = tile.submat(CAPTION, CAPTION + height, 0, TILE_WIDTH);
    Imgproc.resize(picture, place, new Size(TILE_WIDTH, height), 0, 0, Imgproc.INTER_AREA);
    place.release();
    Imgproc.putText(
        tile,
        caption,
        new Point(2, CAPTION - 7),
        Imgproc.FONT_HERSHEY_SIMPLEX,
        0.45,
        INK,
        1,
        Imgproc.LINE_AA);
    return tile;
  }

  /** Writes the sheet, in the format of the file's extension, first beside and then over it. */
  void write(Path file) throws IOException {
    Mat sheet = new Mat();
    MatOfByte bytes = new MatOfByte();
    MatOfInt quality = new MatOfInt(Imgcodecs.IMWRITE_JPEG_QUALITY, JPEG_QUALITY);
    try {
      Core.vconcat(rows, sheet);
      Imgcodecs.imencode("." + Media.extension(file), sheet, bytes, quality);
      Output.write(file, bytes.toArray());
    } finally {
      for (Mat mat : new Mat[] {sheet, bytes, quality}) {
        mat.release();
      }
    }
  }

  @Override
  public void close() {
    rows.forEach(Mat::release);
  }
}
