package io.deweather.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.Mat;

class SourceLifecycleTest {
  @TempDir Path folder;

  @Test
  void aClosedSourceIsClosedAgainAndReadsNoMore() {
    Path clip = DrawnFrames.clip(folder.resolve("a.mp4"), 64, 48, 3, 25);
    FrameSource source = FrameSource.open(clip);
    source.close();
    source.close();
    assertThatThrownBy(() -> source.read(new Mat())).isInstanceOf(IllegalStateException.class);
    assertThat(source.info().frames()).isEqualTo(3);
  }

  @Test
  void aMatThatIsPassedAgainIsNotAllocatedAgain() {
    Path clip = DrawnFrames.clip(folder.resolve("a.mp4"), 64, 48, 10, 25);
    try (FrameSource source = FrameSource.open(clip)) {
      Mat frame = new Mat();
      source.read(frame);
      long address = frame.dataAddr();
      while (source.read(frame).isPresent()) {
        assertThat(frame.dataAddr()).isEqualTo(address);
      }
    }
  }

  @Test
  void aFrameCostsLittleHeap() {
    Path clip = DrawnFrames.clip(folder.resolve("a.mp4"), 64, 48, 400, 25);
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long id = Thread.currentThread().getId();
    try (FrameSource source = FrameSource.open(clip);
        VideoSink sink = VideoSink.builder(folder.resolve("b.mp4")).open()) {
      Mat frame = new Mat();
      for (int i = 0; i < 100; i++) {
        sink.write(frame, source.read(frame).orElseThrow());
      }
      long before = threads.getThreadAllocatedBytes(id);
      for (int i = 0; i < 300; i++) {
        sink.write(frame, source.read(frame).orElseThrow());
      }
      assertThat((threads.getThreadAllocatedBytes(id) - before) / 300).isLessThan(4_096);
    }
  }

  @Test
  void aSilentServerEndsInATimeoutNotAHang() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String url = "http://127.0.0.1:" + silent.getLocalPort() + "/a.mp4";
      InputOptions options = InputOptions.defaults().withTimeout(Duration.ofMillis(700));
      assertTimeoutPreemptively(
          Duration.ofSeconds(10),
          () ->
              assertThatThrownBy(() -> FrameSource.open(url, options))
                  .isInstanceOf(MediaException.class)
                  .hasMessageContainingAll(url, "nothing came for 0.7 s"));
    }
  }

  @Test
  void closeEndsAReadThatWaitsForTheNetwork() throws Exception {
    Path clip = DrawnFrames.clip(folder.resolve("a.ts"), 160, 90, 200, 25);
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<Void> served =
          CompletableFuture.runAsync(() -> serveAndStall(server, clip));
      FrameSource source =
          FrameSource.open(
              "http://127.0.0.1:" + server.getLocalPort() + "/a.ts",
              InputOptions.defaults().withTimeout(Duration.ofMinutes(5)));
      CompletableFuture<Throwable> reading =
          CompletableFuture.supplyAsync(
              () ->
                  catchThrowable(
                      () -> {
                        while (source.read(new Mat()).isPresent()) {
                          Thread.onSpinWait();
                        }
                      }));
      Thread.sleep(1_500);
      assertThat(reading).isNotDone();
      assertTimeoutPreemptively(Duration.ofSeconds(5), source::close);
      Throwable failure = reading.get(5, java.util.concurrent.TimeUnit.SECONDS);
      assertThat(failure).isInstanceOfAny(MediaException.class, IllegalStateException.class);
      served.exceptionally(e -> null).get(5, java.util.concurrent.TimeUnit.SECONDS);
    }
  }

  @Test
  void aPasswordIsNotTold() {
    assertThatThrownBy(() -> FrameSource.open("rtsp://user:secret@127.0.0.1:1/x"))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("rtsp://user:***@127.0.0.1:1/x")
        .hasMessageNotContaining("secret");
  }

  @Test
  void aMissingCameraIsNamed() {
    assertThatThrownBy(() -> FrameSource.open("97"))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("camera 97");
  }

  @Test
  @Tag("slow")
  void openingAndClosingTwoHundredTimesKeepsTheMemory() throws IOException {
    Path sound = Sound.write(folder.resolve("s.mkv"), "aac", 0.2, 0, "eng");
    Path clip = DrawnFrames.clip(folder.resolve("a.mp4"), 320, 180, 3, 25);
    Path broken = Files.writeString(folder.resolve("broken.mp4"), "no clip");
    for (int i = 0; i < 40; i++) {
      cycle(clip, sound, broken);
    }
    long before = residentKilobytes();
    for (int i = 0; i < 200; i++) {
      cycle(clip, sound, broken);
    }
    assertThat(residentKilobytes() - before).isLessThan(30_000);
  }

  private void cycle(Path clip, Path sound, Path broken) {
    Mat frame = new Mat();
    try (FrameSource source = FrameSource.open(clip);
        VideoSink sink = VideoSink.builder(folder.resolve("b.mp4")).audioFrom(sound).open()) {
      for (var stamp = source.read(frame); stamp.isPresent(); stamp = source.read(frame)) {
        sink.write(frame, stamp.get());
      }
    }
    frame.release();
    assertThatThrownBy(() -> FrameSource.open(broken)).isInstanceOf(MediaException.class);
  }

  /** Only Linux tells; elsewhere the test still shows that nothing fails. */
  private static long residentKilobytes() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (Files.notExists(status)) {
      return 0;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmRSS"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElse(0);
  }

  /** Sends the first nine tenths of a clip, then nothing, without closing. */
  private static void serveAndStall(ServerSocket server, Path clip) {
    try (var socket = server.accept()) {
      byte[] bytes = Files.readAllBytes(clip);
      var out = socket.getOutputStream();
      out.write(
          ("HTTP/1.1 200 OK\r\nContent-Length: " + bytes.length + "\r\n\r\n").getBytes("ASCII"));
      out.write(bytes, 0, bytes.length * 9 / 10);
      out.flush();
      while (socket.getInputStream().read() >= 0) {
        Thread.onSpinWait();
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
