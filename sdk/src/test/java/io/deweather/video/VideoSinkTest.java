package io.deweather.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deweather.OpenCv;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.global.avcodec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Rect;

class VideoSinkTest {
  @TempDir Path folder;

  @Test
  void aThreadThatIsInterruptedWritesAWholeClip() {
    Path clip = folder.resolve("interrupted.mp4");
    Thread.currentThread().interrupt();
    try {
      DrawnFrames.clip(clip, 64, 48, 5, 25);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(DrawnFrames.read(clip).stamps()).hasSize(5);
    assertThat(folder.toFile().list()).containsExactly("interrupted.mp4");
  }

  @Test
  void theClipAppearsUnderItsNameOnlyWhenTheSinkIsClosed() {
    Path clip = folder.resolve("out.mp4");
    VideoSink sink = VideoSink.builder(clip).open();
    write(sink, 3);
    assertThat(folder.toFile().list()).containsExactly(".out.mp4.part");
    sink.close();
    assertThat(folder.toFile().list()).containsExactly("out.mp4");
    sink.close();
    sink.discard();
    assertThat(DrawnFrames.read(clip).stamps()).hasSize(3);
  }

  /**
   * As where there is no memory for the conversion: the frames after it would get others' times.
   */
  @Test
  void whateverFailsWithAFrameEndsTheClipThere() {
    Path clip = folder.resolve("out.mp4");
    Mat grey = unconvertible();
    try (VideoSink sink = VideoSink.builder(clip).open()) {
      write(sink, 2);
      for (Mat image : List.of(grey, DrawnFrames.frame(64, 48, 3))) {
        assertThatThrownBy(() -> sink.write(image, new FrameStamp(2, 80_000)))
            .isInstanceOf(MediaException.class)
            .hasMessageStartingWith("cannot write " + clip + ": ");
      }
    }
    assertThat(DrawnFrames.read(clip).times()).containsExactly(0L, 40_000L);
  }

  @Test
  void aClipWhoseFirstFrameFailsLeavesWhatWasThereBefore() throws IOException {
    Path clip = Files.writeString(folder.resolve("out.mp4"), "the old one");
    try (VideoSink sink = VideoSink.builder(clip).open()) {
      assertThatThrownBy(() -> sink.write(unconvertible(), new FrameStamp(0, 0)))
          .isInstanceOf(MediaException.class);
    }
    assertThat(folder.toFile().list()).containsExactly("out.mp4");
    assertThat(Files.readString(clip)).isEqualTo("the old one");
  }

  private static Mat unconvertible() {
    OpenCv.load();
    return new Mat(48, 64, CvType.CV_8UC1) {
      @Override
      public int type() {
        return CvType.CV_8UC3;
      }
    };
  }

  @ParameterizedTest
  @CsvSource({"libopenh264, 64", "mpeg4, 64", "mpeg4, 63"})
  void theEncoderThatIsNamedIsUsed(String encoder, int width) {
    Path clip = folder.resolve("out.mp4");
    try (VideoSink sink = VideoSink.builder(clip).encoder(encoder).open()) {
      sink.write(DrawnFrames.frame(width, 48, 0), new FrameStamp(0, 0));
      assertThat(sink.encoderName()).contains(encoder);
    }
    assertThat(DrawnFrames.read(clip).stamps()).hasSize(1);
  }

  @Test
  void anEncoderThatIsNotThereIsAnsweredWithThoseThatAre() {
    Path clip = folder.resolve("out.mp4");
    for (String absent : new String[] {"h264_nowhere", "flv", "libaom-av1"}) {
      assertThatThrownBy(() -> VideoSink.builder(clip).encoder(absent).open())
          .isInstanceOf(MediaException.class)
          .hasMessageMatching(
              "encoder \\(%s\\) must be one that this FFmpeg has for H.264 or MPEG-4 on this machine: .*libopenh264.*, mpeg4.*"
                  .formatted(absent));
    }
    assertThat(folder.toFile().list()).isEmpty();
  }

  @Test
  void anEncoderThatIsNamedAndRefusesIsNotReplacedByAnother() {
    Path clip = folder.resolve("out.mp4");
    try (VideoSink sink = VideoSink.builder(clip).encoder("libopenh264").open()) {
      Mat odd = DrawnFrames.frame(63, 48, 0);
      assertThatThrownBy(() -> sink.write(odd, new FrameStamp(0, 0)))
          .isInstanceOf(MediaException.class)
          .hasMessage(
              "encoder libopenh264 cannot hold frames of 63x48: H.264 in YUV 4:2:0 needs even"
                  + " widths and heights");
    }
    assertThat(folder.toFile().list()).isEmpty();
  }

  @Test
  void anEncoderWithoutConstantQualityAsksForABitRate() {
    // VideoToolbox, AMF and V4L2 are of other machines; this one of FFmpeg's is everywhere.
    Path clip = folder.resolve("out.mp4");
    try (VideoSink sink = VideoSink.builder(clip).encoder("h264_v4l2m2m").open()) {
      assertThatThrownBy(() -> write(sink, 1))
          .isInstanceOf(MediaException.class)
          .hasMessage("encoder h264_v4l2m2m has no constant quality: it needs a bit rate");
    }
  }

  @Test
  void aSinkWithoutFramesLeavesNothing() {
    VideoSink.builder(folder.resolve("out.mp4")).open().close();
    assertThat(folder.toFile().list()).isEmpty();
  }

  @Test
  void aDiscardedClipLeavesWhatWasThereBefore() throws IOException {
    Path clip = Files.writeString(folder.resolve("out.mp4"), "the old one");
    VideoSink sink = VideoSink.builder(clip).open();
    write(sink, 3);
    sink.discard();
    sink.close();
    assertThat(folder.toFile().list()).containsExactly("out.mp4");
    assertThat(Files.readString(clip)).isEqualTo("the old one");
  }

  @Test
  void anOlderFileIsReplaced() throws IOException {
    Path clip = Files.writeString(folder.resolve("out.mkv"), "the old one");
    DrawnFrames.clip(clip, 64, 48, 3, 25);
    assertThat(DrawnFrames.read(clip).stamps()).hasSize(3);
  }

  @Test
  void whatAKilledRunLeftIsWrittenOver() throws IOException {
    Files.write(folder.resolve(".out.mp4.part"), new byte[5_000_000]);
    Path clip = DrawnFrames.clip(folder.resolve("out.mp4"), 64, 48, 3, 25);
    assertThat(Files.size(clip)).isLessThan(100_000);
    assertThat(folder.toFile().list()).containsExactly("out.mp4");
  }

  @Test
  void aSecondWriterOfTheSameFileIsRefused() {
    Path clip = folder.resolve("out.mp4");
    try (VideoSink sink = VideoSink.builder(clip).open()) {
      write(sink, 2);
      assertThatThrownBy(() -> VideoSink.builder(clip).open())
          .isInstanceOf(MediaException.class)
          .hasMessage("cannot write " + clip + ": it is being written already");
    }
    assertThat(DrawnFrames.read(clip).stamps()).hasSize(2);
  }

  @Test
  void anUnknownExtensionIsAnsweredWithTheKnownOnes() {
    assertThatThrownBy(() -> VideoSink.builder(folder.resolve("out.xyz")).open())
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("out.xyz")
        .hasMessageEndingWith("avi, m4v, mkv, mov, mp4, ts");
  }

  @Test
  void aMissingFolderIsNamed() {
    Path clip = folder.resolve("none").resolve("out.mp4");
    assertThatThrownBy(() -> VideoSink.builder(clip).open())
        .isInstanceOf(MediaException.class)
        .hasMessage(
            "cannot write %s: the folder %s does not exist".formatted(clip, clip.getParent()));
  }

  @Test
  void aFolderInItsPlaceIsNotReplaced() throws IOException {
    Path clip = Files.createDirectory(folder.resolve("out.mp4"));
    assertThatThrownBy(() -> VideoSink.builder(clip).open())
        .isInstanceOf(MediaException.class)
        .hasMessage("cannot write " + clip + ": it is a folder");
  }

  @Test
  void framesOfAnotherSizeOrTypeAreRejectedAndTheClipGoesOn() {
    Path clip = folder.resolve("out.mp4");
    try (VideoSink sink = VideoSink.builder(clip).open()) {
      write(sink, 2);
      assertThatThrownBy(() -> sink.write(DrawnFrames.frame(66, 48, 0), new FrameStamp(2, 90_000)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("image (66x48) must be of the clip's size, 64x48");
      Mat grey = new Mat(48, 64, CvType.CV_8UC1);
      assertThatThrownBy(() -> sink.write(grey, new FrameStamp(2, 90_000)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("image (CV_8UC1, 64x48) must be CV_8UC3 with pixels");
      sink.write(DrawnFrames.frame(64, 48, 2), new FrameStamp(2, 90_000));
    }
    assertThat(DrawnFrames.read(clip).times()).containsExactly(0L, 40_000L, 90_000L);
  }

  @Test
  void anInterruptedThreadStillFinishesTheClip() {
    Path clip = folder.resolve("out.mp4");
    try (VideoSink sink = VideoSink.builder(clip).open()) {
      write(sink, 2);
      Thread.currentThread().interrupt();
      sink.write(DrawnFrames.frame(64, 48, 2), new FrameStamp(2, 80_000));
    }
    assertThat(Thread.interrupted()).isTrue();
    assertThat(DrawnFrames.read(clip).stamps()).hasSize(3);
  }

  @Test
  void timesMustRise() {
    try (VideoSink sink = VideoSink.builder(folder.resolve("out.mp4")).open()) {
      write(sink, 2);
      assertThatThrownBy(() -> sink.write(DrawnFrames.frame(64, 48, 2), new FrameStamp(2, 40_000)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("timestampMicros (40000) must rise, from 0; the frame before has 40000");
    }
  }

  @Test
  void timesFinerThanTheContainersStillRise() {
    Path clip = folder.resolve("out.mkv");
    try (VideoSink sink = VideoSink.builder(clip).open()) {
      for (int i = 0; i < 4; i++) {
        sink.write(DrawnFrames.frame(64, 48, i), new FrameStamp(i, i * 100L));
      }
    }
    assertThat(DrawnFrames.read(clip).times()).containsExactly(0L, 1_000L, 2_000L, 3_000L);
  }

  @Test
  void aClipThatCannotBeMovedIntoPlaceStaysWhereItGrew() throws IOException {
    Path clip = folder.resolve("out.mp4");
    VideoSink sink = VideoSink.builder(clip).open();
    write(sink, 3);
    Files.createDirectories(clip.resolve("full")); // a folder meanwhile, which no file replaces
    Path part = folder.resolve(".out.mp4.part");
    assertThatThrownBy(sink::close)
        .isInstanceOf(MediaException.class)
        .hasMessageContainingAll("cannot write " + clip, "the result is in " + part);
    assertThat(DrawnFrames.read(part).stamps()).hasSize(3);
  }

  @Test
  void writingAfterCloseIsRejected() {
    VideoSink sink = VideoSink.builder(folder.resolve("out.mp4")).open();
    sink.close();
    assertThatThrownBy(() -> write(sink, 1)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aViewOfALargerImageIsWritten() {
    Path clip = folder.resolve("out.mp4");
    Mat large = DrawnFrames.frame(201, 150, 0);
    Mat part = large.submat(new Rect(33, 20, 64, 48));
    try (VideoSink sink = VideoSink.builder(clip).quantizer(10).open()) {
      sink.write(part, new FrameStamp(0, 0));
    }
    try (FrameSource source = FrameSource.open(clip)) {
      Mat frame = new Mat();
      source.read(frame);
      assertThat(org.opencv.core.Core.PSNR(frame, part)).isGreaterThan(31);
    }
  }

  @Test
  void settingsOutsideTheirRangeAreRejectedByName() {
    VideoSinkBuilder builder = VideoSink.builder(folder.resolve("out.mp4"));
    assertThatThrownBy(() -> builder.frameRate(0)).hasMessageStartingWith("frameRate (0.0)");
    assertThatThrownBy(() -> builder.timescale(0)).hasMessageStartingWith("timescale (0)");
    assertThatThrownBy(() -> builder.pixelAspect(0)).hasMessageStartingWith("pixelAspect (0.0)");
    assertThatThrownBy(() -> builder.quantizer(52)).hasMessageStartingWith("quantizer (52)");
    assertThatThrownBy(() -> builder.bitRate(0)).hasMessageStartingWith("bitRate (0)");
    assertThatThrownBy(() -> builder.encoderThreads(0)).hasMessageStartingWith("encoderThreads");
  }

  @ParameterizedTest
  @CsvSource({"1, 256, 1", "3, 256, 3", "4, 256, 4", "8, 256, 4", "4, 48, 1"})
  void eachEncoderThreadHasASliceOfAtLeast64Rows(int threads, int height, int slices) {
    Path clip = folder.resolve("out.mp4");
    try (VideoSink sink = VideoSink.builder(clip).encoderThreads(threads).open()) {
      sink.write(DrawnFrames.frame(320, height, 0), new FrameStamp(0, 0));
      assertThat(sink.encoderName()).contains("libopenh264");
    }
    assertThat(slicesOfFirstPacket(clip)).isEqualTo(slices);
  }

  private static int slicesOfFirstPacket(Path clip) {
    try (Demuxer demuxer = Demuxer.open(clip);
        AVPacket packet = avcodec.av_packet_alloc()) {
      assertThat(demuxer.read(packet)).isZero();
      ByteBuffer units = packet.data().capacity(packet.size()).asByteBuffer();
      units.order(ByteOrder.BIG_ENDIAN);
      int slices = 0;
      while (units.hasRemaining()) {
        int size = units.getInt();
        int type = units.get(units.position()) & 0x1f;
        slices += type == 1 || type == 5 ? 1 : 0;
        units.position(units.position() + size);
      }
      avcodec.av_packet_unref(packet);
      return slices;
    }
  }

  private static void write(VideoSink sink, int frames) {
    for (int i = 0; i < frames; i++) {
      sink.write(DrawnFrames.frame(64, 48, i), new FrameStamp(i, i * 40_000L));
    }
  }
}
