package io.deweather;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bytedeco.javacpp.Pointer;

/** The views of one bundle, over one copy of its weights. Not thread-safe but where it says so. */
final class ViewPool implements AutoCloseable {
  /** 640x400: about 22 MB for each view of the edge network. */
  private static final long KEPT_PIXELS = 640 * 400;

  private final Engine engine;
  private final BundleContents contents;
  // Read by the health snapshot while another thread loads.
  private final Map<Weather, View> views = new ConcurrentHashMap<>();
  private volatile Weather active;

  ViewPool(Engine engine, BundleContents contents) {
    this.engine = engine;
    this.contents = contents;
  }

  Engine engine() {
    return engine;
  }

  /** What the bundle says of its network's arithmetic. */
  long macsPer256() {
    return contents.bundle().manifest().macsPer256();
  }

  /**
   * The view of a weather that the bundle knows; loads it if it is not loaded yet. A view that is
   * left with memory for large frames gives it back first, so that all views together take the
   * memory of one. For small ones that would cost more, in the pages that the next view's first
   * frame has to ask for, than it brings. On a GPU all stay warm.
   */
  View view(Weather weather) {
    if (active != null && !weather.equals(active)) {
      View left = views.get(active);
      active = null;
      if (left.largestFrame() > KEPT_PIXELS && !engine.provider().accelerated()) {
        left.releaseMemory();
      }
    }
    View view = views.get(weather);
    if (view == null) {
      view = load(weather);
      views.put(weather, view);
      returnWhatLoadingTook();
    }
    active = weather;
    return view;
  }

  /** What each view of the bundle is doing. From any thread. */
  Map<Weather, Health.ViewState> states() {
    Map<Weather, Health.ViewState> states = new LinkedHashMap<>();
    for (Weather weather : contents.graphs().keySet()) {
      states.put(
          weather,
          !views.containsKey(weather)
              ? Health.ViewState.NOT_LOADED
              : weather.equals(active) ? Health.ViewState.ACTIVE : Health.ViewState.LOADED);
    }
    return states;
  }

  /** What ran where, for the views that are loaded on a device other than the CPU. */
  Map<Weather, NodePlacement> placements() {
    Map<Weather, NodePlacement> placements = new LinkedHashMap<>();
    views.forEach(
        (weather, view) -> {
          if (view.placement() != null) {
            placements.put(weather, view.placement());
          }
        });
    return placements;
  }

  private View load(Weather weather) {
    Map<String, ByteBuffer> data = contents.data();
    BundleContents.Graph graph = contents.graphs().get(weather);
    if (engine.provider().accelerated()) {
      graph = contents.halfGraphs().getOrDefault(weather, graph);
    }
    return View.load(engine, graph, data);
  }

  /**
   * Loads all views side by side. After a failure none is left open.
   *
   * @throws DeweatherException the first failure, the others suppressed
   */
  void loadAll() {
    // A GPU measures algorithms while views load: one at a time, or they disturb each other.
    int most = engine.provider().accelerated() ? 1 : Runtime.getRuntime().availableProcessors();
    int threads = Math.min(contents.graphs().size(), most);
    ExecutorService loaders = Executors.newFixedThreadPool(threads);
    Map<Weather, Future<View>> loading = new LinkedHashMap<>();
    for (Weather weather : contents.graphs().keySet()) {
      loading.put(weather, loaders.submit(() -> load(weather)));
    }
    loaders.shutdown();
    RuntimeException failure = null;
    for (var entry : loading.entrySet()) {
      try {
        views.put(entry.getKey(), awaitUninterruptibly(entry.getValue()));
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      close();
      throw failure;
    }
    returnWhatLoadingTook();
  }

  /** Loading parses, folds and reorders weights: 90 MB for three views of the edge network. */
  private static void returnWhatLoadingTook() {
    Pointer.trimMemory();
  }

  /** An interrupted caller must not leave a half-loaded session behind. */
  private static View awaitUninterruptibly(Future<View> future) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          if (e.getCause() instanceof DeweatherException known) {
            throw known;
          }
          throw new InferenceException("cannot load a view: " + e.getCause(), e.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    RuntimeException failure = null;
    for (View view : views.values()) {
      try {
        view.close();
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    views.clear();
    if (failure != null) {
      throw failure;
    }
  }
}
