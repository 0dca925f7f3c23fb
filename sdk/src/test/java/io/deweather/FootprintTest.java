package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FootprintTest {
  private final RunControl control = new RunControl();
  private final ViewPool views =
      new ViewPool(Engine.of(0), BundleContents.read(GoldenBundle.path(), BundleLimits.DEFAULT));

  @AfterEach
  void close() {
    try (control) {
      views.close();
    }
  }

  /** The golden network takes 49 to 74 bytes a pixel, whichever of its sizes comes first. */
  @ParameterizedTest
  @ValueSource(ints = {20, 80, 140, 260})
  void whatTheGarbageCollectorFreesMeanwhileDoesNotHideWhatARunTakes(int milliseconds) {
    for (int i = 0; i < 20; i++) {
      TestFrames.noise(1501, 2003, i);
    }
    ScheduledExecutorService collector = Executors.newSingleThreadScheduledExecutor();
    try {
      collector.schedule(System::gc, milliseconds, TimeUnit.MILLISECONDS);
      Footprint footprint = Footprint.of(views.view(Weather.RAIN), control);
      assertThat(footprint.steps()).hasSize(4).allMatch(bytes -> bytes >= 40 && bytes <= 128);
    } finally {
      collector.shutdown();
    }
  }

  @Test
  void aSizeBetweenTwoStepsTakesTheMoreOfBoth() {
    Footprint footprint = new Footprint(List.of(90L, 60L, 70L, 50L));
    assertThat(footprint.bytesPerPixel(1 << 20)).isEqualTo(90);
    assertThat(footprint.bytesPerPixel((1 << 20) * 5L / 4)).isEqualTo(90);
    assertThat(footprint.bytesPerPixel((1 << 20) * 3L / 2)).isEqualTo(70);
    assertThat(footprint.bytesPerPixel((1 << 21) - 1)).isEqualTo(70);
    assertThat(footprint.mostBytesPerPixel()).isEqualTo(90);
  }
}
