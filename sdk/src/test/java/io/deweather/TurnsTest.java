package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TurnsTest {
  private final Turns turns = new Turns();

  @Test
  void waitingStreamsTakeTurnsHoweverManyThreadsCallForOne() throws Exception {
    turns.acquire("holder", Deadline.none());
    List<String> served = Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    for (String stream : List.of("greedy", "greedy", "greedy", "greedy", "b", "c", "b")) {
      Thread thread =
          new Thread(
              () -> {
                turns.acquire(stream, Deadline.none());
                served.add(stream);
                turns.release();
              });
      threads.add(thread);
      thread.start();
      while (thread.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
    }
    turns.release();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(served).containsExactly("greedy", "b", "c", "greedy", "b", "greedy", "greedy");
  }

  @Test
  void waitingEndsAtTheDeadlineAndLeavesNoTrace() {
    turns.acquire("a", Deadline.none());
    long start = System.nanoTime();
    assertThat(turns.acquire("b", Deadline.in(Duration.ofMillis(30))))
        .isEqualTo(Turns.Answer.TOO_LATE);
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(30_000_000L);
    turns.release();
    assertThat(turns.acquire("c", Deadline.none())).isEqualTo(Turns.Answer.GRANTED);
  }

  @Test
  void aTurnTakesThoseAlongThatFitInTheirOrder() throws Exception {
    turns.acquire("holder", Deadline.none());
    List<String> taken = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    List<String> served = Collections.synchronizedList(new ArrayList<>());
    for (String call : List.of("a1", "a2", "b1", "c-other", "c2", "b2", "a3")) {
      Thread thread =
          new Thread(
              () -> {
                if (turns.acquire(call.substring(0, 1), Deadline.none(), call)
                    == Turns.Answer.GRANTED) {
                  served.add(call);
                  turns.release();
                }
              });
      threads.add(thread);
      thread.start();
      while (thread.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
    }
    turns.takeAlong(
        4, call -> !((String) call).endsWith("other") && taken.add((String) call), () -> 0);
    assertThat(taken).containsExactly("a1", "b1", "a2", "b2");
    turns.release();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(served).containsExactly("c-other", "a3", "c2");
  }

  @Test
  void closingSendsThoseWhoWaitAwayAndWaitsForTheOneWhoDoesNot() throws Exception {
    turns.acquire("a", Deadline.none());
    List<Turns.Answer> answers = Collections.synchronizedList(new ArrayList<>());
    Thread waiter = new Thread(() -> answers.add(turns.acquire("b", Deadline.none())));
    waiter.start();
    while (waiter.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    Thread closer = new Thread(turns::close);
    closer.start();
    waiter.join();
    assertThat(answers).containsExactly(Turns.Answer.CLOSED);
    assertThat(closer.isAlive()).isTrue();
    turns.release();
    closer.join();
    assertThat(turns.acquire("c", Deadline.none())).isEqualTo(Turns.Answer.CLOSED);
  }
}
