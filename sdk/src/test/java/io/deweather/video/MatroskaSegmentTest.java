package io.deweather.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatroskaSegmentTest {
  @ParameterizedTest
  @CsvSource({
    "1a45dfa3 81 00 18538067 85 0000000000, 16",
    "1a45dfa3 4002 0000 18538067 0100000000000fff 0000000000, 4115",
    "1a45dfa3 81 00 18538067 01ffffffffffffff 0000000000, -1",
    "1a45dfa3 81 00 18538067 ff 0000000000, -1",
    "1a45dfa3 90 00 18538067 85 0000000000, -1",
    "52494646 81 00 18538067 85 0000000000, -1",
    "1a45, -1"
  })
  void theEndIsThatOfTheFirstSegment(String hex, long end) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    assertThat(MatroskaSegment.end(ByteBuffer.wrap(bytes))).isEqualTo(end);
  }
}
