package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.opencv.core.Mat;

@Timeout(60)
class OnnxRestorerThreadsTest {
  private final ExecutorService threads = Executors.newFixedThreadPool(4);

  @AfterEach
  void stop() throws InterruptedException {
    threads.shutdown();
    assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void closedTwiceIsClosedAndLaterCallsSaySo() {
    OnnxRestorer restorer = OnnxRestorer.open(GoldenBundle.path());
    Mat frame = TestFrames.noise(32, 32, 1);
    restorer.close();
    restorer.close();
    assertThatIllegalStateException()
        .isThrownBy(() -> restorer.restore(frame))
        .withMessage("this restorer is closed");
    assertThatIllegalStateException()
        .isThrownBy(() -> restorer.restore(frame, new Mat(), Weather.CLEAR))
        .withMessage("this restorer is closed");
    assertThat(restorer.weathers()).hasSize(3);
  }

  @Test
  void everyThreadGetsTheResultOfItsOwnFrame() throws Exception {
    try (OnnxRestorer restorer = OnnxRestorer.open(GoldenBundle.path())) {
      List<Future<?>> callers = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        int seed = t;
        callers.add(
            threads.submit(
                () -> {
                  Weather weather = restorer.weathers().get(seed % 3);
                  Mat frame = TestFrames.noise(40 + 8 * seed, 56, seed);
                  Mat expected = new Mat();
                  restorer.restore(frame, expected, weather);
                  byte[] bytes = TestFrames.bytes(expected);
                  Mat destination = new Mat();
                  for (int i = 0; i < 100; i++) {
                    restorer.restore(frame, destination, weather);
                    assertThat(TestFrames.bytes(destination)).isEqualTo(bytes);
                  }
                }));
      }
      for (Future<?> caller : callers) {
        caller.get();
      }
    }
  }

  @Test
  void closingWhileOthersRestoreNeitherCrashesNorHangs() throws Exception {
    for (int round = 0; round < 15; round++) {
      OnnxRestorer restorer = OnnxRestorer.open(GoldenBundle.path());
      AtomicInteger restored = new AtomicInteger();
      List<Future<?>> callers = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        int seed = t;
        callers.add(
            threads.submit(
                () -> {
                  Mat frame = TestFrames.noise(90, 120, seed);
                  Mat destination = new Mat();
                  while (true) {
                    restorer.restore(frame, destination, restorer.weathers().get(seed % 3));
                    restored.incrementAndGet();
                  }
                }));
      }
      while (restored.get() < 5 * (round + 1)) {
        Thread.onSpinWait();
      }
      restorer.close();
      for (Future<?> caller : callers) {
        assertThatIllegalStateException()
            .isThrownBy(
                () -> {
                  try {
                    caller.get();
                  } catch (ExecutionException e) {
                    throw e.getCause();
                  }
                })
            .withMessage("this restorer is closed");
      }
    }
  }

  @Test
  void aSelectorMayCloseTheRestorerThatCallsIt() {
    OnnxRestorer[] self = new OnnxRestorer[1];
    self[0] =
        OnnxRestorer.builder(GoldenBundle.path())
            .selector(
                frame -> {
                  self[0].close();
                  return new WeatherSelector.Selection(Weather.RAIN, 1);
                })
            .open();
    assertThatIllegalStateException()
        .isThrownBy(() -> self[0].restore(TestFrames.noise(32, 32, 1)))
        .withMessage("this restorer is closed");
  }
}
