package io.deweather;

import static io.deweather.MoodyBundle.STEADY;
import static io.deweather.MoodyBundle.assertRestored;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.Mat;
import org.opencv.core.Size;

/** Frames of several streams in one run; {@link MoodyBundle} says what makes one fail or dawdle. */
@Timeout(60)
class SharedRunTest {
  private static final Duration AMPLE = Duration.ofSeconds(30);

  /** Enough to keep the fastest machine busy until every call waits. */
  private static final int OTHERS = 4;

  @TempDir static Path temporary;
  private static Path bundle;
  private final ExecutorService cameras = Executors.newCachedThreadPool();

  @BeforeAll
  static void write() {
    bundle = MoodyBundle.ofBatches(temporary.resolve("moody"));
  }

  @AfterEach
  void stop() {
    cameras.shutdownNow();
    MoodyBundle.assertNoThreadLeft();
  }

  private static OnnxRestorer open(int most, Duration wait) {
    OnnxRestorer restorer =
        OnnxRestorer.builder(bundle)
            .weather(Weather.RAIN)
            .degradation(STEADY)
            .batch(most, wait)
            .open();
    restorer.restore(MoodyBundle.calm(1), Duration.ofSeconds(1)).image().release();
    return restorer;
  }

  /** Calls while long runs of other sizes have the turn, one after the other. */
  private List<Future<Restored>> whileBusy(OnnxRestorer restorer, List<Callable<Restored>> calls)
      throws Exception {
    for (int i = 0; i < OTHERS; i++) {
      Mat other = MoodyBundle.frame(32, 32 + 8 * i, 5, 0, MoodyBundle.SLOW, 0);
      String name = "other-" + i;
      cameras.submit(() -> restorer.stream(name).restore(other));
    }
    Thread.sleep(20);
    List<Future<Restored>> answers = new ArrayList<>();
    for (Callable<Restored> call : calls) {
      answers.add(cameras.submit(call));
      Thread.sleep(10);
    }
    return answers;
  }

  @Test
  void framesThatWaitShareARunAndEachGetsItsOwn() throws Exception {
    try (OnnxRestorer restorer = open(3, Duration.ZERO)) {
      List<Mat> frames =
          List.of(
              MoodyBundle.calm(1), MoodyBundle.calm(2), MoodyBundle.calm(3), MoodyBundle.calm(4));
      Mat destination = new Mat();
      List<Future<Restored>> answers =
          whileBusy(
              restorer,
              List.of(
                  () -> restorer.stream("a").restore(frames.get(0)),
                  () -> restorer.stream("b").restore(frames.get(1), AMPLE),
                  () -> restorer.stream("c").restore(frames.get(2), destination),
                  () -> restorer.stream("a").restore(frames.get(3))));
      for (int i = 0; i < frames.size(); i++) {
        assertRestored(frames.get(i), answers.get(i).get());
      }
      assertThat(answers.get(2).get().image()).isSameAs(destination);
    }
  }

  @Test
  void whenARunFailsEachFrameIsAnsweredWithItselfAndTheReason() throws Exception {
    try (OnnxRestorer restorer = open(8, Duration.ZERO)) {
      Mat bad = MoodyBundle.frame(48, 64, 7, MoodyBundle.FAILS, 0, 0);
      Mat good = MoodyBundle.calm(8);
      Mat timed = MoodyBundle.calm(9);
      List<Future<Restored>> answers =
          whileBusy(
              restorer,
              List.of(
                  () -> restorer.stream("a").restore(bad),
                  () -> restorer.stream("b").restore(good),
                  () -> restorer.stream("c").restore(timed, AMPLE)));
      assertThat(answers.get(0).get().image()).isSameAs(bad);
      assertThat(answers.get(1).get().image()).isSameAs(good);
      assertThat(answers.get(2).get().image()).isSameAs(timed);
      for (Future<Restored> answer : answers) {
        assertThat(answer.get().reason()).isEqualTo(FrameReason.INFERENCE_FAILED);
        assertThat(answer.get().status()).isEqualTo(FrameStatus.PASSED_THROUGH);
      }
      for (String stream : List.of("a", "b", "c")) {
        assertThat(restorer.stream(stream).health().lastFailure())
            .contains("rain.onnx failed on 3 frames of 64x48");
      }
      assertRestored(good, restorer.restore(good));
    }
  }

  /** As where there is no memory left for it. */
  @Test
  void anErrorIsNotTakenForARestoredFrame() {
    Mat broken =
        new Mat() {
          @Override
          public void create(Size size, int type) {
            throw new AssertionError("no memory");
          }
        };
    try (OnnxRestorer restorer = open(2, Duration.ZERO)) {
      assertThatThrownBy(() -> restorer.restore(MoodyBundle.calm(1), broken, Weather.RAIN))
          .isInstanceOf(AssertionError.class)
          .hasMessage("no memory");
    }
  }

  @Test
  void aFrameThatIsLateLeavesAndTheOthersGetTheirs() throws Exception {
    Mat slow = MoodyBundle.slow(10);
    Duration run;
    try (OnnxRestorer alone = open(1, Duration.ZERO)) {
      // The quickest: with one that was held up the deadline would be late enough.
      run =
          Stream.generate(() -> alone.restore(slow).latency()).limit(3).sorted().findFirst().get();
    }
    try (OnnxRestorer restorer = open(3, AMPLE.dividedBy(2))) {
      Mat patient = MoodyBundle.calm(11);
      Future<Restored> first = cameras.submit(() -> restorer.stream("a").restore(slow));
      Thread.sleep(20);
      Future<Restored> second = cameras.submit(() -> restorer.stream("b").restore(patient));
      Thread.sleep(20);
      Mat hasty = MoodyBundle.calm(12);
      byte[] before = TestFrames.bytes(hasty);
      Restored late = restorer.stream("c").restore(hasty, run.dividedBy(3)); // the third: they run
      assertThat(late.reason()).isEqualTo(FrameReason.DEADLINE);
      assertThat(late.image()).isSameAs(hasty);
      assertThat(TestFrames.bytes(hasty)).isEqualTo(before);
      assertThat(first.isDone()).isFalse();
      assertRestored(slow, first.get());
      assertRestored(patient, second.get());
    }
  }

  @Test
  void aRunThatEveryoneHasLeftIsStopped() throws Exception {
    try (OnnxRestorer restorer = open(2, Duration.ZERO)) {
      Mat slow = MoodyBundle.slow(14);
      Duration alone = restorer.restore(slow).latency();
      Restored late = restorer.restore(slow, alone.dividedBy(10));
      assertThat(late.reason()).isEqualTo(FrameReason.DEADLINE);
      Mat next = MoodyBundle.calm(15);
      Restored answer = restorer.restore(next, AMPLE);
      assertRestored(next, answer);
      assertThat(answer.latency()).isLessThan(alone.dividedBy(2));
    }
  }

  @Test
  void aFrameWaitsForCompanyNoLongerThanAskedForNorIntoItsDeadline() throws Exception {
    Duration wait = Duration.ofMillis(400);
    try (OnnxRestorer restorer = open(2, wait)) {
      Mat frame = MoodyBundle.calm(16);
      Restored lonely = restorer.restore(frame);
      assertRestored(frame, lonely);
      assertThat(lonely.latency()).isBetween(wait, wait.multipliedBy(3));
      Restored timed = restorer.restore(frame, Duration.ofMillis(200));
      assertRestored(frame, timed);
      assertThat(timed.latency()).isLessThan(Duration.ofMillis(200));
      Future<Restored> first =
          cameras.submit(() -> restorer.stream("a").restore(MoodyBundle.calm(17)));
      Thread.sleep(50);
      Restored second = restorer.stream("b").restore(MoodyBundle.calm(18));
      assertThat(second.latency()).isLessThan(wait.dividedBy(2));
      assertThat(first.get().latency()).isLessThan(wait);
    }
  }

  @Test
  void aFrameThatDoesNotFitIsNotHeldUp() throws Exception {
    Duration wait = Duration.ofSeconds(5);
    try (OnnxRestorer restorer = open(4, wait)) {
      Future<Restored> first =
          cameras.submit(() -> restorer.stream("a").restore(MoodyBundle.calm(19)));
      Thread.sleep(50);
      Mat other = MoodyBundle.frame(32, 32, 20, 0, 0, 0);
      Restored answer = restorer.stream("b").restore(other, Duration.ofSeconds(4));
      assertRestored(other, answer);
      assertThat(first.get().latency()).isLessThan(wait);
    }
  }

  @Test
  void aCallThatHasLeftMayDoWithItsMatWhatItLikes() throws Exception {
    try (OnnxRestorer restorer = open(4, Duration.ofSeconds(5))) {
      Mat first = MoodyBundle.calm(22);
      Thread leaving = new Thread(() -> restorer.stream("a").restore(first, AMPLE));
      leaving.start();
      Thread.sleep(100);
      Mat patient = MoodyBundle.calm(23);
      Future<Restored> second = cameras.submit(() -> restorer.stream("b").restore(patient));
      Thread.sleep(100);
      leaving.interrupt();
      leaving.join();
      Mat other = MoodyBundle.frame(32, 32, 24, 0, 0, 0);
      other.copyTo(first);
      assertRestored(other, restorer.stream("c").restore(other));
      assertRestored(patient, second.get());
    }
  }

  @Test
  void graphsOfOneFrameRunFramesOneByOne() throws Exception {
    Path one = MoodyBundle.writeTo(temporary.resolve("one"));
    try (OnnxRestorer restorer =
        OnnxRestorer.builder(one).weather(Weather.RAIN).batch(4, AMPLE).open()) {
      Mat frame = MoodyBundle.calm(21);
      Restored restored = restorer.restore(frame);
      assertRestored(frame, restored);
      assertThat(restored.latency()).isLessThan(AMPLE);
    }
  }

  @Test
  @Tag("slow")
  void eachOfManyFramesIsAnsweredOnceAndInOrder() throws Exception {
    List<FrameRecord> records = new CopyOnWriteArrayList<>();
    int perStream = Integer.getInteger("deweather.frames", 1200) / 4;
    try (OnnxRestorer busy =
        OnnxRestorer.builder(bundle)
            .weather(Weather.RAIN)
            .degradation(STEADY)
            .batch(3, Duration.ofMillis(2))
            .listener(records::add)
            .open()) {
      List<Future<?>> running = new ArrayList<>();
      for (String camera : List.of("front", "left", "right", "rear")) {
        running.add(cameras.submit(() -> restoreMany(busy.stream(camera), perStream)));
      }
      for (Future<?> one : running) {
        one.get();
      }
      for (String camera : List.of("front", "left", "right", "rear")) {
        var health = busy.stream(camera).health();
        assertThat(health.frames()).isEqualTo(perStream);
        assertThat(health.reasons().get(FrameReason.NONE)).isGreaterThan(perStream / 4);
        assertThat(health.reasons().get(FrameReason.DEADLINE)).isPositive();
        assertThat(
                records.stream()
                    .filter(record -> record.stream().equals(camera))
                    .map(FrameRecord::sequence))
            .isSorted()
            .hasSize(perStream);
      }
    }
  }

  private static void restoreMany(RestorationStream stream, int frames) {
    Random random = new Random(stream.name().hashCode());
    Mat frame = TestFrames.noise(90, 120, 1);
    Mat destination = new Mat();
    for (int i = 0; i < frames; i++) {
      int blue = random.nextInt(20) == 0 ? MoodyBundle.FAILS : 0;
      int green = random.nextInt(8) == 0 ? random.nextInt(256) : 0;
      int red = random.nextInt(20) == 0 ? 254 + random.nextInt(2) : 0;
      frame.put(0, 0, blue, green, red);
      Restored answer =
          switch (random.nextInt(4)) {
            case 0 -> stream.restore(frame);
            case 1 -> stream.restore(frame, destination);
            default ->
                stream.restore(frame, Duration.ofNanos(200_000 + random.nextInt(40_000_000)));
          };
      if (answer.status() == FrameStatus.OK) {
        assertRestored(frame, answer);
      } else {
        assertThat(answer.image()).isSameAs(frame);
      }
    }
  }
}
