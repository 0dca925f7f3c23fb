package io.deweather.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opencv.core.Core;
import org.opencv.core.Mat;

class BrokenClipTest {
  private static final int FRAMES = 75;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "mp4, 0.5, of 3.00 s",
    "mov, 0.9, of 3.00 s",
    "mkv, 0.5, of 3.00 s",
    "mkv, 0.97, breaks off",
    "ts, 0.5, inside a packet",
    "avi, 0.5, breaks off"
  })
  void aCutClipGivesItsFramesAndThenSaysWhereItBreaksOff(
      String extension, double kept, String message) throws IOException {
    Path whole = DrawnFrames.clip(folder.resolve("whole." + extension), 160, 90, FRAMES, 25);
    Path clip = cut(whole, folder.resolve("cut." + extension), kept);
    try (FrameSource source = FrameSource.open(clip)) {
      Mat frame = new Mat();
      int[] frames = {0};
      Throwable failure =
          catchThrowable(
              () -> {
                while (source.read(frame).isPresent()) {
                  assertThat(Core.PSNR(frame, DrawnFrames.frame(160, 90, frames[0])))
                      .isGreaterThan(25);
                  frames[0]++;
                }
              });
      assertThat(frames[0]).isBetween((int) (kept * FRAMES) - 22, FRAMES - 1);
      assertThat(failure)
          .isInstanceOf(MediaException.class)
          .hasMessageContaining("%s breaks off at %.2f s".formatted(clip, frames[0] / 25.0))
          .hasMessageContaining(message);
      assertThatThrownBy(() -> source.read(frame)).hasMessage(failure.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mp4", "mov", "mkv", "avi", "ts"})
  void aWholeClipEndsWithoutComplaint(String extension) {
    Path whole = DrawnFrames.clip(folder.resolve("whole." + extension), 160, 90, FRAMES, 25);
    try (FrameSource source = FrameSource.open(whole)) {
      Mat frame = new Mat();
      for (int i = 0; i < FRAMES; i++) {
        assertThat(source.read(frame)).isPresent();
      }
      assertThat(source.read(frame)).isEmpty();
      assertThat(source.read(frame)).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mp4", "mkv", "avi", "ts"})
  void aWholeClipMayBeginLate(String extension) {
    Path clip = folder.resolve("late." + extension);
    try (VideoSink sink = VideoSink.builder(clip).frameRate(25).open()) {
      for (int i = 0; i < FRAMES; i++) {
        sink.write(DrawnFrames.frame(160, 90, i), new FrameStamp(i, 5_000_000 + 40_000 * i));
      }
    }
    assertThat(DrawnFrames.read(clip).stamps()).hasSize(FRAMES);
  }

  @Test
  void damageInTheMiddleCostsOnlyTheFramesItHits() throws IOException {
    Path clip = DrawnFrames.clip(folder.resolve("a.mkv"), 160, 90, 150, 25);
    byte[] bytes = Files.readAllBytes(clip);
    byte[] noise = new byte[60];
    new Random(1).nextBytes(noise);
    System.arraycopy(noise, 0, bytes, bytes.length / 2, noise.length);
    Files.write(clip, bytes);
    try (FrameSource source = FrameSource.open(clip)) {
      Mat frame = new Mat();
      int frames = 0;
      long last = -1;
      for (var stamp = source.read(frame); stamp.isPresent(); stamp = source.read(frame)) {
        assertThat(stamp.get().timestampMicros()).isGreaterThan(last);
        last = stamp.get().timestampMicros();
        frames++;
      }
      assertThat(frames).isBetween(100, 150);
      assertThat(last).isEqualTo(149 * 40_000L);
    }
  }

  @Test
  void aMissingFileIsNamed() {
    Path clip = folder.resolve("none.mp4");
    assertRefused(clip, "there is no file " + clip);
  }

  @Test
  void aBlankNameIsRefused() {
    assertThatThrownBy(() -> FrameSource.open(""))
        .isInstanceOf(MediaException.class)
        .hasMessage("the input () must name a clip, picture or camera");
  }

  @Test
  void anEmptyFileIsCalledEmpty() throws IOException {
    Path clip = Files.createFile(folder.resolve("empty.mp4"));
    assertRefused(clip, clip + " is empty");
  }

  @ParameterizedTest
  @ValueSource(strings = {"notes.txt", "notes.mp4", "notes.nfo", "notes"})
  void textIsNoVideo(String name) throws IOException {
    Path clip = folder.resolve(name);
    Files.writeString(clip, "Lorem ipsum dolor sit amet.\n".repeat(500), StandardCharsets.UTF_8);
    assertRefused(clip, clip + " is no video");
  }

  @Test
  void noiseIsNoVideo() throws IOException {
    byte[] noise = new byte[50_000];
    new Random(3).nextBytes(noise);
    Path clip = Files.write(folder.resolve("noise.mkv"), noise);
    assertRefused(clip, clip + " is no video");
  }

  @Test
  void soundAloneHasNoVideoStream() {
    Path clip = Sound.write(folder.resolve("sound.mp4"), "aac", 1, 0, "eng");
    assertRefused(clip, clip + " has no video stream");
  }

  @Test
  void anMp4ThatLostItsIndexIsRefused() throws IOException {
    Path whole = DrawnFrames.clip(folder.resolve("whole.mp4"), 160, 90, FRAMES, 25);
    byte[] bytes = Files.readAllBytes(whole);
    int index = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("moov");
    System.arraycopy("lost".getBytes(StandardCharsets.ISO_8859_1), 0, bytes, index, 4);
    Path clip = Files.write(folder.resolve("lost.mp4"), bytes);
    assertRefused(clip, clip + " is no video, or damaged at its start");
  }

  @ParameterizedTest
  @CsvSource({"evc1, evc", "zzzz, zzzz"})
  void anUnsupportedCodecIsNamed(String tag, String name) throws IOException {
    Path whole = DrawnFrames.clip(folder.resolve("whole.mp4"), 160, 90, 3, 25);
    byte[] bytes = Files.readAllBytes(whole);
    int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("stsd") + 16;
    assertThat(new String(bytes, at, 4, StandardCharsets.ISO_8859_1)).isEqualTo("avc1");
    System.arraycopy(tag.getBytes(StandardCharsets.ISO_8859_1), 0, bytes, at, 4);
    Path clip = Files.write(folder.resolve("exotic.mp4"), bytes);
    assertRefused(clip, clip + ": the codec " + name + " is not supported");
  }

  @Test
  void aNameWithAColonIsAFileNotAProtocol() throws IOException {
    Path clip = DrawnFrames.clip(folder.resolve("a.mp4"), 64, 48, 3, 25);
    Path renamed = Files.move(clip, folder.resolve("rtp:12:30.mp4"));
    assertThat(DrawnFrames.read(renamed).stamps()).hasSize(3);
  }

  private static Path cut(Path whole, Path to, double kept) throws IOException {
    byte[] bytes = Files.readAllBytes(whole);
    int size = (int) (bytes.length * kept);
    return Files.write(to, Arrays.copyOf(bytes, size % 188 == 0 ? size - 1 : size));
  }

  private static void assertRefused(Path clip, String message) {
    assertThatThrownBy(() -> FrameSource.open(clip))
        .isInstanceOf(MediaException.class)
        .hasMessageStartingWith(message);
  }
}
