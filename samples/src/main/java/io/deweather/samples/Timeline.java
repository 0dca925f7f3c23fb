package io.deweather.samples;

import io.deweather.Weather;
import io.deweather.WeatherSelector.Selection;
import io.deweather.video.FrameStamp;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What was chosen for the frames of one input, over time. */
final class Timeline {
  private static final List<String> COLOURS =
      List.of("#0072b2", "#e69f00", "#cc79a7", "#009e73", "#d55e00", "#56b4e9", "#8c6d31");
  private static final String CLEAR_COLOUR = "#bbbbbb";
  private static final int WIDTH = 960;
  private static final int LEFT = 50;
  private static final int TOP = 40;
  private static final int PLOT = 160;
  private static final int BAND = 18;

  /** More points than pixels show nothing. */
  private static final int MOST_POINTS = 2 * WIDTH;

  private final String name;
  private final boolean timed;
  private final List<Weather> weathers;
  private final List<Selection> selections = new ArrayList<>();
  private final List<Double> seconds = new ArrayList<>();

  /**
   * Creates an empty timeline.
   *
   * @param timed whether frames have times, as a clip's have; otherwise they go by number
   * @param weathers that may be seen
   */
  Timeline(String name, boolean timed, List<Weather> weathers) {
    this.name = name;
    this.timed = timed;
    this.weathers = List.copyOf(weathers);
  }

  void add(Selection selection, FrameStamp stamp) {
    selections.add(selection);
    seconds.add(stamp.timestampMicros() / 1e6);
  }

  long frames() {
    return selections.size();
  }

  /** A run of frames with one choice; {@code to} is exclusive. */
  private record Spell(int from, int to, List<Weather> weathers) {
    Spell until(int end) {
      return new Spell(from, end, weathers);
    }

    int frames() {
      return to - from;
    }
  }

  private List<Spell> spells() {
    List<Spell> spells = new ArrayList<>();
    for (int i = 0; i < selections.size(); i++) {
      List<Weather> chosen = selections.get(i).weathers();
      int last = spells.size() - 1;
      if (last >= 0 && spells.get(last).weathers.equals(chosen)) {
        spells.set(last, spells.get(last).until(i + 1));
      } else {
        spells.add(new Spell(i, i + 1, chosen));
      }
    }
    return spells;
  }

  /** For people: each choice's share of the frames, then when it changed. */
  List<String> summary() {
    List<Spell> spells = spells();
    Map<String, Integer> counts = new LinkedHashMap<>();
    spells.forEach(spell -> counts.merge(text(spell.weathers), spell.frames(), Integer::sum));
    String shares =
        counts.entrySet().stream()
            .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
            .map(e -> "%s %.1f %%".formatted(e.getKey(), 100.0 * e.getValue() / frames()))
            .collect(Collectors.joining(", "));
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s: %d frames, %d %s: %s"
            .formatted(
                name,
                frames(),
                Math.max(0, spells.size() - 1),
                spells.size() == 2 ? "change" : "changes",
                shares));
    for (Spell spell : spells) {
      Selection first = selections.get(spell.from);
      lines.add(
          "  from frame %6d%s  %-16s  %3.0f %%"
              .formatted(
                  spell.from,
                  timed ? String.format(Locale.ROOT, " (%8.2f s)", seconds.get(spell.from)) : "",
                  text(spell.weathers),
                  100 * first.confidence()));
    }
    return lines;
  }

  /** One line for one picture. */
  static String describe(String file, Selection selection) {
    String beliefs =
        selection.probabilities().entrySet().stream()
            .map(e -> "%s %.0f %%".formatted(e.getKey(), 100 * e.getValue()))
            .collect(Collectors.joining(", "));
    return "%s: %s  (%s)".formatted(file, text(selection.weathers()), beliefs);
  }

  private static String text(List<Weather> weathers) {
    return weathers.isEmpty()
        ? Weather.CLEAR.id()
        : weathers.stream().map(Weather::id).collect(Collectors.joining(" and "));
  }

  /** Draws it as SVG: the belief in each weather as a line, the choice as bands below. */
  void write(Path file) throws IOException {
    StringBuilder svg = new StringBuilder();
    int bottom = TOP + PLOT;
    add(
        svg,
        "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' font-family='sans-serif'"
            + " font-size='12'>",
        WIDTH + LEFT + 20,
        bottom + BAND + 50);
    add(svg, "<rect width='100%%' height='100%%' fill='white'/>");
    add(svg, "<text x='%d' y='16'>%s</text>", LEFT, escaped(name));
    legend(svg);
    for (double share : new double[] {0, 0.5, 1}) {
      double y = bottom - share * PLOT;
      add(
          svg,
          "<line x1='%d' y1='%.1f' x2='%d' y2='%.1f' stroke='#dddddd'/>",
          LEFT,
          y,
          LEFT + WIDTH,
          y);
      add(svg, "<text x='%d' y='%.1f' text-anchor='end'>%.1f</text>", LEFT - 6, y + 4, share);
    }
    for (Weather weather : weathers) {
      add(
          svg,
          "<polyline fill='none' stroke='%s' stroke-width='1.5' points='%s'/>",
          colour(weather),
          points(weather, bottom));
    }
    bands(svg, bottom + 6);
    axis(svg, bottom + BAND + 22);
    svg.append("</svg>\n");
    Output.write(file, svg.toString());
  }

  private void legend(StringBuilder svg) {
    int x = LEFT;
    List<Weather> all = new ArrayList<>(weathers);
    all.add(0, Weather.CLEAR);
    for (Weather weather : all) {
      add(svg, "<rect x='%d' y='24' width='10' height='10' fill='%s'/>", x, colour(weather));
      add(svg, "<text x='%d' y='33'>%s</text>", x + 14, escaped(weather.id()));
      x += 30 + 8 * weather.id().length();
    }
  }

  private String points(Weather weather, int bottom) {
    StringBuilder points = new StringBuilder();
    int step = Math.max(1, selections.size() / MOST_POINTS);
    for (int i = 0; i < selections.size(); i += step) {
      double belief = selections.get(i).probabilities().getOrDefault(weather, 0.0);
      points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(i), bottom - belief * PLOT));
    }
    return points.toString().strip();
  }

  private void bands(StringBuilder svg, int y) {
    for (Spell spell : spells()) {
      double width = x(spell.to) - x(spell.from);
      List<Weather> shown = spell.weathers.isEmpty() ? List.of(Weather.CLEAR) : spell.weathers;
      double height = (double) BAND / shown.size();
      for (int i = 0; i < shown.size(); i++) {
        add(
            svg,
            "<rect x='%.1f' y='%.1f' width='%.1f' height='%.1f' fill='%s'><title>%s</title></rect>",
            x(spell.from),
            y + i * height,
            width,
            height,
            colour(shown.get(i)),
            escaped(text(spell.weathers)));
      }
    }
  }

  private void axis(StringBuilder svg, int y) {
    for (int i = 0; i <= 4; i++) {
      int frame = (int) ((long) selections.size() * i / 4);
      String label =
          timed && !seconds.isEmpty()
              ? String.format(
                  Locale.ROOT, "%.1f s", seconds.get(Math.min(frame, seconds.size() - 1)))
              : String.valueOf(frame);
      add(svg, "<text x='%.1f' y='%d' text-anchor='middle'>%s</text>", x(frame), y, label);
    }
  }

  private double x(int frame) {
    return LEFT + (double) WIDTH * frame / Math.max(1, selections.size());
  }

  private String colour(Weather weather) {
    return weather.equals(Weather.CLEAR)
        ? CLEAR_COLOUR
        : COLOURS.get(Math.max(0, weathers.indexOf(weather)) % COLOURS.size());
  }

  private static void add(StringBuilder svg, String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
