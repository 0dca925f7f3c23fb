package io.deweather.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InputsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "drive.mp4, drive.mp4",
    "/x/drive.mp4, /x/drive.mp4",
    "/x/img_%04d.png, /x/img_%04d.png",
    "file:///x/drive.mp4, /x/drive.mp4",
    "FILE:/x/drive.mp4, /x/drive.mp4",
    "file://localhost/x/drive.mp4, /x/drive.mp4",
    "file:///x/img_%04d.png, /x/img_%04d.png",
    "file:///x/a drive.mp4, /x/a drive.mp4",
    "0a, 0a"
  })
  void aPathOrFileUrlNamesAFile(String input, Path file) {
    assertThat(Inputs.file(input)).contains(file);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "/dev/video7", "rtsp://camera/1", "http://host/a.mp4", "a\0b"})
  void camerasAndNetworkAddressesNameNoFile(String input) {
    assertThat(Inputs.file(input)).isEmpty();
  }

  @Test
  void aFileByItsUrlIsReadAsTheFileItself() {
    Path clip = DrawnFrames.clip(folder.resolve("a drive.mp4"), 64, 48, 3, 25);
    for (String url : new String[] {clip.toUri().toString(), "file://" + clip}) {
      assertThat(Inputs.file(url)).contains(clip);
      try (FrameSource source = FrameSource.open(url)) {
        assertThat(source.info().live()).isFalse();
        assertThat(source.info().frames()).isEqualTo(3);
      }
    }
    assertThatThrownBy(() -> FrameSource.open("file:///none/drive.mp4"))
        .isInstanceOf(MediaException.class)
        .hasMessage("there is no file /none/drive.mp4");
  }

  @ParameterizedTest
  @CsvSource({
    "rtsp://user:secret@host/x, rtsp://user:***@host/x",
    "rtsp://user:se@cret@host/x, rtsp://user:***@host/x",
    "rtsp://joe@home.org:secret@host/x, rtsp://joe@home.org:***@host/x",
    "cannot open rtsp://:secret@host: gone, cannot open rtsp://:***@host: gone",
    "rtsp://user@host:554/x, rtsp://user@host:554/x",
    "/x/drive.mp4, /x/drive.mp4"
  })
  void aPasswordIsMasked(String address, String shown) {
    assertThat(Inputs.withoutPassword(address)).isEqualTo(shown);
  }
}
