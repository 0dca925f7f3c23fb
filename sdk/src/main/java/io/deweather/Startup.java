package io.deweather;

import io.deweather.StreamSelectors.Wishes;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * Opens a restorer. Two large libraries are linked while the bundle is read, the selector is loaded
 * beside the views, and OpenCV is waited for last: no view needs it before its first frame.
 */
final class Startup {
  private Startup() {}

  static OnnxRestorer open(RestorerOptions options) {
    CompletableFuture<Engine> starting = aside(() -> Engine.of(options.threads));
    CompletableFuture<Void> openCv =
        aside(
            () -> {
              OpenCv.load();
              return null;
            });
    BundleContents contents = BundleContents.read(options.folder, options.limits);
    Engine engine = await(starting, "ONNX Runtime");
    Wishes wishes = options.wishes();
    CompletableFuture<StreamSelectors> choosing =
        aside(() -> StreamSelectors.open(wishes, contents, engine));
    DeviceSelection<ViewPool> selected = null;
    try {
      selected =
          DeviceSelection.open(
              options.device,
              contents.bundle(),
              provider -> load(engine.on(provider), contents, options.warmup));
      StreamSelectors selectors = await(choosing, "the selector");
      await(openCv, "OpenCV");
      return new OnnxRestorer(contents.bundle(), selected, selectors, options);
    } catch (RuntimeException | Error e) {
      if (selected != null) {
        selected.opened().close();
      }
      choosing.thenAccept(StreamSelectors::close);
      throw e;
    }
  }

  private static ViewPool load(Engine engine, BundleContents contents, Warmup warmup) {
    ViewPool views = new ViewPool(engine, contents);
    if (warmup == Warmup.ALL) {
      views.loadAll();
    } else if (engine.provider().accelerated()) {
      views.view(contents.graphs().keySet().iterator().next());
    }
    return views;
  }

  private static <T> CompletableFuture<T> aside(Supplier<T> work) {
    // The common pool has one thread on two processors.
    return CompletableFuture.supplyAsync(
        work,
        task -> {
          Thread thread = new Thread(task, "deweather-start");
          thread.setDaemon(true);
          thread.start();
        });
  }

  private static <T> T await(CompletableFuture<T> starting, String what) {
    try {
      return starting.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof DeweatherException known) {
        throw known;
      }
      throw new InferenceException("cannot start " + what + ": " + e.getCause(), e.getCause());
    }
  }
}
