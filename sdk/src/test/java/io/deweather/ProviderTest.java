package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtSession.SessionOptions;
import io.deweather.BundleManifest.FrameContract;
import io.deweather.TensorRtOptions.Size;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens around a session on an accelerator, with the CPU in the accelerator's place. */
class ProviderTest {
  /** Computes on the CPU and is treated as what it is not. */
  private static final class StandIn implements Provider {
    private final List<String> events = Collections.synchronizedList(new ArrayList<>());

    @Override
    public Device device() {
      return Device.cuda(7);
    }

    @Override
    public String name() {
      return "stand-in";
    }

    @Override
    public boolean accelerated() {
      return true;
    }

    @Override
    public void require(boolean choosing) {}

    @Override
    public void addTo(SessionOptions options, Path graph) {
      events.add(graph.getFileName().toString());
    }

    @Override
    public Size trialSize() {
      events.add("tried");
      return new Size(48, 32);
    }

    @Override
    public void checkSize(int rows, int cols) {
      if (cols != 48) {
        throw new FrameException("wide " + cols);
      }
    }
  }

  private static final EngineCache.Machine MACHINE =
      new EngineCache.Machine(
          new NvidiaGpus.Gpu(0, "Orin", "8.7", 30697), "550.54.15", "1.29.0", "10.9.0", "9.8.0");

  @TempDir private Path cache;

  @Test
  void viewsAreTriedWhileTheyLoadAndOneAfterTheOther() {
    StandIn provider = new StandIn();
    try (ViewPool views = pool(provider)) {
      views.loadAll();

      assertThat(provider.events)
          .containsExactly("rain.onnx", "tried", "raindrop.onnx", "tried", "snow.onnx", "tried");
      assertThat(views.placements().keySet())
          .containsExactlyInAnyOrder(Weather.RAIN, Weather.RAINDROP, Weather.SNOW);
      NodePlacement placement = views.placements().get(Weather.SNOW);
      assertThat(placement.nodes().keySet()).containsExactly("CPUExecutionProvider");
      assertThat(placement.onCpu().get("Conv")).isEqualTo(2);
      assertThat(placement.cpuShare()).isEqualTo(1);
      assertThat(views.engine().toString()).contains("cuda:7 stand-in, ");
    }
  }

  @Test
  void aFrameOfASizeThatTheDeviceIsNotPreparedForIsRefused() {
    try (ViewPool views = pool(new StandIn())) {
      View view = views.view(Weather.RAIN);
      ByteBuffer frame = ByteBuffer.allocateDirect(64 * 32 * 3);
      assertThatThrownBy(() -> view.run(frame, frame.duplicate(), 32, 64, null))
          .isInstanceOf(FrameException.class)
          .hasMessage("wide 64");
    }
  }

  private static ViewPool pool(Provider provider) {
    BundleContents contents = BundleContents.read(GoldenBundle.path(), BundleLimits.DEFAULT);
    return new ViewPool(Engine.of(0).on(provider), contents);
  }

  @Test
  void aProfileSaysWhichNodesFellBackOnTheCpu(@TempDir Path folder) throws Exception {
    Path profile = folder.resolve("profile.json");
    Files.writeString(
        profile,
        """
        [{"cat":"Session","name":"model_run","dur":900,"args":{}},
         {"cat":"Node","name":"head_kernel_time","dur":70,
          "args":{"op_name":"Conv","provider":"CUDAExecutionProvider"}},
         {"cat":"Node","name":"head_kernel_time","dur":60,
          "args":{"op_name":"Conv","provider":"CUDAExecutionProvider"}},
         {"cat":"Node","name":"size_kernel_time","dur":6,
          "args":{"op_name":"Shape","provider":"CPUExecutionProvider"}},
         {"cat":"Node","name":"up_kernel_time","dur":64,
          "args":{"op_name":"Resize","provider":"CPUExecutionProvider"}},
         {"cat":"Node","name":"fence_before","dur":1000,"args":{"op_name":"Conv"}}]
        """);

    NodePlacement placement = NodePlacement.read(profile);

    assertThat(placement.nodes())
        .isEqualTo(Map.of("CPUExecutionProvider", 2, "CUDAExecutionProvider", 1));
    assertThat(placement.onCpu()).isEqualTo(Map.of("Resize", 1, "Shape", 1));
    assertThat(placement.cpuShare()).isEqualTo(0.35, within(1e-9));
  }

  @Test
  void aFailureOnADeviceAskedForByNameIsItsFailure() {
    Bundle bundle = Bundle.open(GoldenBundle.path());
    assertThatThrownBy(
            () ->
                DeviceSelection.open(
                    Device.cpu(),
                    bundle,
                    provider -> {
                      throw new InferenceException("from " + provider.name());
                    }))
        .isInstanceOf(InferenceException.class)
        .hasMessage("from CPU");
  }

  @Test
  void tensorRtRefusesFramesThatItHasNoEngineFor() {
    BundleManifest manifest = BundleManifest.read(GoldenBundle.path());
    Device.TensorRt device =
        new Device.TensorRt(1, TensorRtOptions.DEFAULT.withSizes(new Size(800, 608)));
    TensorRtProvider provider = new TensorRtProvider(device, manifest);

    provider.checkSize(608, 800);
    assertThat(provider.trialSize()).isEqualTo(new Size(800, 608));
    assertThatThrownBy(() -> provider.checkSize(800, 608))
        .isInstanceOf(FrameException.class)
        .hasMessage(
            "frame is 608x800; tensorrt:1 has engines for 800x608: name others with"
                + " TensorRtOptions.withSizes");
    assertThat(FrameContract.BGR_UINT8.input()).isEqualTo("frame");
  }

  /** ONNX Runtime builds engines with many profiles, but runs frames with the first. */
  @Test
  void tensorRtHasOneProfileThatSpansSizesAndBatches() {
    BundleManifest manifest = BundleManifest.read(GoldenBundle.path());
    TensorRtOptions options = TensorRtOptions.DEFAULT.withCache(cache).withBatch(4);
    TensorRtProvider provider = new TensorRtProvider(new Device.TensorRt(0, options), manifest);

    assertThat(provider.options(EngineCache.of(options, manifest, MACHINE), Path.of("rain.onnx")))
        .containsEntry("trt_profile_min_shapes", "frame:1x360x640x3")
        .containsEntry("trt_profile_opt_shapes", "frame:4x1080x1920x3")
        .containsEntry("trt_profile_max_shapes", "frame:4x1080x1920x3")
        .containsEntry("trt_engine_cache_prefix", "rain");
    assertThat(provider.mostFrames()).isEqualTo(4);
    assertThat(provider.takes(600, 800)).isTrue();
    assertThat(provider.takes(359, 640)).isFalse();
    assertThatThrownBy(() -> provider.checkSize(1081, 1920))
        .isInstanceOf(FrameException.class)
        .hasMessageStartingWith(
            "frame is 1920x1081; tensorrt:0 has engines for 640x360 to 1920x1080: ");
  }
}
