package io.deweather.samples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProgressTest {
  private final Terminal terminal = new CapturedTerminal().terminal;

  @Test
  void estimatesWhatIsLeftFromTheRate() {
    try (Progress progress = new Progress(terminal, "restore", "frames", 300)) {
      assertThat(progress.line(60, 3)).isEqualTo("restore: 60 of 300 frames, 20.0/s, 12 s left");
      assertThat(progress.line(10, 50)).isEqualTo("restore: 10 of 300 frames, 0.2/s, 24 min left");
      assertThat(progress.line(300, 15)).isEqualTo("restore: 300 of 300 frames, 20.0/s");
    }
  }

  @Test
  void promisesNothingWhereTheTotalIsUnknown() {
    try (Progress progress = new Progress(terminal, "restore", "frames", -1)) {
      assertThat(progress.line(50, 2)).isEqualTo("restore: 50 frames, 25.0/s");
    }
  }

  @Test
  void printsPlainLinesRarelyWhereNobodyWatches() {
    CapturedTerminal captured = new CapturedTerminal();
    try (Progress progress = new Progress(captured.terminal, "restore", "frames", 10)) {
      for (int i = 1; i <= 10; i++) {
        progress.done(i);
      }
    }
    assertThat(captured.err()).isEmpty();
  }
}
