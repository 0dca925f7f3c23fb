package io.deweather.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_MPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_SMPTE170M;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Scalar;

class ClipRoundTripTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"mp4", "m4v", "mov", "mkv", "avi", "ts"})
  void everyContainerKeepsFramesSizeRateAndDuration(String extension) {
    Path clip = DrawnFrames.clip(folder.resolve("clip." + extension), 320, 180, 30, 25);
    DrawnFrames.Read read = DrawnFrames.read(clip);
    assertThat(read.stamps()).hasSize(30);
    assertThat(read.info().width()).isEqualTo(320);
    assertThat(read.info().height()).isEqualTo(180);
    assertThat(read.info().frameRate()).isEqualTo(25.0, within(0.01));
    for (int i = 0; i < 30; i++) {
      assertThat(read.times().get(i)).isEqualTo(i * 40_000L);
    }
    assertThat(read.end()).isEqualTo(1_200_000L);
    assertThat(read.worst()).isGreaterThan(38);
  }

  @Test
  void anNtscRateIsKeptToTheTick() {
    Path clip = DrawnFrames.clip(folder.resolve("a.mp4"), 64, 48, 40, 30_000 / 1001.0);
    DrawnFrames.Read read = DrawnFrames.read(clip);
    assertThat(read.info().frameRate()).isEqualTo(29.97003, within(1e-4));
    for (int i = 0; i < 40; i++) {
      assertThat(read.times().get(i)).isEqualTo(Math.round(i * 1_001_000 / 30.0));
    }
  }

  @ParameterizedTest
  @CsvSource({"mp4, 30000", "mov, 12800", "ts, 90000", "mkv, 1000"})
  void aVariableRateStaysVariable(String extension, int timescale) {
    long[] ticks = {0, 3, 4, 5, 9, 10, 22, 23, 24, 60};
    Path first = folder.resolve("first." + extension);
    try (VideoSink sink = VideoSink.builder(first).timescale(timescale).open()) {
      for (int i = 0; i < ticks.length; i++) {
        long micros = Math.round(ticks[i] * 50 * 1e6 / timescale);
        sink.write(DrawnFrames.frame(64, 48, i), new FrameStamp(i, micros));
      }
    }
    DrawnFrames.Read read = DrawnFrames.read(first);
    List<Long> expected = new ArrayList<>();
    for (long tick : ticks) {
      expected.add(Math.round(tick * 50 * 1e6 / timescale));
    }
    assertThat(read.times()).isEqualTo(expected);

    Path second = folder.resolve("second." + extension);
    copy(first, second);
    assertThat(DrawnFrames.read(second).times()).isEqualTo(expected);
    assertThat(DrawnFrames.read(second).info().timescale()).isEqualTo(read.info().timescale());
  }

  @Test
  void theLastFramesDurationIsKept() {
    Path clip = folder.resolve("a.mp4");
    try (VideoSink sink = VideoSink.builder(clip).timescale(1000).open()) {
      sink.write(DrawnFrames.frame(64, 48, 0), new FrameStamp(0, 0, 40_000, ""));
      sink.write(DrawnFrames.frame(64, 48, 1), new FrameStamp(1, 40_000, 700_000, ""));
    }
    assertThat(DrawnFrames.read(clip).end()).isEqualTo(740_000);
    assertThat(DrawnFrames.read(clip).info().duration()).hasMillis(740);
  }

  @ParameterizedTest
  @CsvSource({
    "333, 217, mpeg4",
    "333, 218, mpeg4",
    "334, 217, mpeg4",
    "334, 218, libopenh264",
    "17, 19, mpeg4",
    "18, 16, libopenh264",
    "338, 190, libopenh264"
  })
  void anySizeIsKeptToTheLastColumn(int width, int height, String encoder) {
    Path clip = folder.resolve("a.mp4");
    try (VideoSink sink = VideoSink.builder(clip).quantizer(12).open()) {
      assertThat(sink.encoderName()).isEmpty();
      sink.write(DrawnFrames.frame(width, height, 0), new FrameStamp(0, 0));
      assertThat(sink.encoderName()).contains(encoder);
    }
    try (FrameSource source = FrameSource.open(clip)) {
      Mat frame = new Mat();
      source.read(frame);
      assertThat(frame.cols()).isEqualTo(width);
      assertThat(frame.rows()).isEqualTo(height);
      Mat drawn = DrawnFrames.frame(width, height, 0);
      assertThat(Core.PSNR(frame, drawn)).isGreaterThan(31);
      assertThat(DrawnFrames.psnrOfLastColumns(frame, drawn, 15)).isGreaterThan(30);
    }
  }

  @ParameterizedTest
  @CsvSource({"720, true", "704, false"})
  void coloursAreKeptAndTagged(int height, boolean hd) {
    Path clip = folder.resolve("a.mp4");
    roundTrip(clip, height, ColourTags.NONE);
    try (Demuxer demuxer = Demuxer.open(clip)) {
      AVCodecParameters parameters = demuxer.videoStream().codecpar();
      assertThat(parameters.color_space()).isEqualTo(hd ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M);
      assertThat(parameters.color_range()).isEqualTo(AVCOL_RANGE_MPEG);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "mp4, 9, 18, 9",
    "mov, 9, 16, 9",
    "mkv, 9, 18, 9",
    "mkv, 12, 16, 1",
    "mp4, 1, 13, 1",
    "ts, 9, 14, 9"
  })
  void coloursOfAnotherKindKeepTheirTags(
      String extension, int primaries, int transfer, int matrix) {
    Path clip = folder.resolve("a." + extension);
    ColourTags tags = new ColourTags(primaries, transfer, matrix);
    StreamInfo info = roundTrip(clip, 720, tags);
    assertThat(info.colours()).isEqualTo(tags);
    assertThat(info.colours().isHighDynamicRange()).isEqualTo(transfer >= 16);
    Path again = folder.resolve("b." + extension);
    try (VideoSink sink = VideoSink.builder(again).like(info).open()) {
      sink.write(new Mat(720, 64, CvType.CV_8UC3, Scalar.all(9)), new FrameStamp(0, 0));
    }
    try (FrameSource source = FrameSource.open(again)) {
      assertThat(source.info().colours()).isEqualTo(tags);
    }
  }

  /** Writes frames of one colour each, and sees that they are read as they were. */
  private static StreamInfo roundTrip(Path clip, int height, ColourTags tags) {
    Scalar[] colours = {
      new Scalar(200, 30, 30), new Scalar(30, 200, 30), new Scalar(30, 30, 200), Scalar.all(128)
    };
    try (VideoSink sink = VideoSink.builder(clip).quantizer(10).colours(tags).open()) {
      for (int i = 0; i < colours.length; i++) {
        Mat frame = new Mat(height, 64, CvType.CV_8UC3, colours[i]);
        sink.write(frame, new FrameStamp(i, i * 40_000L));
      }
    }
    try (FrameSource source = FrameSource.open(clip)) {
      Mat frame = new Mat();
      for (Scalar colour : colours) {
        source.read(frame);
        Mat difference = new Mat();
        Core.absdiff(frame, colour, difference);
        assertThat(Core.minMaxLoc(difference.reshape(1)).maxVal).isLessThanOrEqualTo(3);
      }
      return source.info();
    }
  }

  @Test
  void anotherRoundTripBarelyChangesThePicture() {
    Path first = DrawnFrames.clip(folder.resolve("a.mp4"), 320, 180, 10, 25);
    Path second = folder.resolve("b.mp4");
    copy(first, second);
    assertThat(DrawnFrames.read(second).worst())
        .isGreaterThan(DrawnFrames.read(first).worst() - 1.5);
  }

  @Test
  void brightnessDoesNotDrift() {
    Path clip = folder.resolve("a.mp4");
    try (VideoSink sink = VideoSink.builder(clip).quantizer(4).open()) {
      sink.write(DrawnFrames.frame(320, 180, 0), new FrameStamp(0, 0));
    }
    try (FrameSource source = FrameSource.open(clip)) {
      Mat frame = new Mat();
      source.read(frame);
      double before = Core.mean(DrawnFrames.frame(320, 180, 0).reshape(1)).val[0];
      double after = Core.mean(frame.reshape(1)).val[0];
      assertThat(after).isEqualTo(before, within(0.25));
    }
  }

  @Test
  void aTurnedClipIsReadUpright() throws Exception {
    Path clip = DrawnFrames.clip(folder.resolve("a.mp4"), 96, 64, 3, 25);
    int one = 1 << 16;
    turn(clip, 0, one, 0, -one, 0, 0, 64 * one, 0, 1 << 30); // a quarter clockwise
    try (FrameSource source = FrameSource.open(clip)) {
      assertThat(source.info().width()).isEqualTo(64);
      assertThat(source.info().height()).isEqualTo(96);
      Mat frame = new Mat();
      source.read(frame);
      Mat expected = new Mat();
      Core.rotate(DrawnFrames.frame(96, 64, 0), expected, Core.ROTATE_90_CLOCKWISE);
      assertThat(frame.size()).isEqualTo(expected.size());
      assertThat(Core.PSNR(frame, expected)).isGreaterThan(35);
    }
  }

  @Test
  void widePixelsStayWide() {
    Path clip = folder.resolve("a.mp4");
    DrawnFrames.clip(VideoSink.builder(clip).pixelAspect(64 / 45.0), clip, 72, 58, 2, 25);
    Path again = folder.resolve("b.mkv");
    copy(clip, again);
    assertThat(DrawnFrames.read(again).info().pixelAspect()).isEqualTo(64 / 45.0, within(1e-3));
  }

  @ParameterizedTest
  @ValueSource(strings = {"mp4", "ts"})
  void noiseThatIsTooMuchForTheEncoderIsWrittenCoarser(String extension) {
    Path clip = folder.resolve("a." + extension);
    Mat noise = new Mat(90, 160, CvType.CV_8UC3);
    try (VideoSink sink = VideoSink.builder(clip).quantizer(4).open()) {
      for (int i = 0; i < 12; i++) {
        if (i < 4 || i > 7) {
          sink.write(DrawnFrames.frame(160, 90, i), new FrameStamp(i, i * 40_000L));
        } else {
          Core.randu(noise, 0, 255);
          sink.write(noise, new FrameStamp(i, i * 40_000L));
        }
      }
    }
    DrawnFrames.Read read = DrawnFrames.read(clip);
    assertThat(read.stamps()).hasSize(12);
    assertThat(read.psnr().get(3)).isGreaterThan(33);
    assertThat(read.psnr().get(11)).isGreaterThan(30);
  }

  @Test
  void aBitRateIsKeptRoughly() throws Exception {
    Path clip = folder.resolve("a.mp4");
    DrawnFrames.clip(VideoSink.builder(clip).bitRate(400_000), clip, 320, 180, 75, 25);
    assertThat(Files.size(clip) * 8 / 3.0).isBetween(100_000.0, 700_000.0);
  }

  private static void copy(Path from, Path to) {
    try (FrameSource source = FrameSource.open(from);
        VideoSink sink = VideoSink.builder(to).like(source.info()).open()) {
      Mat frame = new Mat();
      source.read(frame).ifPresent(first -> sink.write(frame, first));
      for (var stamp = source.read(frame); stamp.isPresent(); stamp = source.read(frame)) {
        sink.write(frame, stamp.get());
      }
    }
  }

  /** Writes another matrix into the track header of an mp4. */
  private static void turn(Path clip, int... matrix) throws Exception {
    byte[] bytes = Files.readAllBytes(clip);
    int header = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("tkhd");
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    for (int i = 0; i < matrix.length; i++) {
      buffer.putInt(header + 44 + 4 * i, matrix[i]);
    }
    Files.write(clip, bytes);
  }
}
