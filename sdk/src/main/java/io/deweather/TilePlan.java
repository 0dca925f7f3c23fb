package io.deweather;

import java.util.ArrayList;
import java.util.List;
import org.opencv.core.Rect;

/**
 * How a frame is cut so that no run takes too much memory: a grid of tiles, each read with a halo
 * around it and kept without. Of all grids that fit, the one with the fewest pixels to compute,
 * which is one tile if that fits.
 *
 * @param tiles in reading order; together their {@code kept} parts are the frame, once
 */
record TilePlan(List<Tile> tiles) {
  private static final int MOST_CUTS = 64;

  /**
   * A tile.
   *
   * @param read what the network sees, within the frame
   * @param kept what is taken from its result, in the frame's coordinates
   */
  record Tile(Rect read, Rect kept) {}

  /** Whether one run may be so large. */
  interface Fit {
    boolean test(long rows, long cols);
  }

  /** One span of a row or column of tiles. */
  private record Span(int readFrom, int readTo, int keptFrom, int keptTo) {
    int read() {
      return readTo - readFrom;
    }
  }

  /**
   * Plans the tiles of a frame.
   *
   * @param fit asked for few sizes, as it may take its time
   * @param halo how far the network sees, a multiple of {@code multiple}
   * @param multiple that positions must have for the network's grid of blocks to stay the same
   * @return the plan, or null if not even the smallest tiles fit
   */
  static TilePlan of(int rows, int cols, Fit fit, int halo, int multiple) {
    long least = Long.MAX_VALUE;
    int bestRows = 0;
    int bestCols = 0;
    for (int across = 1; across <= MOST_CUTS; across++) {
      int equal = equalRead(cols, across, halo, multiple);
      for (int down = 1; down <= MOST_CUTS; down++) {
        int lines = equalRead(rows, down, halo, multiple);
        long cost = (cols + 2L * halo * (across - 1)) * (rows + 2L * halo * (down - 1));
        if (cost >= least) {
          break;
        }
        // Wider than equal costs nothing: what the others read more, the last reads less.
        int read = equal;
        while (parts(cols, read, halo) == across
            && parts(rows, lines, halo) == down
            && !fit.test(lines, read)) {
          read += multiple;
        }
        if (parts(cols, read, halo) == across && parts(rows, lines, halo) == down) {
          least = cost;
          bestRows = lines;
          bestCols = read;
        }
      }
    }
    return bestRows == 0
        ? null
        : new TilePlan(grid(cut(rows, bestRows, halo), cut(cols, bestCols, halo)));
  }

  /**
   * What each of so many spans reads if all read about as much: those at the ends, which need a
   * halo on one side only, keep more than those between them.
   */
  private static int equalRead(int length, int parts, int halo, int multiple) {
    if (parts == 1 || length <= 2 * halo) {
      return length;
    }
    long all = length + 2L * halo * (parts - 1);
    return (int) ((all + (long) parts * multiple - 1) / ((long) parts * multiple)) * multiple;
  }

  /** How many spans there are that read so much; 0 if they would read more than there is. */
  private static int parts(int length, int read, int halo) {
    if (read >= length) {
      return read == length ? 1 : 0;
    }
    return (length - 2 * halo + read - 2 * halo - 1) / (read - 2 * halo);
  }

  /** Spans that read so much, but the last, which reads what is left. */
  private static List<Span> cut(int length, int read, int halo) {
    if (read >= length) {
      return List.of(new Span(0, length, 0, length));
    }
    List<Span> spans = new ArrayList<>();
    int from = 0;
    while (from < length) {
      int readFrom = Math.max(0, from - halo);
      int to = readFrom + read >= length ? length : readFrom + read - halo;
      spans.add(new Span(readFrom, Math.min(length, to + halo), from, to));
      from = to;
    }
    return spans;
  }

  private static List<Tile> grid(List<Span> rows, List<Span> cols) {
    List<Tile> tiles = new ArrayList<>();
    for (Span row : rows) {
      for (Span col : cols) {
        tiles.add(
            new Tile(
                new Rect(col.readFrom, row.readFrom, col.read(), row.read()),
                new Rect(
                    col.keptFrom,
                    row.keptFrom,
                    col.keptTo - col.keptFrom,
                    row.keptTo - row.keptFrom)));
      }
    }
    return List.copyOf(tiles);
  }
}
