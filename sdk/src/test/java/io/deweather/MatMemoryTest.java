package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.opencv.core.Mat;
import org.opencv.core.Rect;

class MatMemoryTest {
  @Test
  void isThePixelsThemselves() {
    Mat frame = TestFrames.noise(20, 30, 1);
    ByteBuffer memory = MatMemory.of(frame);
    assertThat(memory.isDirect()).isTrue();
    assertThat(memory.remaining()).isEqualTo(20 * 30 * 3);
    memory.put(30 * 3 * 7 + 3 * 11 + 2, (byte) 199);
    assertThat(frame.get(7, 11)[2]).isEqualTo(199);
    frame.put(19, 29, 1, 2, 3);
    assertThat(memory.get(memory.limit() - 1)).isEqualTo((byte) 3);
  }

  @Test
  void startsWhereAPartStarts() {
    Mat frame = TestFrames.noise(20, 30, 2);
    Mat lower = frame.rowRange(10, 20);
    ByteBuffer memory = MatMemory.of(lower);
    assertThat(memory.remaining()).isEqualTo(10 * 30 * 3);
    memory.put(0, (byte) 77);
    assertThat(frame.get(10, 0)[0]).isEqualTo(77);
  }

  @Test
  void knowsWhatSharesMemory() {
    Mat frame = TestFrames.noise(20, 30, 3);
    assertThat(MatMemory.overlap(frame, frame)).isTrue();
    assertThat(MatMemory.overlap(frame, frame.submat(new Rect(5, 5, 16, 2)))).isTrue();
    assertThat(MatMemory.overlap(frame.rowRange(0, 10), frame.rowRange(9, 20))).isTrue();
    assertThat(MatMemory.overlap(frame.rowRange(0, 10), frame.rowRange(10, 20))).isFalse();
    assertThat(MatMemory.overlap(frame, frame.clone())).isFalse();
  }
}
