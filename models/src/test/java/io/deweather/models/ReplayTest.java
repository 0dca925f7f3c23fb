package io.deweather.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.deweather.OpenCv;
import io.deweather.models.Examples.Position;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ReplayTest {
  private static final int STEPS = 20;

  @BeforeAll
  static void load() {
    OpenCv.load();
  }

  @Test
  void aReplayThatIsResumedGivesTheBatchesThatItWouldHaveGiven() {
    List<List<String>> whole = new ArrayList<>();
    List<Position> oldest = new ArrayList<>();
    List<Float> tints = new ArrayList<>();
    try (Numbers numbers = new Numbers(Position.START)) {
      Replay<String> replay = replay();
      for (int step = 0; step < STEPS; step++) {
        oldest.add(replay.oldest());
        Replay.Batch<String> batch = replay.next(numbers);
        whole.add(batch.examples());
        tints.add(batch.variation().tint()[1]);
      }
    }
    assertThat(oldest.get(STEPS - 1).number()).as("some were forgotten").isGreaterThan(5);

    for (int step = 0; step < STEPS; step++) {
      Position first = Position.parse(oldest.get(step).toString());
      try (Numbers numbers = new Numbers(first)) {
        Replay<String> replay = replay();
        replay.resume(step, numbers);
        Replay.Batch<String> batch = replay.next(numbers);
        assertThat(batch.examples()).isEqualTo(whole.get(step));
        assertThat(batch.variation().tint()[1]).isEqualTo(tints.get(step));
        assertThat(replay.next(numbers).examples()).hasSize(5);
      }
    }
  }

  @Test
  void newExamplesComeOnceAsNewAndAgainWhileTheyAreKept() {
    try (Numbers numbers = new Numbers(Position.START)) {
      Replay<String> replay = replay();
      List<String> fresh = new ArrayList<>();
      for (int step = 0; step < STEPS; step++) {
        List<String> batch = replay.next(numbers).examples();
        fresh.addAll(batch.subList(0, 3));
        int end = fresh.size();
        assertThat(fresh.subList(Math.max(0, end - 7), end)).containsAll(batch);
      }
      assertThat(fresh).doesNotHaveDuplicates();
    }
  }

  private static Replay<String> replay() {
    return new Replay<>(3, 5, 7, 11);
  }

  /** None, one or two examples of each number, as frames give looks. */
  private static final class Numbers extends Examples<String> {
    Numbers(Position first) {
      super(first, 2, 4);
    }

    @Override
    List<String> make(long number) {
      List<String> some = new ArrayList<>();
      for (int part = 0; part < number % 3; part++) {
        some.add(number + "." + part);
      }
      return some;
    }
  }
}
