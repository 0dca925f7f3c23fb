package io.deweather.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher itself, on a checkout of its own whose build is a script in Maven's place and whose
 * program says how it was called.
 */
@EnabledOnOs({OS.LINUX, OS.MAC})
@Tag("slow")
class LauncherTest {
  private static final String JAVA = System.getProperty("java.home") + "/bin/java";

  /** Says that it builds, and with which Java, and leaves what a build leaves. */
  private static final String MAVEN =
      """
      #!/bin/sh
      [ "$2" != --version ] || { echo "Apache Maven 3.9.9"; exit; }
      echo "$JAVA_HOME" >>builds
      mkdir -p target/build-started samples/target/build-finished
      touch target/build-started/pom.xml
      sleep 1
      cp program.jar samples/target/deweather.jar
      touch samples/target/build-finished/pom.xml
      """;

  @TempDir Path folder;
  private Path home;

  /** What the launcher starts. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) {
      System.out.println("home " + System.getProperty("deweather.home"));
      for (String argument : arguments) {
        System.out.println(argument + " " + (argument.startsWith("/") && there(argument)));
      }
    }

    private static boolean there(String file) {
      return Files.exists(Path.of(file));
    }
  }

  private record Run(int code, String out, String err) {}

  @BeforeEach
  void checkOut() throws Exception {
    home = Files.createDirectories(folder.resolve("a checkout"));
    Files.createDirectories(home.resolve("sdk/src/main"));
    Files.createDirectory(home.resolve(".mvn"));
    Files.createFile(home.resolve("pom.xml"));
    Files.createFile(home.resolve("sdk/pom.xml"));
    executable(home.resolve("deweather"), Files.readString(Path.of("../deweather")));
    executable(folder.resolve("bin/mvn"), MAVEN);
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, Program.class.getName());
    String program = Program.class.getName().replace('.', '/') + ".class";
    try (JarOutputStream jar =
            new JarOutputStream(Files.newOutputStream(home.resolve("program.jar")), manifest);
        InputStream bytes = Program.class.getClassLoader().getResourceAsStream(program)) {
      jar.putNextEntry(new JarEntry(program));
      bytes.transferTo(jar);
    }
  }

  private static void executable(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Process start(Map<String, String> environment, String... command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().remove("JAVA_HOME");
    builder.environment().remove("DEWEATHER_PROFILE");
    String path = folder.resolve("bin") + ":" + Path.of(JAVA).getParent() + ":/usr/bin:/bin";
    builder.environment().put("PATH", path);
    builder.environment().putAll(environment);
    return builder.start();
  }

  private static Run end(Process process) throws Exception {
    String out = new String(process.getInputStream().readAllBytes());
    String err = new String(process.getErrorStream().readAllBytes());
    return new Run(process.waitFor(), out, err);
  }

  private Run run(Map<String, String> environment, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(home.resolve("deweather").toString()));
    command.addAll(List.of(arguments));
    return end(start(environment, command.toArray(String[]::new)));
  }

  private List<String> builds() throws IOException {
    return Files.readAllLines(home.resolve("builds"));
  }

  @Test
  void runsThroughASymbolicLinkWithItsWordsAsTheyAre() throws Exception {
    Path link =
        Files.createSymbolicLink(folder.resolve("bin/dw"), Path.of("../a checkout/deweather"));

    Run run = end(start(Map.of(), link.toString(), "two words", "*", ""));

    assertThat(run.out())
        .isEqualTo("home %s\ntwo words false\n* false\n false\n".formatted(home.toRealPath()));
    assertThat(run.code()).isZero();
  }

  @Test
  void buildsAgainOnlyAfterASourceChanged() throws Exception {
    assertThat(run(Map.of()).err()).contains("building").contains("a first run");
    assertThat(home.resolve("samples/target/deweather.jsa")).exists();

    assertThat(run(Map.of()).err()).isEmpty();
    assertThat(builds()).hasSize(1);

    Files.createFile(home.resolve("sdk/src/main/New.java"));
    assertThat(run(Map.of()).err()).contains("building");
    assertThat(builds()).hasSize(2);
  }

  @Test
  void twoThatStartAtOnceBuildOnce() throws Exception {
    Process first = start(Map.of(), home.resolve("deweather").toString());
    Process second = start(Map.of(), home.resolve("deweather").toString());

    assertThat(end(first).code()).isZero();
    assertThat(end(second).code()).isZero();
    assertThat(builds()).hasSize(1);
  }

  @Test
  void aJavaHomeWithoutJavaIsRefused() throws Exception {
    Run run = run(Map.of("JAVA_HOME", "/no/such/jdk"));

    assertThat(run.err()).isEqualTo("deweather: JAVA_HOME (/no/such/jdk) holds no bin/java\n");
    assertThat(run.code()).isEqualTo(1);
  }

  /** As version managers put it on the path, of a Java without class data sharing. */
  @Test
  void aJavaBehindAScriptBuildsAndRuns() throws Exception {
    executable(
        folder.resolve("bin/java"),
        """
        #!/bin/sh
        for option; do
          shift
          case $option in -XX:ArchiveClassesAtExit=*) ;; *) set -- "$@" "$option" ;; esac
        done
        exec "%s" "$@"
        """
            .formatted(JAVA));

    Run run = run(Map.of(), "word");

    assertThat(run.out()).endsWith("\nword false\n");
    assertThat(run.code()).isZero();
    assertThat(builds()).containsExactly(System.getProperty("java.home"));
  }

  /** As services and containers start programs. */
  @Test
  void filesWhoseNamesAreNotAsciiAreFoundWithoutALocale() throws Exception {
    assumeTrue("UTF-8".equals(System.getProperty("sun.jnu.encoding")), "else no test can name one");
    Path file = Files.createFile(folder.resolve("Straße.png"));

    Run run = run(Map.of("LC_ALL", "C"), file.toString());

    assertThat(run.out()).contains("png true\n");
  }
}
