package io.deweather.converter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundleFolderTest {
  private static final int HALTED = 7;

  @TempDir Path folder;
  private Path out;

  @BeforeEach
  void name() {
    out = folder.resolve("bundle");
  }

  /** A process that ends in the middle of writing, as a killed one does. */
  static final class Killed {
    public static void main(String[] arguments) {
      BundleFolder.prepare(Path.of(arguments[0]))
          .replace(
              made -> {
                Files.writeString(made.resolve("half"), "done");
                Runtime.getRuntime().halt(HALTED);
                return null;
              });
    }
  }

  private Path leftByAKilledProcess() throws IOException, InterruptedException {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    String classes = System.getProperty("java.class.path");
    Process process =
        new ProcessBuilder(java.toString(), "-cp", classes, Killed.class.getName(), out.toString())
            .inheritIO()
            .start();
    assertThat(process.waitFor()).isEqualTo(HALTED);
    assertThat(entries()).hasSize(1);
    assertThat(entries().get(0).getFileName().toString()).matches("\\.bundle\\.part-\\d+");
    return entries().get(0);
  }

  private List<Path> entries() throws IOException {
    try (var files = Files.list(folder)) {
      return files.toList();
    }
  }

  private static String write(Path made) throws IOException {
    Files.writeString(made.resolve("whole"), "done");
    return "written";
  }

  @Test
  void anErrorLeavesNothingBehind() throws IOException {
    BundleFolder target = BundleFolder.prepare(out);
    assertThatThrownBy(
            () ->
                target.replace(
                    made -> {
                      Files.writeString(made.resolve("half"), "done");
                      throw new StackOverflowError("deep");
                    }))
        .isInstanceOf(StackOverflowError.class);
    assertThat(entries()).isEmpty();
  }

  @Test
  void theNextWriteRemovesWhatAKilledProcessLeft() throws IOException, InterruptedException {
    assertThat(leftByAKilledProcess().resolve("bundle").resolve("half")).exists();
    assertThat(BundleFolder.prepare(out).replace(BundleFolderTest::write)).isEqualTo("written");
    assertThat(entries()).containsExactly(out);
    assertThat(out.resolve("whole")).hasContent("done");
  }

  @Test
  void whatAKilledProcessMovedAsideStaysAsLongAsItIsTheOnlyBundle()
      throws IOException, InterruptedException {
    Path left = leftByAKilledProcess();
    Files.createDirectory(left.resolve("replaced"));
    BundleFolder target = BundleFolder.prepare(out);
    target.replace(BundleFolderTest::write);
    assertThat(entries()).containsExactlyInAnyOrder(left, out);
    target.replace(BundleFolderTest::write);
    assertThat(entries()).containsExactly(out);
  }

  @Test
  void aWriterLeavesTheFolderOfAnotherAlone() throws IOException {
    BundleFolder first = BundleFolder.prepare(out);
    BundleFolder second = BundleFolder.prepare(out);
    first.replace(
        made -> {
          second.replace(BundleFolderTest::write);
          assertThat(out.resolve("whole")).exists();
          return Files.writeString(made.resolve("later"), "done");
        });
    assertThat(entries()).containsExactly(out);
    assertThat(out.resolve("later")).exists();
    assertThat(out.resolve("whole")).doesNotExist();
  }

  @Test
  void foldersOfOtherNamesStay() throws IOException {
    Path other = Files.createDirectory(folder.resolve(".bundle.part-mine"));
    Path unlocked = Files.createDirectory(folder.resolve(".bundle.part-123"));
    BundleFolder.prepare(out).replace(BundleFolderTest::write);
    assertThat(entries()).containsExactlyInAnyOrder(other, unlocked, out);
  }
}
