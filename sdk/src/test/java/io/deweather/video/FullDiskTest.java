package io.deweather.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;

/**
 * Writes onto a real file system of a few megabytes, mounted in a namespace of its own by {@code
 * unshare}; skipped where the system does not allow that.
 */
class FullDiskTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"mp4", "mkv", "ts"})
  void aClipOnAFullDiskIsFinishedAndPlays(String extension) throws Exception {
    String output = onDiskOf(11, "clip", "out." + extension);
    assertThat(output).contains("out." + extension + ": No space left on device");
    assertThat(output).containsPattern("kept (\\d{2,}) of \\1 ");
    assertThat(output).contains("files [out." + extension + "]");
  }

  @Test
  void aClipThatDoesNotEvenBeginLeavesNothing() throws Exception {
    String output = onDiskOf(3, "clip", "out.mp4");
    assertThat(output).contains("out.mp4: No space left on device");
    assertThat(output).contains("files []");
  }

  @Test
  void aPictureOnAFullDiskLeavesNothing() throws Exception {
    String output = onDiskOf(1, "picture", "out.png");
    assertThat(output).contains("out.png: No space left on device");
    assertThat(output).contains("files []");
  }

  private String onDiskOf(int megabytes, String what, String name)
      throws IOException, InterruptedException {
    Path disk = Files.createDirectory(folder.resolve("disk" + megabytes));
    String mount = "mount -t tmpfs -o size=" + megabytes + "m none '" + disk + "'";
    assumeTrue(run(mount).endsWith("0"), "no file system can be mounted here");
    String java =
        "'%s' -Xmx256m -cp '%s' '%s' %s '%s'"
            .formatted(
                Path.of(System.getProperty("java.home"), "bin", "java"),
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                Writer.class.getName(),
                what,
                disk.resolve(name));
    return run(mount + " && " + java);
  }

  private String run(String command) throws IOException, InterruptedException {
    Path log = folder.resolve("log");
    try {
      Process process =
          new ProcessBuilder("unshare", "-Urm", "sh", "-c", command + "; echo $?")
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    } catch (IOException e) {
      return "no unshare: " + e.getMessage();
    }
    return Files.readString(log, StandardCharsets.UTF_8).strip();
  }

  /** Writes noise until the disk is full, and tells what is left. */
  static final class Writer {
    public static void main(String[] args) throws IOException {
      Path file = Path.of(args[1]);
      Mat noise = DrawnFrames.frame(640, 360, 0);
      int frames = 0;
      try (FrameSink sink =
          args[0].equals("clip")
              ? VideoSink.builder(file).quantizer(10).open()
              : PictureSink.file(file)) {
        if (args[0].equals("picture")) {
          noise = new Mat(800, 800, CvType.CV_8UC3);
        }
        for (; frames < 10_000; frames++) {
          Core.randu(noise, 110, 146);
          sink.write(noise, new FrameStamp(frames, frames * 40_000L));
        }
      } catch (MediaException e) {
        System.out.println(e.getMessage());
      }
      if (Files.exists(file)) {
        // The frame that met the full disk went onto the reserve.
        int kept = DrawnFrames.read(file).stamps().size();
        System.out.println("kept " + kept + " of " + (frames + 1) + " ");
      }
      try (var left = Files.list(file.getParent())) {
        System.out.println("files " + left.map(f -> f.getFileName().toString()).toList());
      }
    }
  }
}
