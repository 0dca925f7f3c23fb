package io.deweather.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.imgcodecs.Imgcodecs;

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

  /** As many a server does it: no ranges, so that FFmpeg cannot look for the end's time. */
  @Test
  void aFileOnAServerEndsAndIsNoLiveStream() throws IOException {
    Path clip = DrawnFrames.clip(folder.resolve("a.ts"), 160, 90, 30, 25);
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext("/sized", exchange -> serve(exchange, clip, Files.size(clip)));
    server.createContext("/endless", exchange -> serve(exchange, clip, 0));
    server.start();
    String address = "http://127.0.0.1:" + server.getAddress().getPort();
    try (FrameSource sized = FrameSource.open(address + "/sized");
        FrameSource endless = FrameSource.open(address + "/endless")) {
      assertThat(sized.info().live()).isFalse();
      assertThat(endless.info().live()).isTrue();
      Mat frame = new Mat();
      int frames = 0;
      while (sized.read(frame).isPresent()) {
        frames++;
      }
      assertThat(frames).isEqualTo(30);
    } finally {
      server.stop(0);
    }
  }

  /** As a recorder sends over RTSP, of which there is no server here. */
  @Test
  void aRecordingWhoseLengthIsAnnouncedIsNoLiveStream() throws Exception {
    Path clip = DrawnFrames.clip(folder.resolve("a.mkv"), 160, 90, 30, 25);
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<Void> served =
          CompletableFuture.runAsync(
              () -> {
                try (var socket = server.accept()) {
                  Files.copy(clip, socket.getOutputStream());
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      DrawnFrames.Read read = DrawnFrames.read("tcp://127.0.0.1:" + server.getLocalPort());
      assertThat(read.info().live()).isFalse();
      assertThat(read.stamps()).hasSize(30);
      served.get(5, TimeUnit.SECONDS);
    }
  }

  /** FFmpeg numbers them at 25 frames a second, whatever the camera's rate. */
  @Test
  void framesWithoutTimesAreStampedAsTheyArrive() throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext("/", exchange -> servePictures(exchange, 30));
    server.start();
    try {
      DrawnFrames.Read read =
          DrawnFrames.read("http://127.0.0.1:" + server.getAddress().getPort() + "/video");
      assertThat(read.info().live()).isTrue();
      assertThat(read.info().frameRate()).isZero();
      assertThat(read.info().timescale()).isZero();
      assertThat(read.stamps()).hasSize(30);
      assertThat(read.times().get(29)).isGreaterThan(2_500_000);
    } finally {
      server.stop(0);
    }
  }

  /** Ten pictures a second, as network cameras send them. */
  private static void servePictures(HttpExchange exchange, int pictures) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "multipart/x-mixed-replace; boundary=cut");
    exchange.sendResponseHeaders(200, 0);
    try (OutputStream body = exchange.getResponseBody()) {
      MatOfByte jpeg = new MatOfByte();
      for (int i = 0; i < pictures; i++) {
        Imgcodecs.imencode(".jpg", DrawnFrames.frame(160, 90, i), jpeg);
        String head =
            "--cut\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"
                .formatted(jpeg.total());
        body.write(head.getBytes(StandardCharsets.US_ASCII));
        body.write(jpeg.toArray());
        body.write("\r\n".getBytes(StandardCharsets.US_ASCII));
        body.flush();
        Thread.sleep(100);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void serve(HttpExchange exchange, Path clip, long size) throws IOException {
    exchange.sendResponseHeaders(200, size); // 0: of a length that is not told
    try (OutputStream body = exchange.getResponseBody()) {
      Files.copy(clip, body);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ts", "mkv", "avi"})
  void aServerThatFallsSilentIsSaidTo(String extension) throws Exception {
    Path clip = DrawnFrames.clip(folder.resolve("a." + extension), 160, 90, 200, 25);
    InputOptions options = InputOptions.defaults().withTimeout(Duration.ofMillis(700));
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<Void> served =
          CompletableFuture.runAsync(() -> serveAndStall(server, clip));
      String url = "http://127.0.0.1:" + server.getLocalPort() + "/a." + extension;
      try (FrameSource source = FrameSource.open(url, options)) {
        Throwable failure =
            catchThrowable(
                () -> {
                  while (source.read(new Mat()).isPresent()) {
                    Thread.onSpinWait();
                  }
                });
        assertThat(failure)
            .isInstanceOf(MediaException.class)
            .hasMessageContainingAll("breaks off at ", "nothing came for 0.7 s");
      }
      served.exceptionally(e -> null).get(5, TimeUnit.SECONDS);
    }
  }

  @Test
  void aCameraWhoseSoundGoesOnWithoutPicturesIsSilent() throws Exception {
    Path sound = Sound.write(folder.resolve("s.mkv"), "aac", 20, 0, "eng");
    Path video = DrawnFrames.clip(folder.resolve("v.mkv"), 64, 48, 25, 25);
    Path clip = TestRemux.join(video, sound, folder.resolve("a.ts"));
    InputOptions options = InputOptions.defaults().withTimeout(Duration.ofMillis(1_500));
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<Void> served =
          CompletableFuture.runAsync(() -> serveAndTrickle(server, clip));
      String url = "http://127.0.0.1:" + server.getLocalPort() + "/live";
      int frames = 0;
      Throwable failure = null;
      try (FrameSource source = FrameSource.open(url, options)) {
        assertThat(source.info().live()).isTrue();
        Mat frame = new Mat();
        while (source.read(frame).isPresent()) {
          frames++;
        }
      } catch (MediaException e) {
        failure = e;
      }
      assertThat(frames).isEqualTo(25);
      assertThat(failure).hasMessageEndingWith("breaks off at 1.00 s: nothing came for 1.5 s");
      served.get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void anInterruptedThreadIsNotToldThatNothingCame() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String url = "http://127.0.0.1:" + silent.getLocalPort() + "/a.mp4";
      Duration ever = ChronoUnit.FOREVER.getDuration();
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> FrameSource.open(url, InputOptions.defaults().withTimeout(ever)))
          .isInstanceOf(MediaException.class)
          .hasMessageContaining(url)
          .hasMessageNotContaining("nothing came");
    } finally {
      assertThat(Thread.interrupted()).isTrue();
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
      Throwable failure = reading.get(5, TimeUnit.SECONDS);
      assertThat(failure).isInstanceOfAny(MediaException.class, IllegalStateException.class);
      served.exceptionally(e -> null).get(5, TimeUnit.SECONDS);
    }
  }

  @Test
  void aPasswordIsNotTold() {
    assertThatThrownBy(() -> FrameSource.open("rtsp://user:secret@127.0.0.1:1/x"))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("rtsp://user:***@127.0.0.1:1/x")
        .hasMessageNotContaining("secret");
    assertThatThrownBy(() -> FrameSource.open("rtsp://user:se@cret@127.0.0.1:1/x"))
        .hasMessageContaining("rtsp://user:***@127.0.0.1:1/x")
        .hasMessageNotContaining("cret");
  }

  @Test
  void aMissingCameraIsNamed() {
    assertThatThrownBy(() -> FrameSource.open("97"))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("camera 97");
  }

  @Test
  @Tag("slow")
  void openingAndClosingTwoHundredTimesKeepsTheMemory() throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/self/status")), "only Linux tells the resident memory");
    Path log = folder.resolve("log");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms64m",
                "-Xmx64m",
                "-XX:+AlwaysPreTouch", // so that what grows is native
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                Cycles.class.getName(),
                folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    List<String> lines = Files.readAllLines(log);
    assertThat(process.exitValue()).as(lines.toString()).isZero();
    assertThat(Long.parseLong(lines.get(lines.size() - 1))).isLessThan(20_000);
  }

  /** Opens, copies and closes again and again; prints by how many kB the process has grown. */
  static final class Cycles {
    public static void main(String[] args) throws IOException {
      Path folder = Path.of(args[0]);
      Path sound = Sound.write(folder.resolve("s.mkv"), "aac", 0.2, 0, "eng");
      Path clip = DrawnFrames.clip(folder.resolve("a.mp4"), 320, 180, 3, 25);
      Path broken = Files.writeString(folder.resolve("broken.mp4"), "no clip");
      run(50, folder, clip, sound, broken);
      long before = residentKilobytes();
      run(200, folder, clip, sound, broken);
      System.out.println(residentKilobytes() - before);
    }

    private static void run(int cycles, Path folder, Path clip, Path sound, Path broken) {
      for (int i = 0; i < cycles; i++) {
        Mat frame = new Mat();
        try (FrameSource source = FrameSource.open(clip);
            VideoSink sink = VideoSink.builder(folder.resolve("b.mp4")).tracksFrom(sound).open()) {
          for (var stamp = source.read(frame); stamp.isPresent(); stamp = source.read(frame)) {
            sink.write(frame, stamp.get());
          }
        }
        frame.release();
        assertThatThrownBy(() -> FrameSource.open(broken)).isInstanceOf(MediaException.class);
      }
    }

    private static long residentKilobytes() throws IOException {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("VmRSS"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    }
  }

  /** Sends the first half of a clip, then the rest little by little; of no length that is told. */
  private static void serveAndTrickle(ServerSocket server, Path clip) {
    try (var socket = server.accept()) {
      byte[] bytes = Files.readAllBytes(clip);
      var out = socket.getOutputStream();
      out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes("ASCII"));
      int sent = bytes.length / 2;
      out.write(bytes, 0, sent);
      while (sent < bytes.length) {
        Thread.sleep(50);
        int more = Math.min(4 * 188, bytes.length - sent);
        out.write(bytes, sent, more);
        sent += more;
      }
    } catch (IOException | InterruptedException e) {
      // The source has hung up.
    }
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
