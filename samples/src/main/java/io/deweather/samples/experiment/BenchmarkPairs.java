package io.deweather.samples.experiment;

import io.deweather.Device;
import io.deweather.OnnxRestorer;
import io.deweather.OpenCv;
import io.deweather.Warmup;
import io.deweather.Weather;
import io.deweather.samples.PicturePairs;
import io.deweather.samples.PicturePairs.Pair;
import io.deweather.samples.quality.ImageQuality;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.opencv.core.Core;
import org.opencv.core.Mat;

/** The pictures that everything is measured on, always the same ones. */
final class BenchmarkPairs {
  private final Map<Weather, List<Pair>> pairs = new LinkedHashMap<>();
  private final int threads;

  BenchmarkPairs(ExperimentOptions options, Consumer<String> note) throws IOException {
    OpenCv.load();
    threads = options.threads();
    for (Weather weather : options.weathers()) {
      Path folder = options.pairs().resolve(weather.id());
      List<Pair> all = PicturePairs.match(folder.resolve("input"), folder.resolve("truth"), note);
      pairs.put(weather, spread(all, options.limit()));
    }
  }

  /** So many of them, evenly over the sorted names: neighbours are often of one source. */
  private static List<Pair> spread(List<Pair> all, int limit) {
    if (limit == 0 || limit >= all.size()) {
      return all;
    }
    List<Pair> some = new ArrayList<>();
    for (int i = 0; i < limit; i++) {
      some.add(all.get((int) ((long) i * all.size() / limit)));
    }
    return some;
  }

  int size(Weather weather) {
    return pairs.get(weather).size();
  }

  /** The mean over a weather's pictures as they are. */
  ImageQuality untouched(Weather weather) {
    return mean(weather, (picture, restored) -> picture.copyTo(restored));
  }

  /** The mean over a weather's pictures through its own view of a bundle, as vehicles run it. */
  ImageQuality through(Path bundle, Weather weather) {
    // The limit is for the whole process, of which training has more than a vehicle ever would.
    OnnxRestorer.Builder builder =
        OnnxRestorer.builder(bundle)
            .device(Device.cpu()) // as the rest of the table, wherever that was measured
            .weather(weather)
            .warmup(Warmup.ON_DEMAND)
            .memoryLimit(Long.MAX_VALUE);
    if (threads > 0) {
      builder.threads(threads);
    }
    try (OnnxRestorer restorer = builder.open()) {
      return mean(weather, (picture, restored) -> restorer.restore(picture, restored, weather));
    }
  }

  @FunctionalInterface
  private interface Restoring {
    void restore(Mat picture, Mat restored);
  }

  private ImageQuality mean(Weather weather, Restoring restoring) {
    if (threads > 0) {
      Core.setNumThreads(threads);
    }
    Mat picture = new Mat();
    Mat truth = new Mat();
    Mat restored = new Mat();
    try {
      List<ImageQuality> qualities = new ArrayList<>();
      for (Pair pair : pairs.get(weather)) {
        pair.read(picture, truth);
        restoring.restore(picture, restored);
        qualities.add(ImageQuality.of(restored, truth));
      }
      return ImageQuality.mean(qualities);
    } finally {
      for (Mat mat : new Mat[] {picture, truth, restored}) {
        mat.release();
      }
    }
  }
}
