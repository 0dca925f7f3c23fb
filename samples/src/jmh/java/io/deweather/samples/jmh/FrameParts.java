package io.deweather.samples.jmh;

import io.deweather.OnnxRestorer;
import io.deweather.Weather;
import io.deweather.converter.BundleWriter;
import io.deweather.converter.Network;
import io.deweather.converter.Visibility;
import io.deweather.models.Networks;
import io.deweather.samples.scene.RoadScene;
import io.deweather.video.FrameSource;
import io.deweather.video.FrameStamp;
import io.deweather.video.InputOptions;
import io.deweather.video.VideoSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.opencv.core.Mat;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What each part of a frame's way costs by itself, 640x360: decoding, restoring, encoding. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class FrameParts {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 360;
  private static final int FRAMES = 50;
  private static final long MICROS = 40_000;

  /** Of the decoder or encoder; the restorer has one a processor. */
  @Param({"1", "2"})
  public int codecThreads;

  private Path folder;
  private Path clip;
  private OnnxRestorer restorer;
  private final Mat[] frames = new Mat[FRAMES];
  private Mat target;
  private FrameSource source;
  private VideoSink sink;
  private long number;

  /** Draws the frames, encodes the clip, and bakes the edge network with untrained weights. */
  @Setup
  public void prepare() throws IOException {
    folder = Files.createTempDirectory("deweather-jmh");
    clip = folder.resolve("drive.mp4");
    try (RoadScene scene = new RoadScene(WIDTH, HEIGHT);
        VideoSink drive = VideoSink.builder(clip).open()) {
      for (int i = 0; i < FRAMES; i++) {
        frames[i] = new Mat();
        scene.draw(i, frames[i]);
        drive.write(frames[i], new FrameStamp(i, i * MICROS));
      }
    }
    Network network = Networks.edge(1);
    Path bundle = folder.resolve("bundle");
    BundleWriter.builder(network, Visibility.common(List.of(Weather.RAIN), network))
        .name("untrained")
        .write(bundle);
    restorer = OnnxRestorer.open(bundle);
    target = new Mat();
    sink = VideoSink.builder(folder.resolve("out.mkv")).encoderThreads(codecThreads).open();
  }

  /** Frees everything. */
  @TearDown
  public void clear() throws IOException {
    sink.discard();
    restorer.close();
    if (source != null) {
      source.close();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** One H.264 frame to BGR. */
  @Benchmark
  public Mat decode() {
    if (source == null || source.read(target).isEmpty()) {
      if (source != null) {
        source.close();
      }
      source =
          FrameSource.open(clip, InputOptions.defaults().withDecoderThreads(codecThreads));
      source.read(target);
    }
    return target;
  }

  /** One frame through the edge network. */
  @Benchmark
  public Mat restore() {
    restorer.restore(frames[(int) (number++ % FRAMES)], target, Weather.RAIN);
    return target;
  }

  /** One frame from BGR to H.264 in a file. */
  @Benchmark
  public long encode() {
    sink.write(frames[(int) (number % FRAMES)], new FrameStamp(number, number * MICROS));
    return number++;
  }
}
