package io.deweather.video;

import io.deweather.FileFailure;
import io.deweather.OpenCv;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import org.opencv.core.Mat;

/**
 * Writes frames as pictures, in the format of each file's extension: PNG, JPEG (quality 95), BMP,
 * WebP (quality 95) and TIFF. A picture appears under its name, over any that is there, once it is
 * complete.
 */
public final class PictureSink implements FrameSink {
  private final Path target;
  private final boolean folder;
  private final boolean folderCreated;
  private final Set<Path> written = new LinkedHashSet<>();
  private boolean closed;

  /**
   * A sink for one picture.
   *
   * @throws MediaException if the file's extension is no picture format's, or its folder does not
   *     exist
   */
  public static PictureSink file(Path file) {
    OpenCv.load();
    format(file);
    PendingFile.create(file).close();
    return new PictureSink(file, false, false);
  }

  /**
   * A sink for a folder of pictures: each frame goes to the file of its {@link FrameStamp#name},
   * frames without one to {@code 000000.png} and so on by index. The folder is created if only its
   * last part is missing.
   *
   * @throws MediaException if the folder cannot be created
   */
  public static PictureSink folder(Path folder) {
    OpenCv.load();
    boolean create = Files.notExists(folder);
    try {
      if (create) {
        Files.createDirectory(folder);
      } else if (!Files.isDirectory(folder)) {
        throw new MediaException(folder + " is not a folder");
      }
    } catch (IOException e) {
      throw new MediaException(
          "cannot create the folder " + folder + ": " + FileFailure.reason(e), e);
    }
    return new PictureSink(folder, true, create);
  }

  private PictureSink(Path target, boolean folder, boolean folderCreated) {
    this.target = target;
    this.folder = folder;
    this.folderCreated = folderCreated;
  }

  /**
   * Writes a frame as a picture.
   *
   * @throws MediaException naming the file, if it cannot be written, its name is no plain file name
   *     or of no picture format; or if a sink for one picture gets a second frame
   */
  @Override
  public synchronized void write(Mat image, FrameStamp stamp) {
    if (closed) {
      throw new IllegalStateException(target + " is closed");
    }
    Path file = folder ? target.resolve(name(stamp)) : target;
    if (!folder && !written.isEmpty()) {
      throw new MediaException(
          target + " holds one picture, but there are more frames: name a folder or a clip");
    }
    Pictures.write(file, format(file), image);
    written.add(file);
  }

  @Override
  public synchronized void close() {
    if (written.isEmpty()) {
      discard();
    }
    closed = true;
  }

  /** Deletes the pictures that this sink has written, and the folder if it has created it. */
  @Override
  public synchronized void discard() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      for (Path file : written) {
        Files.deleteIfExists(file);
      }
      if (folderCreated) {
        Files.deleteIfExists(target);
      }
    } catch (IOException e) {
      throw new MediaException("cannot delete from " + target + ": " + FileFailure.reason(e), e);
    }
  }

  private static String name(FrameStamp stamp) {
    String name = stamp.name();
    if (name.isEmpty()) {
      return "%06d.png".formatted(stamp.index());
    }
    if (!Path.of(name).equals(Path.of(name).getFileName()) || name.equals("..")) {
      throw new MediaException("the frame's name (" + name + ") must be a plain file name");
    }
    return name;
  }

  private static PictureFormat format(Path file) {
    return PictureFormat.of(file)
        .orElseThrow(
            () ->
                new MediaException(
                    "cannot write %s: its extension must be one of %s"
                        .formatted(file, PictureFormat.known())));
  }
}
