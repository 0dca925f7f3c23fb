package io.deweather.samples.scene;

import io.deweather.OpenCv;
import java.util.Random;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Rect;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * A drive along a country road, drawn frame by frame: what the demonstration and the tests look at
 * where no footage may be shipped. Frame {@code n} depends on nothing but the size and {@code n}.
 *
 * <p>Everything is drawn at twice the size and averaged down, so that edges are as soft as a
 * camera's. Used from one thread at a time; the owner closes it.
 */
public final class RoadScene implements AutoCloseable {
  /** Frames a second at which the drive runs at its speed. */
  public static final int FRAME_RATE = 25;

  private static final int OVERSAMPLING = 2;
  private static final double METRES_PER_SECOND = 14;
  private static final double NOISE_SIGMA = 1.2;

  private final Size size;
  private final Canvas canvas;
  private final Backdrop backdrop;
  private final Ground ground;
  private final Roadside roadside = new Roadside();
  private final Traffic traffic = new Traffic();
  private final Mat noise;
  private final Mat scratch;

  /**
   * Prepares the drive.
   *
   * @param width of the frames in pixels, at least 64
   * @param height of the frames in pixels, at least 64
   */
  public RoadScene(int width, int height) {
    if (width < 64 || height < 64) {
      throw new IllegalArgumentException(
          "size (%dx%d) must be at least 64x64".formatted(width, height));
    }
    OpenCv.load();
    size = new Size(width, height);
    canvas = new Canvas(width * OVERSAMPLING, height * OVERSAMPLING);
    backdrop = new Backdrop(canvas);
    ground = new Ground();
    noise = sensorNoise(width, height);
    scratch = new Mat();
  }

  /**
   * Draws one frame.
   *
   * @param frame its number, from 0, at {@link #FRAME_RATE}
   * @param target becomes {@code CV_8UC3} BGR of the scene's size
   */
  public void draw(int frame, Mat target) {
    double seconds = (double) frame / FRAME_RATE;
    double travelled = METRES_PER_SECOND * seconds;
    backdrop.draw(canvas, seconds);
    ground.draw(canvas, travelled);
    roadside.draw(canvas, travelled, traffic.at(seconds));
    Imgproc.resize(canvas.image(), target, size, 0, 0, Imgproc.INTER_AREA);
    addNoise(frame, target);
  }

  @Override
  public void close() {
    canvas.close();
    backdrop.close();
    ground.close();
    noise.release();
    scratch.release();
  }

  /** One noise picture, larger than a frame: each frame takes another part of it. */
  private static Mat sensorNoise(int width, int height) {
    Random random = new Random(17);
    int rows = height + 64;
    int columns = width + 64;
    float[] values = new float[rows * columns * 3];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * NOISE_SIGMA);
    }
    Mat noise = new Mat(rows, columns, CvType.CV_32FC3);
    noise.put(0, 0, values);
    return noise;
  }

  private void addNoise(int frame, Mat target) {
    Random random = new Random(31L * frame + 7);
    Mat part =
        noise.submat(
            new Rect(random.nextInt(64), random.nextInt(64), target.cols(), target.rows()));
    Core.add(target, part, scratch, new Mat(), CvType.CV_8UC3);
    scratch.copyTo(target);
    part.release();
  }
}
