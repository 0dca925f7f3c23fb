package io.deweather.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deweather.OpenCv;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfInt;
import org.opencv.core.Scalar;
import org.opencv.imgcodecs.Imgcodecs;

class PicturesTest {
  @TempDir Path folder;

  @BeforeAll
  static void load() {
    OpenCv.load();
  }

  @ParameterizedTest
  @CsvSource({"png, 200", "bmp, 200", "tif, 200", "tiff, 200", "jpg, 30", "jpeg, 30", "webp, 28"})
  void aPictureComesBackInEveryFormat(String extension, double psnr) {
    Path file = folder.resolve("a." + extension);
    Mat drawn = DrawnFrames.frame(333, 217, 0);
    try (FrameSink sink = PictureSink.file(file)) {
      sink.write(drawn, new FrameStamp(0, 0));
    }
    assertThat(folder.toFile().list()).containsExactly(file.getFileName().toString());
    try (FrameSource source = FrameSource.open(file)) {
      assertThat(source.info().width()).isEqualTo(333);
      assertThat(source.info().height()).isEqualTo(217);
      assertThat(source.info().frames()).isEqualTo(1);
      Mat read = new Mat();
      assertThat(source.read(read).orElseThrow().name()).isEqualTo("a." + extension);
      assertThat(Core.PSNR(read, drawn)).isGreaterThan(psnr);
      assertThat(source.read(read)).isEmpty();
    }
  }

  @Test
  void greyBecomesColour() {
    Mat grey = new Mat(20, 30, CvType.CV_8UC1, new Scalar(77));
    assertThat(pixel(grey)).containsExactly(77, 77, 77);
  }

  @Test
  void sixteenBitsAreScaledBy257() {
    Mat deep = new Mat(20, 30, CvType.CV_16UC3, new Scalar(257 * 10, 257 * 200 + 128, 65_535));
    assertThat(pixel(deep)).containsExactly(10, 200, 255);
    Mat above = new Mat(20, 30, CvType.CV_16UC3, new Scalar(257 * 10 + 129, 128, 129));
    assertThat(pixel(above)).containsExactly(11, 0, 1);
    Mat grey = new Mat(20, 30, CvType.CV_16UC1, new Scalar(257 * 99));
    assertThat(pixel(grey)).containsExactly(99, 99, 99);
  }

  @Test
  void alphaIsDropped() {
    Mat transparent = new Mat(20, 30, CvType.CV_8UC4, new Scalar(10, 20, 30, 5));
    assertThat(pixel(transparent)).containsExactly(10, 20, 30);
  }

  @Test
  void floatingPointIsRefusedByName() {
    Path file = folder.resolve("deep.tif");
    Imgcodecs.imwrite(file.toString(), new Mat(20, 30, CvType.CV_32FC3, new Scalar(1, 2, 3)));
    assertThatThrownBy(() -> FrameSource.open(file))
        .isInstanceOf(MediaException.class)
        .hasMessageContainingAll(file.toString(), "CV_32FC3");
  }

  @Test
  void aPhotographIsTurnedAsItsExifSays() throws IOException {
    Path file = folder.resolve("a.jpg");
    Imgcodecs.imwrite(file.toString(), DrawnFrames.frame(96, 64, 0));
    byte[] bytes = Files.readAllBytes(file);
    ByteArrayOutputStream turned = new ByteArrayOutputStream();
    turned.write(bytes, 0, 2);
    turned.write(exifOrientation(6));
    turned.write(bytes, 2, bytes.length - 2);
    Files.write(file, turned.toByteArray());
    try (FrameSource source = FrameSource.open(file)) {
      assertThat(source.info().width()).isEqualTo(64);
      assertThat(source.info().height()).isEqualTo(96);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg", "bmp", "webp", "tif"})
  void aCutPictureIsRefusedByName(String extension) throws IOException {
    Path file = folder.resolve("a." + extension);
    Imgcodecs.imwrite(file.toString(), DrawnFrames.frame(333, 217, 0));
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
    assertThatThrownBy(() -> FrameSource.open(file))
        .isInstanceOf(MediaException.class)
        .hasMessageStartingWith("cannot read " + file);
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg"})
  void aPictureWithoutItsEndIsSaidToBeCutOff(String extension) throws IOException {
    Path file = folder.resolve("a." + extension);
    Imgcodecs.imwrite(file.toString(), DrawnFrames.frame(333, 217, 0));
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 9));
    assertThatThrownBy(() -> FrameSource.open(file))
        .isInstanceOf(MediaException.class)
        .hasMessage("cannot read " + file + ": the picture is cut off");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void whatFollowsAPictureDoesNotMakeItCutOff(int progressive) throws IOException {
    Path file = jpeg(progressive);
    byte[] clip = {0, 0, 0, 8, 'f', 't', 'y', 'p', (byte) 0xff, (byte) 0xda, 0, 1, 2, 3};
    Files.write(file, clip, StandardOpenOption.APPEND);
    try (FrameSource source = FrameSource.open(file)) {
      assertThat(source.info().width()).isEqualTo(333);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void aThumbnailsEndIsNotThePictures(int progressive) throws IOException {
    Path file = jpeg(progressive);
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer cut = ByteBuffer.allocate(bytes.length - 2 + 8);
    cut.put(bytes, 0, 2).putLong(0xffe1_0006_ffda_ffd9L).put(bytes, 2, bytes.length - 4);
    Files.write(file, cut.array());
    assertThatThrownBy(() -> FrameSource.open(file))
        .isInstanceOf(MediaException.class)
        .hasMessage("cannot read " + file + ": the picture is cut off");
  }

  private Path jpeg(int progressive) {
    Path file = folder.resolve("a.jpg");
    Imgcodecs.imwrite(
        file.toString(),
        DrawnFrames.frame(333, 217, 0),
        new MatOfInt(Imgcodecs.IMWRITE_JPEG_PROGRESSIVE, progressive));
    return file;
  }

  @Test
  void anEmptyPictureIsCalledEmptyAndTextNoPicture() throws IOException {
    Path empty = Files.createFile(folder.resolve("empty.png"));
    assertThatThrownBy(() -> FrameSource.open(empty)).hasMessage(empty + " is empty");
    Path text = Files.writeString(folder.resolve("text.png"), "no picture");
    assertThatThrownBy(() -> FrameSource.open(text))
        .isInstanceOf(MediaException.class)
        .hasMessage("cannot read " + text + ": it is no picture, or damaged");
    Path missing = folder.resolve("none.png");
    assertThatThrownBy(() -> FrameSource.open(missing)).hasMessage("there is no file " + missing);
  }

  @Test
  void aFolderIsReadByNameAndWrittenUnderTheSameNames() throws IOException {
    Path in = Files.createDirectory(folder.resolve("in"));
    for (String name : List.of("b.png", "a.jpg", "c.PNG", ".hidden.png")) {
      String lower = name.toLowerCase(java.util.Locale.ROOT);
      Path temporary = in.resolve("x" + lower);
      Imgcodecs.imwrite(temporary.toString(), DrawnFrames.frame(40 + name.length(), 30, 0));
      Files.move(temporary, in.resolve(name));
    }
    Files.writeString(in.resolve("notes.txt"), "no picture");
    Path out = folder.resolve("out");
    List<String> names = new ArrayList<>();
    List<Long> times = new ArrayList<>();
    try (FrameSource source = FrameSource.open(in);
        FrameSink sink = PictureSink.folder(out)) {
      assertThat(source.info().frames()).isEqualTo(3);
      assertThat(source.info().width()).isZero();
      Mat picture = new Mat();
      for (var stamp = source.read(picture); stamp.isPresent(); stamp = source.read(picture)) {
        names.add(stamp.get().name());
        times.add(stamp.get().timestampMicros());
        sink.write(picture, stamp.get());
      }
    }
    assertThat(names).containsExactly("a.jpg", "b.png", "c.PNG");
    assertThat(times).containsExactly(0L, 40_000L, 80_000L);
    assertThat(out.toFile().list()).containsExactlyInAnyOrder("a.jpg", "b.png", "c.PNG");
    byte[] head = Arrays.copyOf(Files.readAllBytes(out.resolve("c.PNG")), 4);
    assertThat(new String(head, StandardCharsets.ISO_8859_1)).endsWith("PNG");
  }

  @Test
  void aBadPictureInAFolderIsNamedAndTheNextOneCanBeRead() throws IOException {
    Imgcodecs.imwrite(folder.resolve("a.png").toString(), DrawnFrames.frame(40, 30, 0));
    Files.writeString(folder.resolve("b.png"), "no picture");
    Imgcodecs.imwrite(folder.resolve("c.png").toString(), DrawnFrames.frame(40, 30, 0));
    try (FrameSource source = FrameSource.open(folder)) {
      Mat picture = new Mat();
      assertThat(source.read(picture).orElseThrow().name()).isEqualTo("a.png");
      assertThatThrownBy(() -> source.read(picture)).hasMessageContaining("b.png");
      assertThat(source.read(picture).orElseThrow().name()).isEqualTo("c.png");
      assertThat(source.read(picture)).isEmpty();
    }
  }

  @Test
  void aFolderWithoutPicturesIsRefused() {
    assertThatThrownBy(() -> FrameSource.open(folder))
        .isInstanceOf(MediaException.class)
        .hasMessageStartingWith("the folder " + folder + " has no picture");
  }

  @Test
  void aSequenceIsReadByNumber() {
    for (int number : new int[] {9, 10, 11, 100}) {
      Path file = folder.resolve("img_%d.png".formatted(number));
      Imgcodecs.imwrite(file.toString(), DrawnFrames.frame(40, 30, 0));
    }
    List<String> names = new ArrayList<>();
    try (FrameSource source = FrameSource.open(folder + "/img_%d.png")) {
      Mat picture = new Mat();
      for (var stamp = source.read(picture); stamp.isPresent(); stamp = source.read(picture)) {
        names.add(stamp.get().name());
      }
    }
    assertThat(names).containsExactly("img_9.png", "img_10.png", "img_11.png", "img_100.png");
    assertThatThrownBy(() -> FrameSource.open(folder + "/shot_%04d.png"))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("shot_%04d.png");
  }

  @Test
  void aSinkForOnePictureRefusesASecond() {
    Path file = folder.resolve("a.png");
    try (PictureSink sink = PictureSink.file(file)) {
      sink.write(DrawnFrames.frame(40, 30, 0), new FrameStamp(0, 0));
      assertThatThrownBy(() -> sink.write(DrawnFrames.frame(40, 30, 1), new FrameStamp(1, 40_000)))
          .isInstanceOf(MediaException.class)
          .hasMessageStartingWith(file + " holds one picture");
    }
    assertThat(Files.exists(file)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"../a.png", "/tmp/a.png", "x/a.png", ".."})
  void aNameThatLeavesTheFolderIsRefused(String name) {
    try (PictureSink sink = PictureSink.folder(folder.resolve("out"))) {
      assertThatThrownBy(
              () -> sink.write(DrawnFrames.frame(40, 30, 0), new FrameStamp(0, 0, 0, name)))
          .isInstanceOf(MediaException.class)
          .hasMessageContaining("(" + name + ") must be a plain file name");
    }
    assertThat(folder.toFile().list()).isEmpty();
  }

  @Test
  void sinksNameWhatTheyCannotWrite() {
    assertThatThrownBy(() -> PictureSink.file(folder.resolve("a.gif")))
        .hasMessageContainingAll("a.gif", "png, jpg, jpeg, bmp, webp, tif, tiff");
    Path nowhere = folder.resolve("none").resolve("a.png");
    assertThatThrownBy(() -> PictureSink.file(nowhere)).hasMessageContaining("does not exist");
    assertThatThrownBy(() -> PictureSink.folder(nowhere))
        .hasMessage("cannot create the folder " + nowhere + ": no such file or folder");
  }

  @Test
  void discardedPicturesAreDeleted() {
    Path out = folder.resolve("out");
    PictureSink sink = PictureSink.folder(out);
    sink.write(DrawnFrames.frame(40, 30, 0), new FrameStamp(0, 0));
    assertThat(out.toFile().list()).containsExactly("000000.png");
    sink.discard();
    sink.close();
    assertThat(Files.exists(out)).isFalse();
  }

  private double[] pixel(Mat picture) {
    Path file = folder.resolve("p.png");
    Imgcodecs.imwrite(file.toString(), picture);
    try (FrameSource source = FrameSource.open(file)) {
      Mat read = new Mat();
      source.read(read);
      assertThat(read.type()).isEqualTo(CvType.CV_8UC3);
      return read.get(11, 17);
    }
  }

  private static byte[] exifOrientation(int orientation) {
    ByteBuffer exif = ByteBuffer.allocate(36);
    exif.putShort((short) 0xffe1).putShort((short) 34);
    exif.put("Exif\0\0MM".getBytes(StandardCharsets.ISO_8859_1)).putShort((short) 42).putInt(8);
    exif.putShort((short) 1).putShort((short) 0x112).putShort((short) 3).putInt(1);
    exif.putShort((short) orientation).putShort((short) 0).putInt(0);
    return exif.array();
  }
}
