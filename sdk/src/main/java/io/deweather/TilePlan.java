package io.deweather;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
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

  /** One span of a row or column of tiles. */
  private record Span(int readFrom, int readTo, int keptFrom, int keptTo) {
    int read() {
      return readTo - readFrom;
    }
  }

  /**
   * Plans the tiles of a frame.
   *
   * @param fits whether one run may have so many pixels
   * @param halo how far the network sees, a multiple of {@code multiple}
   * @param multiple that positions must have for the network's grid of blocks to stay the same
   * @return the plan, or null if not even the smallest tiles fit
   */
  static TilePlan of(int rows, int cols, LongPredicate fits, int halo, int multiple) {
    List<Span> bestRows = null;
    List<Span> bestCols = null;
    long least = Long.MAX_VALUE;
    for (int across = 1; across <= MOST_CUTS; across++) {
      List<Span> columns = cut(cols, across, halo, multiple);
      long width = total(columns);
      for (int down = 1; down <= MOST_CUTS; down++) {
        List<Span> lines = cut(rows, down, halo, multiple);
        long cost = width * total(lines);
        if (cost < least && fits.test(largest(columns) * largest(lines))) {
          least = cost;
          bestRows = lines;
          bestCols = columns;
        }
      }
    }
    return bestRows == null ? null : new TilePlan(grid(bestRows, bestCols));
  }

  /**
   * Spans that all read about as much: those at the ends, which need a halo on one side only, keep
   * more than those between them.
   */
  private static List<Span> cut(int length, int parts, int halo, int multiple) {
    if (parts == 1 || length <= 2 * halo) {
      return List.of(new Span(0, length, 0, length));
    }
    long all = length + 2L * halo * (parts - 1);
    int read = (int) ((all + (long) parts * multiple - 1) / ((long) parts * multiple)) * multiple;
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

  private static long total(List<Span> spans) {
    return spans.stream().mapToLong(Span::read).sum();
  }

  private static long largest(List<Span> spans) {
    return spans.stream().mapToLong(Span::read).max().orElseThrow();
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
