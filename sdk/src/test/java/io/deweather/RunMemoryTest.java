package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opencv.core.Mat;

class RunMemoryTest {
  private static final int ROWS = 1200;
  private static final int COLS = 2000;

  private final RunControl control = new RunControl();
  private final ViewPool views =
      new ViewPool(Engine.of(0), BundleContents.read(GoldenBundle.path(), BundleLimits.DEFAULT));

  @AfterEach
  void close() {
    try (control) {
      views.close();
    }
  }

  private long run(View view) {
    Mat frame = TestFrames.noise(ROWS, COLS, 1);
    Mat restored = frame.clone();
    view.run(MatMemory.of(frame), MatMemory.of(restored), ROWS, COLS, control.options());
    long resident = ResidentMemory.bytes();
    frame.release();
    restored.release();
    return resident;
  }

  /**
   * The golden network takes 65 to 85 bytes a pixel, its frame and result included; hidden, it
   * would be 10 or less. What collecting garbage takes itself may hide a dozen megabytes, 5 bytes a
   * pixel of a frame as large as this.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 10, 40, 80, 120})
  void whatTheGarbageCollectorFreesMeanwhileDoesNotHideWhatARunTakes(int milliseconds) {
    View view = views.view(Weather.RAIN);
    for (int i = 0; i < 20; i++) {
      TestFrames.noise(1501, 2003, i);
    }
    ScheduledExecutorService collector = Executors.newSingleThreadScheduledExecutor();
    try {
      collector.schedule(System::gc, milliseconds, TimeUnit.MILLISECONDS);
      RunMemory memory = new RunMemory(view);
      for (int i = 0; i < 3; i++) {
        assertThat(memory.taken(() -> run(view)) / (ROWS * COLS)).isBetween(45L, 130L);
      }
    } finally {
      collector.shutdown();
    }
  }
}
