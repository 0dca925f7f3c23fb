package io.deweather.samples.bench;

import io.deweather.Device;
import io.deweather.DeweatherException;
import io.deweather.OnnxRestorer;
import io.deweather.OpenCv;
import io.deweather.Processor;
import io.deweather.Warmup;
import io.deweather.converter.BundleContents;
import io.deweather.converter.Network;
import io.deweather.pipeline.FrameStage;
import io.deweather.samples.Latencies;
import io.deweather.samples.RestorerSet;
import io.deweather.samples.WeatherChoice;
import io.deweather.samples.bench.BenchmarkResult.Arithmetic;
import io.deweather.samples.bench.BenchmarkResult.Machine;
import io.deweather.samples.bench.BenchmarkResult.Memory;
import io.deweather.samples.bench.BenchmarkResult.Sizes;
import io.deweather.samples.bench.BenchmarkResult.Speed;
import io.deweather.samples.bench.BenchmarkResult.Streams;
import io.deweather.samples.bench.Contender.Round;
import io.deweather.video.InputOptions;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.opencv.core.Mat;

/**
 * The runtime beside what else runs the same network. All contenders take turns in one process, a
 * round each, in an order that turns round every time: what else goes on on the machine hits all
 * alike, and ratios are taken within a round.
 */
public final class Benchmark implements AutoCloseable {
  private static final int PEAK_TRIES = 3;

  private final BenchmarkOptions options;
  private final Path scratch;
  private final Network network;
  private final OnnxRestorer restorer;
  private final RestorerSet clipRestorers;
  private final Mat frame;
  private final Mat restored;
  private final MatrixProduct product;
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private StreamsRun streams;

  /** A contender with its rounds. */
  private record Entry(Contender contender, Latencies latencies, List<Round> rounds) {}

  /** Loads everything and draws the clip. */
  public Benchmark(BenchmarkOptions options) throws IOException {
    OpenCv.load();
    this.options = options;
    restored = new Mat();
    scratch = Files.createTempDirectory("deweather-bench");
    Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(scratch)));
    BundleContents contents = BundleContents.read(options.bundle());
    if (options.peers() && contents.selfEnsemble()) {
      throw new DeweatherException(
          "%s is a self-ensemble, which not all peers can run: measure the bundle that it was converted from"
              .formatted(options.bundle()));
    }
    network = contents.seenBy(options.weather());
    // First of all sessions: its threads are those that the bare session shares.
    restorer =
        OnnxRestorer.builder(options.bundle())
            .device(Device.cpu())
            .threads(options.threads())
            .weather(options.weather())
            .warmup(Warmup.ON_DEMAND)
            .open();
    clipRestorers =
        new RestorerSet(
            options.bundle(),
            WeatherChoice.of(options.weather()),
            Device.cpu(),
            options.inFlight(),
            options.threads());
    frame = Frames.one(options.width(), options.height());
    product = new MatrixProduct();
    addOwn();
    if (options.peers()) {
      addPeers();
    }
  }

  private void addOwn() {
    int width = options.width();
    int height = options.height();
    Path graph = restorer.bundle().graph(options.weather());
    List<FrameStage> stages = clipRestorers.stages();
    Path clip = Frames.clip(scratch.resolve("drive.mp4"), width, height, framesARound());
    InputOptions input = InputOptions.defaults();
    if (options.decoderThreads() > 0) {
      input = input.withDecoderThreads(options.decoderThreads());
    }
    add("bare", BareSession.shared(graph, width, height));
    add(
        "restore",
        Contender.oneByOne(() -> restorer.restore(frame, restored, options.weather()), () -> {}));
    add("pipeline", PipelineRun.withoutCodecs(stages, frame));
    add("pipeline_decode", PipelineRun.decoding(stages, clip, input));
    add(
        "pipeline_codec",
        PipelineRun.withCodecs(
            stages, clip, input, scratch.resolve("clear.mp4"), options.encoderThreads()));
    if (options.streams() > 0) {
      streams = new StreamsRun(restorer, options.weather(), frame, options.streams());
      add("streams", streams);
    }
  }

  private void addPeers() {
    int threads = options.threads();
    Path graph = restorer.bundle().graph(options.weather());
    add("opencv_dnn", Peers.openCvDnn(network, frame, threads));
    add("libtorch", Peers.libtorch(network, frame, threads));
    add("naive_java", Peers.naiveJava(network, frame, threads));
    add(
        "onnxruntime_defaults",
        BareSession.byDefault(graph, options.width(), options.height(), threads));
  }

  private void add(String name, Contender contender) {
    entries.put(name, new Entry(contender, new Latencies(), new ArrayList<>()));
  }

  private int framesARound() {
    return Math.max(1, options.frames() / options.rounds());
  }

  /**
   * Measures.
   *
   * @param progress is told, now and then, how many of {@link #steps()} are done
   */
  public BenchmarkResult run(Consumer<Integer> progress) throws IOException {
    Memory memory = MemoryProbe.measure(options);
    List<Sizes> sizes = sizes();
    int done = 0;
    Map<String, Integer> frames = new LinkedHashMap<>();
    double bareFps = 0;
    for (var entry : entries.entrySet()) {
      progress.accept(done++);
      double fps = warm(entry.getValue().contender());
      bareFps = entry.getKey().equals("bare") ? fps : bareFps;
      boolean peer = !isOwn(entry.getKey());
      double share = peer ? Math.min(1, fps / bareFps) : 1;
      frames.put(entry.getKey(), (int) Math.max(1, Math.round(framesARound() * share)));
    }
    if (streams != null) {
      streams.restart();
    }
    List<String> order = new ArrayList<>(entries.keySet());
    for (int round = 0; round < options.rounds(); round++) {
      for (String name : order) {
        progress.accept(done++);
        Entry entry = entries.get(name);
        entry.rounds().add(entry.contender().run(frames.get(name), entry.latencies()));
      }
      for (int i = 0; i < PEAK_TRIES; i++) {
        product.measure();
      }
      Collections.reverse(order);
    }
    return result(memory, sizes);
  }

  private List<Sizes> sizes() throws IOException {
    List<Sizes> sizes = new ArrayList<>();
    if (!options.sizes().isEmpty()) {
      sizes.add(SizesProbe.measure(options, null));
      if (options.memoryLimitMib() != null) {
        sizes.add(SizesProbe.measure(options, options.memoryLimitMib()));
      }
    }
    return sizes;
  }

  /** How many steps {@link #run} has. */
  public int steps() {
    return entries.size() * (options.rounds() + 1);
  }

  private double warm(Contender contender) {
    int few = Math.min(4, framesARound());
    contender.run(few, new Latencies());
    return contender.run(few, new Latencies()).framesPerSecond();
  }

  private static boolean isOwn(String name) {
    return List.of("bare", "restore", "pipeline", "pipeline_decode", "pipeline_codec", "streams")
        .contains(name);
  }

  private BenchmarkResult result(Memory memory, List<Sizes> sizes) {
    Map<String, Speed> speeds = new LinkedHashMap<>();
    entries.keySet().forEach(name -> speeds.put(name, speed(name)));
    Map<String, Speed> peers = new LinkedHashMap<>(speeds);
    peers.keySet().removeIf(Benchmark::isOwn);
    int multiple = network.multiple();
    double gmac =
        network.macs(
                Planes.padded(options.height(), multiple), Planes.padded(options.width(), multiple))
            / 1e9;
    double gflops = 2 * gmac * speeds.get("bare").fps();
    return new BenchmarkResult(
        machine(),
        restorer.bundle().manifest().name(),
        options.weather().id(),
        options.width(),
        options.height(),
        options.threads(),
        options.inFlight(),
        speeds.get("bare"),
        speeds.get("restore"),
        speeds.get("pipeline"),
        speeds.get("pipeline_decode"),
        speeds.get("pipeline_codec"),
        streams == null
            ? null
            : new Streams(streams.count(), speeds.get("streams"), streams.leastShare()),
        peers,
        memory,
        new Arithmetic(gflops, product.peak(), gflops / product.peak()),
        sizes);
  }

  private Speed speed(String name) {
    Entry entry = entries.get(name);
    List<Round> bare = entries.get("bare").rounds();
    List<Double> fps = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    List<Double> heap = new ArrayList<>();
    int frames = 0;
    for (int i = 0; i < entry.rounds().size(); i++) {
      Round round = entry.rounds().get(i);
      frames += round.frames();
      fps.add(round.framesPerSecond());
      ratios.add(round.framesPerSecond() / bare.get(i).framesPerSecond());
      if (round.heapBytesPerFrame() != null) {
        heap.add((double) round.heapBytesPerFrame());
      }
    }
    return new Speed(
        frames,
        median(fps),
        median(ratios),
        entry.latencies().summary(),
        heap.isEmpty() ? null : (Long) (long) median(heap));
  }

  static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  private static Machine machine() {
    Processor here = Processor.here();
    return new Machine(
        here.processors(),
        here.model().isEmpty() ? "unknown" : here.model(),
        System.getProperty("os.name") + " " + System.getProperty("os.arch"),
        System.getProperty("java.vm.version"));
  }

  @Override
  public void close() {
    entries.values().forEach(entry -> entry.contender().close());
    product.close();
    clipRestorers.close();
    restorer.close();
    frame.release();
    restored.release();
  }

  /** At the end of the process, which Ctrl-C may bring at any time. */
  private static void delete(Path folder) {
    for (File file : folder.toFile().listFiles()) {
      file.delete();
    }
    folder.toFile().delete();
  }
}
