package io.deweather.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_ASS;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_BIN_DATA;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_MOV_TEXT;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_SUBRIP;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_DATA;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_SUBTITLE;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_get;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opencv.core.Mat;

class TrackCopyTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"mp4, mp4", "mp4, mkv", "mkv, mov", "mp4, ts", "ts, mp4", "mkv, avi"})
  void packetsAreCopiedUnchanged(String from, String to) {
    Path clip = clipWithSound(folder.resolve("in." + from), 50, 2, 0, "eng");
    List<Sound.Packet> before = Sound.packets(clip);
    Path out = restore(clip, folder.resolve("out." + to), Integer.MAX_VALUE);
    List<Sound.Packet> after = Sound.packets(out);
    assertThat(before).hasSizeGreaterThan(85);
    assertThat(after).hasSameSizeAs(before);
    // AVI has no times: its streams begin together, up to the encoder's delay.
    long tolerance = to.equals("avi") ? 22_000 : 1_100;
    boolean adts = from.equals("ts") || to.equals("ts"); // there each packet has a header more
    for (int i = 0; i < before.size(); i++) {
      if (!adts) {
        assertThat(after.get(i).contentHash()).isEqualTo(before.get(i).contentHash());
      }
      assertThat(after.get(i).micros()).isCloseTo(before.get(i).micros(), within(tolerance));
    }
  }

  @Test
  void everyStreamIsCopiedWithItsLanguage() {
    Path clip = clipWithSound(folder.resolve("in.mkv"), 25, 1, 0, "deu", "fra");
    Path out = restore(clip, folder.resolve("out.mp4"), Integer.MAX_VALUE);
    assertThat(Sound.packets(out)).containsExactlyInAnyOrderElementsOf(Sound.packets(clip));
    try (Demuxer demuxer = Demuxer.open(out)) {
      assertThat(demuxer.context().nb_streams()).isEqualTo(3);
      assertThat(language(demuxer, 1)).isEqualTo("deu");
      assertThat(language(demuxer, 2)).isEqualTo("fra");
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.3, 0.0})
  void theOffsetOfTheAudioIsKept(double offset) {
    Path clip = clipWithSound(folder.resolve("in.mkv"), 50, 2, offset, "eng");
    Path out = restore(clip, folder.resolve("out.mp4"), Integer.MAX_VALUE);
    long before = Sound.packets(clip).get(0).micros();
    assertThat(before).isCloseTo(Math.round(offset * 1e6), within(25_000L));
    assertThat(Sound.packets(out).get(0).micros()).isCloseTo(before, within(1_000L));
  }

  @Test
  void audioThatBeginsBeforeTheVideoStaysInStep() {
    Path sound = Sound.write(folder.resolve("s.mkv"), "aac", 2, 0, "eng");
    Path late = folder.resolve("late.mkv");
    try (VideoSink sink = VideoSink.builder(late).tracksFrom(sound).open()) {
      for (int i = 0; i < 40; i++) {
        sink.write(DrawnFrames.frame(64, 48, i), new FrameStamp(i, 400_000 + i * 40_000L));
      }
    }
    assertThat(Sound.packets(late).get(0).micros()).isCloseTo(-400_000L, within(25_000L));
    Path out = restore(late, folder.resolve("out.mp4"), Integer.MAX_VALUE);
    assertThat(Sound.packets(out).get(0).micros())
        .isCloseTo(Sound.packets(late).get(0).micros(), within(1_000L));
    assertThat(DrawnFrames.read(out).times().get(0)).isZero();
  }

  @Test
  void theAudioOfAnInterruptedClipEndsWithItsFrames() {
    Path clip = clipWithSound(folder.resolve("in.mp4"), 100, 4, 0, "eng");
    Path out = restore(clip, folder.resolve("out.mp4"), 40);
    List<Sound.Packet> packets = Sound.packets(out);
    assertThat(DrawnFrames.read(out).end()).isEqualTo(1_600_000);
    assertThat(packets.get(packets.size() - 1).micros()).isBetween(1_550_000L, 1_600_000L);
  }

  @Test
  void audioLongerThanTheWholeVideoIsKept() {
    Path sound = Sound.write(folder.resolve("s.mkv"), "aac", 3, 0, "eng");
    Path video = DrawnFrames.clip(folder.resolve("v.mkv"), 64, 48, 50, 25);
    Path clip = TestRemux.join(video, sound, folder.resolve("in.mkv"));
    assertThat(last(Sound.packets(clip))).isGreaterThan(2_900_000);
    Path out = restore(clip, folder.resolve("out.mp4"), Integer.MAX_VALUE);
    assertThat(last(Sound.packets(out))).isCloseTo(last(Sound.packets(clip)), within(1_000L));
    Path part = restore(clip, folder.resolve("part.mp4"), 49);
    assertThat(last(Sound.packets(part))).isLessThan(1_960_000);
  }

  @Test
  void aClipWithoutAudioHasNoneAfterwards() {
    Path clip = DrawnFrames.clip(folder.resolve("in.mp4"), 64, 48, 5, 25);
    Path out = restore(clip, folder.resolve("out.mp4"), Integer.MAX_VALUE);
    assertThat(Sound.packets(out)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"pcm_mulaw, out.ts", "flac, out.mov"})
  void audioThatTheContainerCannotHoldIsRefusedByName(String codec, String name) {
    Path sound = Sound.write(folder.resolve("s.mkv"), codec, 1, 0, "eng");
    Path out = folder.resolve(name);
    assertThatThrownBy(() -> VideoSink.builder(out).tracksFrom(sound).open())
        .isInstanceOf(MediaException.class)
        .hasMessageContainingAll(name, codec, "s.mkv", ".mkv");
    assertThat(folder.toFile().list()).containsExactly("s.mkv");
  }

  /**
   * As a recorder whose microphone was on for a second: FFmpeg opens it as a clip without sound.
   */
  @Test
  void audioThatBeginsFarIntoAClipIsLeftOut() throws IOException {
    Path before = DrawnFrames.clip(folder.resolve("before.ts"), 64, 48, 60, 5);
    Path loud = clipWithSound(folder.resolve("loud.ts"), 25, 1, 0, "eng");
    Path after = DrawnFrames.clip(folder.resolve("after.ts"), 128, 96, 1000, 25);
    Path clip = concatenated(before, loud);
    Files.write(clip, Files.readAllBytes(after), StandardOpenOption.APPEND);
    Path out = restore(clip, folder.resolve("out.mp4"), Integer.MAX_VALUE);
    assertThat(Sound.packets(out)).isEmpty();
    assertThat(DrawnFrames.read(out).stamps()).hasSize(1085);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mp4", "mkv", "avi"})
  void timesThatGoBackALittleDoNotEndTheCopy(String to) throws IOException {
    Path first = clipWithSound(folder.resolve("first.ts"), 50, 2, 0, "eng");
    Path second = clipFrom(1.7, folder.resolve("second.ts"));
    Path clip = concatenated(first, second);
    List<Sound.Packet> before = Sound.packets(clip);
    List<Sound.Packet> after =
        Sound.packets(restore(clip, folder.resolve("out." + to), Integer.MAX_VALUE));
    assertThat(after).hasSameSizeAs(before);
    for (int i = 1; i < after.size(); i++) {
      assertThat(after.get(i).micros()).isGreaterThan(after.get(i - 1).micros());
    }
    if (!to.equals("avi")) {
      assertThat(last(after)).isCloseTo(last(before), within(1_100L));
    }
  }

  /** As recordings joined by {@code cat}; in the second case the first one's sound ends early. */
  @ParameterizedTest
  @CsvSource({"2, mp4", "2, mkv", "1.2, mp4"})
  void theSoundOfAJoinedClipLiesBesideItsVideo(double seconds, String to) throws IOException {
    Path first = clipWithSound(folder.resolve("first.ts"), 50, seconds, 0, "eng");
    Path second = clipWithSound(folder.resolve("second.ts"), 50, 2, 0, "eng");
    int join = Sound.packets(first).size();
    Path clip = concatenated(first, second);
    List<Sound.Packet> before = Sound.packets(clip);
    assertThat(before.get(join).micros()).isLessThan(100_000);
    Path out = restore(clip, folder.resolve("out." + to), Integer.MAX_VALUE);
    List<Sound.Packet> after = Sound.packets(out);
    long videoJoin = DrawnFrames.read(out).times().get(50);
    assertThat(videoJoin).isCloseTo(2_000_000, within(1_100L));
    assertThat(after).hasSameSizeAs(before);
    for (int i = 0; i < after.size(); i++) {
      long beside = before.get(i).micros() + (i < join ? 0 : videoJoin);
      assertThat(after.get(i).micros()).as("packet " + i).isCloseTo(beside, within(30_000L));
    }
  }

  @Test
  void aSoundTrackThatIsAnnouncedButSilentIsLeftOut() {
    Path sound = Sound.write(folder.resolve("sound.mkv"), "aac", 1, 0, "eng");
    Path video = DrawnFrames.clip(folder.resolve("video.mkv"), 64, 48, 25, 25);
    Path clip = TestRemux.joinSilent(video, sound, folder.resolve("in.ts"));
    try (Demuxer demuxer = Demuxer.open(clip)) {
      assertThat(demuxer.context().nb_streams()).isEqualTo(2);
    }
    Path out = restore(clip, folder.resolve("out.mp4"), Integer.MAX_VALUE);
    assertThat(DrawnFrames.read(out).stamps()).hasSize(25);
    assertThat(Sound.packets(out)).isEmpty();
  }

  /** Subtitles and telemetry of recorders: a few packets, not in step with anything. */
  @ParameterizedTest
  @CsvSource({"mp4, mp4, MOV_TEXT", "mkv, mkv, SUBRIP", "mkv, mkv, ASS", "mp4, mp4, GPMD"})
  void textsAndTelemetryAreCopiedUnchanged(String from, String to, Extra extra) {
    Path clip = clipWith(extra, folder.resolve("in." + from), 100, 1000, 2000, 2500);
    Path out = folder.resolve("out." + to);
    assertThat(restored(clip, out)).isEmpty();
    List<Sound.Packet> before = texts(clip, extra);
    List<Sound.Packet> after = texts(out, extra);
    assertThat(before).hasSize(3);
    assertThat(after).hasSameSizeAs(before);
    for (int i = 0; i < before.size(); i++) {
      assertThat(after.get(i).contentHash()).isEqualTo(before.get(i).contentHash());
      assertThat(after.get(i).micros()).isCloseTo(before.get(i).micros(), within(1_100L));
    }
    assertThat(DrawnFrames.read(out).times()).isEqualTo(DrawnFrames.read(clip).times());
  }

  @ParameterizedTest
  @CsvSource({
    "mp4, mkv, MOV_TEXT, subtitle mov_text",
    "mp4, mov, MOV_TEXT, subtitle mov_text",
    "mkv, mp4, SUBRIP, subtitle subrip",
    "mp4, avi, GPMD, data bin_data",
    "mp4, mov, GPMD, data bin_data",
    "mkv, ts, ASS, subtitle ass"
  })
  void whatTheContainerCannotHoldIsNamed(String from, String to, Extra extra, String name) {
    Path clip = clipWith(extra, folder.resolve("in." + from), 100, 900);
    Path out = folder.resolve("out." + to);
    assertThat(restored(clip, out)).containsExactly(name);
    assertThat(DrawnFrames.read(out).stamps()).hasSize(100);
    assertThat(texts(out, extra)).isEmpty();
  }

  @Test
  void aSecondVideoIsNamed() {
    Path front = DrawnFrames.clip(folder.resolve("front.mkv"), 64, 48, 10, 25);
    Path rear = DrawnFrames.clip(folder.resolve("rear.mkv"), 48, 32, 10, 25);
    Path clip = TestRemux.join(front, rear, folder.resolve("in.mkv"));
    assertThat(restored(clip, folder.resolve("out.mkv"))).containsExactly("video h264");
  }

  /** Each track is copied up to where the frames end, whichever of them comes first in the clip. */
  @Test
  void noTrackOfAnInterruptedClipEndsBeforeItsFrames() {
    Path video = DrawnFrames.clip(folder.resolve("video.mkv"), 64, 48, 100, 25);
    Path sound = Sound.write(folder.resolve("sound.mkv"), "aac", 4, 0, "eng");
    Path both = TestRemux.join(video, sound, folder.resolve("both.mkv"));
    Path place = folder.resolve("place.mp4");
    TextTrack.write(place, Extra.GPMD.type, Extra.GPMD.codec, 0, 1000, 2000, 3000);
    Path clip = TestRemux.join(both, place, folder.resolve("in.mp4"));
    for (int frames : new int[] {30, 51, 60, 74}) {
      Path out = restore(clip, folder.resolve(frames + ".mp4"), frames);
      long end = frames * 40_000L;
      assertThat(texts(out, Extra.GPMD)).as(frames + " frames").hasSize((frames + 24) / 25);
      assertThat(last(Sound.packets(out))).isBetween(end - 22_000, end);
    }
  }

  /** The next text is looked for a little beyond the video, and found when the video comes near. */
  @Test
  void textsThatAreFarApartAreCopied() {
    Path clip = clipWith(Extra.SUBRIP, folder.resolve("in.mkv"), 1000, 0, 39_000);
    Path out = restore(clip, folder.resolve("out.mkv"), 900);
    assertThat(texts(out, Extra.SUBRIP)).hasSize(1);
    Path all = restore(clip, folder.resolve("all.mkv"), Integer.MAX_VALUE);
    assertThat(texts(all, Extra.SUBRIP)).hasSize(2);
  }

  @Test
  void aMissingAudioFileLeavesNothingBehind() {
    Path out = folder.resolve("out.mp4");
    Path missing = folder.resolve("none.mp4");
    assertThatThrownBy(() -> VideoSink.builder(out).tracksFrom(missing).open())
        .isInstanceOf(MediaException.class)
        .hasMessage("there is no file " + missing);
    assertThat(Files.exists(out)).isFalse();
    assertThat(folder.toFile().list()).isEmpty();
  }

  /** What a clip may have beside video and audio. */
  private enum Extra {
    MOV_TEXT(AVMEDIA_TYPE_SUBTITLE, AV_CODEC_ID_MOV_TEXT, "mp4"),
    SUBRIP(AVMEDIA_TYPE_SUBTITLE, AV_CODEC_ID_SUBRIP, "mkv"),
    ASS(AVMEDIA_TYPE_SUBTITLE, AV_CODEC_ID_ASS, "mkv"),
    GPMD(AVMEDIA_TYPE_DATA, AV_CODEC_ID_BIN_DATA, "mp4");

    private final int type;
    private final int codec;
    private final String extension;

    Extra(int type, int codec, String extension) {
      this.type = type;
      this.codec = codec;
      this.extension = extension;
    }
  }

  private Path clipWith(Extra extra, Path file, int frames, int... millis) {
    Path track = folder.resolve("track." + extra.extension);
    TextTrack.write(track, extra.type, extra.codec, millis);
    Path video = DrawnFrames.clip(folder.resolve("video.mkv"), 64, 48, frames, 25);
    return TestRemux.join(video, track, file);
  }

  /** Without the packets that mp4 has for the time between texts: a length, which is 0. */
  private static List<Sound.Packet> texts(Path file, Extra extra) {
    int noText = Arrays.hashCode(new byte[Short.BYTES]);
    return Sound.packets(file, extra.type).stream()
        .filter(packet -> packet.contentHash() != noText)
        .toList();
  }

  private Path clipWithSound(
      Path file, int frames, double seconds, double offset, String... languages) {
    Path sound = Sound.write(folder.resolve("sound.mkv"), "aac", seconds, offset, languages);
    Path video = DrawnFrames.clip(folder.resolve("video.mkv"), 64, 48, frames, 25);
    return TestRemux.join(video, sound, file);
  }

  /** Two seconds of pictures and sound that begin at a time of their own. */
  private Path clipFrom(double start, Path file) {
    Path sound = Sound.write(folder.resolve("sound.mkv"), "aac", 2, start, "eng");
    Path video = folder.resolve("video.mkv");
    try (VideoSink sink = VideoSink.builder(video).open()) {
      for (int i = 0; i < 50; i++) {
        sink.write(
            DrawnFrames.frame(64, 48, i), new FrameStamp(i, Math.round(start * 1e6) + i * 40_000L));
      }
    }
    return TestRemux.join(video, sound, file);
  }

  private Path concatenated(Path first, Path second) throws IOException {
    Path clip = Files.copy(first, folder.resolve("in.ts"));
    return Files.write(clip, Files.readAllBytes(second), StandardOpenOption.APPEND);
  }

  private static Path restore(Path from, Path to, int most) {
    copy(from, to, most);
    return to;
  }

  /** Copies the whole clip; returns what was left out. */
  private static List<String> restored(Path from, Path to) {
    return copy(from, to, Integer.MAX_VALUE);
  }

  private static List<String> copy(Path from, Path to, int most) {
    try (FrameSource source = FrameSource.open(from);
        VideoSink sink = VideoSink.builder(to).like(source.info()).tracksFrom(from).open()) {
      Mat frame = new Mat();
      for (int i = 0; i < most; i++) {
        var stamp = source.read(frame);
        if (stamp.isEmpty()) {
          break;
        }
        sink.write(frame, stamp.get());
      }
      return sink.leftOut();
    }
  }

  private static long last(List<Sound.Packet> packets) {
    return packets.get(packets.size() - 1).micros();
  }

  private static String language(Demuxer demuxer, int stream) {
    return av_dict_get(demuxer.context().streams(stream).metadata(), "language", null, 0)
        .value()
        .getString();
  }
}
