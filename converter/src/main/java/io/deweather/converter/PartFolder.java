package io.deweather.converter;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A hidden folder beside a bundle, in which the next one grows: private to this user, locked while
 * it is in use, and gone when it is closed. A process that is killed leaves its folder behind, but
 * not its lock; the next one that is made beside the same bundle removes it.
 */
final class PartFolder implements AutoCloseable {
  private static final String LOCK = "lock";
  private static final String REPLACED = "replaced";

  private final Path folder;
  private final FileChannel lock;

  private PartFolder(Path folder, FileChannel lock) {
    this.folder = folder;
    this.lock = lock;
  }

  /** Makes a folder beside {@code target}, and removes those that are left over. */
  static PartFolder beside(Path target) throws IOException {
    String prefix = "." + target.getFileName() + ".part-";
    removeLeftOvers(target, Pattern.compile(Pattern.quote(prefix) + "\\d+"));
    Path folder = Files.createTempDirectory(target.getParent(), prefix);
    try {
      return new PartFolder(folder, lock(folder));
    } catch (IOException e) {
      deleteAll(folder);
      throw e;
    }
  }

  /** Where the next bundle grows, as readable for others as any folder; new and empty. */
  Path made(String name) throws IOException {
    return Files.createDirectory(folder.resolve(name));
  }

  /** Where the bundle that is replaced waits until the next one is in its place. */
  Path replaced() {
    return folder.resolve(REPLACED);
  }

  @Override
  public void close() throws IOException {
    lock.close();
    deleteAll(folder);
  }

  /** The file has its name only once it is locked, so that nobody finds it free before. */
  private static FileChannel lock(Path folder) throws IOException {
    Path begun = folder.resolve(LOCK + ".new");
    FileChannel channel =
        FileChannel.open(begun, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      channel.lock();
      Files.move(begun, folder.resolve(LOCK));
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private static void removeLeftOvers(Path target, Pattern name) throws IOException {
    try (DirectoryStream<Path> parts =
        Files.newDirectoryStream(
            target.getParent(), entry -> name.matcher(entry.getFileName().toString()).matches())) {
      for (Path part : parts) {
        try {
          if (isLeftOver(part, target)) {
            deleteAll(part);
          }
        } catch (IOException e) {
          // Another user's, say: it is in nobody's way.
        }
      }
    }
  }

  private static boolean isLeftOver(Path part, Path target) throws IOException {
    Path lock = part.resolve(LOCK);
    boolean hasTheOnlyBundle = Files.exists(part.resolve(REPLACED)) && Files.notExists(target);
    if (hasTheOnlyBundle || !Files.isRegularFile(lock, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
        FileLock free = channel.tryLock()) {
      return free != null;
    } catch (OverlappingFileLockException e) {
      return false; // in use by this process
    }
  }

  private static void deleteAll(Path folder) throws IOException {
    try (Stream<Path> tree = Files.walk(folder)) {
      List<Path> deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
      for (Path path : deepestFirst) {
        Files.delete(path);
      }
    }
  }
}
