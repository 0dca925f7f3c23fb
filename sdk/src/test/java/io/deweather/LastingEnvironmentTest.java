package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.RepeatedTest;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Scalar;

class LastingEnvironmentTest {
  @RepeatedTest(2)
  void theJvmMayEndWhileAFrameIsOnItsWay() throws Exception {
    assertThat(FreshJvm.run(EndsWhileRunning.class)).contains("ending").doesNotContain("SIGSEGV");
  }

  static final class EndsWhileRunning {
    public static void main(String[] args) throws Exception {
      OnnxRestorer restorer =
          OnnxRestorer.builder(GoldenBundle.path()).weather(Weather.RAIN).open();
      Mat frame = new Mat(1080, 1920, CvType.CV_8UC3, new Scalar(90, 120, 60));
      Mat restored = new Mat();
      CountDownLatch running = new CountDownLatch(1);
      Thread frames =
          new Thread(
              () -> {
                while (true) {
                  restorer.restore(frame, restored, Weather.RAIN);
                  running.countDown();
                }
              });
      frames.setDaemon(true);
      frames.start();
      running.await();
      System.out.println("ending");
      System.exit(0);
    }
  }
}
