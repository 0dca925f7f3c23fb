package io.deweather.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deweather.OnnxRestorer;
import io.deweather.Weather;
import io.deweather.video.FrameSource;
import io.deweather.video.FrameStamp;
import io.deweather.video.InputOptions;
import io.deweather.video.MediaException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A transport stream over TCP whose server hangs up, is gone for a while, and comes back. */
class ReopeningTest {
  private static final int FRAMES = 30;
  private static final Reopening QUICK =
      new Reopening(Duration.ofMillis(20), Duration.ofMillis(80), Duration.ZERO);

  @TempDir Path folder;
  private OnnxRestorer restorer;
  private ServerSocket server;
  private byte[] clip;

  @BeforeEach
  void open() throws IOException {
    restorer = Clips.golden();
    clip = Files.readAllBytes(Clips.write(folder.resolve("clip.ts"), FRAMES));
    server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws IOException {
    server.close();
    restorer.close();
    assertThat(Clips.threads()).isEmpty();
  }

  @Test
  void aSourceThatDisappearsTwiceGoesOnAsOneStream() throws Exception {
    Thread camera = serve(3);
    List<FrameStamp> stamps = new ArrayList<>();
    List<Gap> gaps = new ArrayList<>();

    PipelineStatistics statistics;
    try (Pipeline pipeline =
        Pipeline.builder(
                stream(), FrameStage.of(restorer, Weather.RAIN), (image, s) -> stamps.add(s))
            .backPressure(BackPressure.BLOCK)
            .limit(3 * FRAMES)
            .reopen(this::stream, QUICK)
            .listener(
                new PipelineListener() {
                  @Override
                  public void gap(Gap gap) {
                    gaps.add(gap);
                  }
                })
            .open()) {
      statistics = pipeline.run();
    }
    camera.join();

    assertThat(statistics.written()).isEqualTo(3 * FRAMES);
    assertThat(statistics.gaps()).isEqualTo(gaps);
    assertThat(gaps).hasSize(2);
    assertThat(gaps).extracting(Gap::sequence).containsExactly((long) FRAMES, 2L * FRAMES);
    for (int i = 0; i < stamps.size(); i++) {
      assertThat(stamps.get(i).index()).isEqualTo(i);
      assertThat(stamps.get(i).timestampMicros())
          .isGreaterThan(i == 0 ? -1 : stamps.get(i - 1).timestampMicros());
    }
    for (Gap gap : gaps) {
      assertThat(gap.length()).isPositive();
      assertThat(gap.attempts()).isPositive();
      assertThat(gap.reason()).isNotEmpty();
      long before = stamps.get((int) gap.sequence() - 1).timestampMicros();
      assertThat(gap.timestampMicros() - before)
          .isGreaterThanOrEqualTo(gap.length().toNanos() / 1_000);
    }
  }

  @Test
  void aStreamThatHadEndedAndDoesNotComeBackHasEnded() throws Exception {
    Thread camera = serve(1);

    try (Pipeline pipeline = impatient(stream())) {
      pipeline.start();
      camera.join();
      server.close();
      assertThat(pipeline.await(Duration.ofSeconds(20))).isTrue();
      assertThat(pipeline.statistics().written()).isEqualTo(FRAMES);
    }
  }

  @Test
  void aSourceThatBrokeOffAndDoesNotComeBackIsAFailure() throws Exception {
    byte[] whole = Files.readAllBytes(Clips.write(folder.resolve("whole.mkv"), FRAMES));
    Path cut = Files.write(folder.resolve("cut.mkv"), Arrays.copyOf(whole, whole.length / 2));
    server.close();

    try (Pipeline pipeline = impatient(FrameSource.open(cut))) {
      assertThatThrownBy(pipeline::run)
          .isInstanceOf(MediaException.class)
          .hasMessageContaining("the source has been away for");
      assertThat(pipeline.statistics().written()).isBetween(5L, FRAMES - 5L);
    }
  }

  private Pipeline impatient(FrameSource source) {
    Reopening impatient =
        new Reopening(Duration.ofMillis(10), Duration.ofMillis(40), Duration.ofMillis(300));
    return Pipeline.builder(source, FrameStage.of(restorer, Weather.RAIN), (image, stamp) -> {})
        .backPressure(BackPressure.BLOCK)
        .reopen(this::stream, impatient)
        .open();
  }

  @Test
  void stopEndsTheWaitForASourceThatIsAway() throws Exception {
    Thread camera = serve(1);
    Reopening slow = new Reopening(Duration.ofMinutes(5), Duration.ofMinutes(5), Duration.ZERO);

    try (Pipeline pipeline =
        Pipeline.builder(stream(), FrameStage.of(restorer, Weather.RAIN), (image, stamp) -> {})
            .backPressure(BackPressure.BLOCK)
            .reopen(this::stream, slow)
            .open()) {
      pipeline.start();
      camera.join();
      while (pipeline.statistics().written() < FRAMES) {
        Thread.sleep(5);
      }
      pipeline.stop();
      assertThat(pipeline.await(Duration.ofSeconds(5))).isTrue();
    }
  }

  @Test
  void closeEndsAnAttemptToOpenAStreamThatNeverAnswers() throws Exception {
    Thread camera = serve(1);
    Pipeline pipeline =
        Pipeline.builder(stream(), FrameStage.of(restorer, Weather.RAIN), (image, stamp) -> {})
            .reopen(this::stream, QUICK)
            .open();
    pipeline.start();
    camera.join();
    try (Socket silent = server.accept()) {
      Thread.sleep(100);
      long start = System.nanoTime();
      pipeline.close();
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
      assertThat(silent.isClosed()).isFalse();
    }
  }

  @Test
  void stopEndsAReadThatWaitsForTheNetwork() throws Exception {
    FrameSource[] source = new FrameSource[1];
    Thread opening = new Thread(() -> source[0] = stream());
    opening.start();
    Socket camera = server.accept();
    camera.getOutputStream().write(clip);
    camera.getOutputStream().flush();
    camera.shutdownOutput();
    opening.join();
    try (Pipeline pipeline =
        Pipeline.builder(source[0], FrameStage.of(restorer, Weather.RAIN), (image, stamp) -> {})
            .open()) {
      pipeline.start();
      pipeline.stop();
      assertThat(pipeline.await(Duration.ofSeconds(5))).isTrue();
    }
    camera.close();
  }

  private FrameSource stream() {
    return FrameSource.open(
        "tcp://127.0.0.1:" + server.getLocalPort(),
        InputOptions.defaults().withTimeout(Duration.ofSeconds(10)));
  }

  /** Sends the clip to so many connections, one after the other. */
  private Thread serve(int times) {
    Thread thread =
        new Thread(
            () -> {
              for (int i = 0; i < times; i++) {
                try (Socket socket = server.accept()) {
                  socket.getOutputStream().write(clip);
                } catch (IOException e) {
                  return;
                }
              }
            });
    thread.start();
    return thread;
  }
}
