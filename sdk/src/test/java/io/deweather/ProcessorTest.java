package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProcessorTest {
  @ParameterizedTest
  @CsvSource({
    "fpu avx2 fma, true",
    "fpu avx2 avx512f avx512bw, true",
    "fpu avx2 avx_vnni, false",
    "fpu avx2 avx512f avx512_vnni, false",
    "fpu sse2, false",
    "fp asimd asimddp, false",
    "'', false"
  })
  void knowsWhereByteProductsAreCutOff(String flags, boolean cut) {
    Processor processor = Processor.parse("processor : 0\nflags : " + flags + "\n", 1);
    assertThat(processor.cutsByteProducts()).isEqualTo(cut);
  }
}
