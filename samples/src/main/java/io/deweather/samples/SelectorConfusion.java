package io.deweather.samples;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How often frames of each weather were called what. */
final class SelectorConfusion {
  /** What a frame is called whose every probability is lower. */
  static final double THRESHOLD = 0.5;

  static final String CLEAR = "clear";

  private final List<String> answers = new ArrayList<>();
  private final Map<String, int[]> counts = new LinkedHashMap<>();

  SelectorConfusion(List<String> weathers) {
    answers.add(CLEAR);
    answers.addAll(weathers);
  }

  /**
   * One row as JSON has it.
   *
   * @param truth what was put in, with its strength
   * @param frames how many
   * @param answers how many of them were called what
   */
  record Row(String truth, int frames, Map<String, Integer> answers) {}

  /** The most probable weather, or clear. */
  static String answer(List<String> weathers, float... probabilities) {
    int best = 0;
    for (int w = 1; w < probabilities.length; w++) {
      best = probabilities[w] > probabilities[best] ? w : best;
    }
    return probabilities[best] < THRESHOLD ? CLEAR : weathers.get(best);
  }

  void add(String row, String answer) {
    counts.computeIfAbsent(row, r -> new int[answers.size()])[answers.indexOf(answer)]++;
  }

  /** The share of the rows' frames that were called {@code answer}. */
  double share(String answer, String... rows) {
    int right = 0;
    int all = 0;
    for (String row : rows) {
      int[] counted = counts.getOrDefault(row, new int[answers.size()]);
      right += counted[answers.indexOf(answer)];
      all += Arrays.stream(counted).sum();
    }
    return all == 0 ? 0 : (double) right / all;
  }

  List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    counts.forEach(
        (truth, counted) -> {
          Map<String, Integer> called = new LinkedHashMap<>();
          for (int i = 0; i < counted.length; i++) {
            called.put(answers.get(i), counted[i]);
          }
          rows.add(new Row(truth, Arrays.stream(counted).sum(), called));
        });
    return rows;
  }

  void print(Report report) {
    StringBuilder head = new StringBuilder("%-18s%8s".formatted("truth", "frames"));
    answers.forEach(answer -> head.append("%10s".formatted(answer)));
    report.line("%s", head);
    for (Row row : rows()) {
      StringBuilder line = new StringBuilder("%-18s%8d".formatted(row.truth(), row.frames()));
      row.answers()
          .forEach((a, count) -> line.append("%9.1f%%".formatted(100.0 * count / row.frames())));
      report.line("%s", line);
    }
  }
}
