package io.deweather.samples;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.deweather.Weather;
import io.deweather.WeatherSelector.Selection;
import io.deweather.samples.quality.Flicker;
import io.deweather.samples.quality.ImageQuality;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** What was measured of a set of pictures of one weather. */
final class Evaluation {
  private static final int WIDEST_NAME = 40;

  private final WeatherChoice choice;
  private final List<Image> images = new ArrayList<>();
  private final Map<Weather, List<ImageQuality>> views = new LinkedHashMap<>();
  private final Map<String, Long> removed = new LinkedHashMap<>();
  private Change flicker;

  Evaluation(WeatherChoice choice) {
    this.choice = choice;
  }

  /** One picture as JSON has it; {@code weather} is what was removed, of two the likelier. */
  record Image(
      String name,
      String weather,
      List<String> weathers,
      double confidence,
      ImageQuality input,
      ImageQuality restored) {}

  /** The means as JSON has them. */
  record Mean(ImageQuality input, ImageQuality restored) {}

  /** {@link Flicker} as JSON has it, in grey levels. */
  record Change(double input, double restored) {}

  /**
   * The whole as JSON has it; {@code flicker} only of clips, {@code views} only if every view was
   * asked for.
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Document(
      List<Image> images,
      Mean mean,
      Change flicker,
      Map<String, Long> weathers,
      Map<String, ImageQuality> views) {}

  /** How the view is chosen whose results count as the restored ones. */
  WeatherChoice choice() {
    return choice;
  }

  int size() {
    return images.size();
  }

  void add(
      String name,
      Selection chosen,
      ImageQuality input,
      ImageQuality output,
      Map<Weather, ImageQuality> byView) {
    images.add(
        new Image(
            name,
            chosen.weather().id(),
            chosen.weathers().stream().map(Weather::id).toList(),
            chosen.confidence(),
            input,
            output));
    removed.merge(WeatherChoice.of(chosen.weathers()).toString(), 1L, Long::sum);
    byView.forEach(
        (view, quality) -> views.computeIfAbsent(view, v -> new ArrayList<>()).add(quality));
  }

  /** Of a clip, how much it flickers before and after; both empty for pictures by themselves. */
  void flicker(OptionalDouble input, OptionalDouble output) {
    if (input.isPresent() && output.isPresent()) {
      flicker = new Change(input.getAsDouble(), output.getAsDouble());
    }
  }

  Document document() {
    Map<String, ImageQuality> means = new LinkedHashMap<>();
    views.forEach((view, list) -> means.put(view.id(), ImageQuality.mean(list)));
    return new Document(images, mean(), flicker, removed, views.isEmpty() ? null : means);
  }

  private Mean mean() {
    return new Mean(
        ImageQuality.mean(images.stream().map(Image::input).toList()),
        ImageQuality.mean(images.stream().map(Image::restored).toList()));
  }

  void print(Report report) {
    int longest = images.stream().mapToInt(image -> image.name().length()).max().orElse(0);
    int column = Math.min(WIDEST_NAME, Math.max(12, longest));
    report.line("%s", header(column));
    if (flicker == null) {
      images.forEach(i -> report.line("%s", row(column, i.name(), i.input(), i.restored())));
    }
    Mean mean = mean();
    report.line("%s", row(column, "mean", mean.input(), mean.restored()));
    if (flicker != null) {
      report.line(
          "flicker: %.3f > %.3f grey levels, over %d frames",
          flicker.input(), flicker.restored(), images.size());
    }
    if (choice.automatic()) {
      report.line(
          "removed: %s",
          removed.entrySet().stream()
              .map(entry -> entry.getKey() + " from " + entry.getValue())
              .collect(Collectors.joining(", ")));
    }
    if (!views.isEmpty()) {
      report.line("");
      report.line(
          "mean over these %d pictures%s, by view:",
          images.size(), choice.automatic() ? "" : " of " + choice);
      views.forEach(
          (view, list) ->
              report.line("%s", row(column, view.id(), mean.input(), ImageQuality.mean(list))));
    }
  }

  /** The line above {@link #row}s. */
  static String header(int column) {
    return ("%-" + column + "s  %15s  %15s  %15s  %15s  %15s")
        .formatted("", "PSNR", "SSIM", "PSNR (Y)", "SSIM (Y)", "PSNR (detail)");
  }

  static String row(int column, String name, ImageQuality before, ImageQuality after) {
    return ("%-"
            + column
            + "s  %6.2f > %6.2f  %6.4f > %6.4f  %6.2f > %6.2f  %6.4f > %6.4f"
            + "  %6.2f > %6.2f")
        .formatted(
            shortened(name),
            before.psnr(),
            after.psnr(),
            before.ssim(),
            after.ssim(),
            before.psnrY(),
            after.psnrY(),
            before.ssimY(),
            after.ssimY(),
            before.psnrDetail(),
            after.psnrDetail());
  }

  /** The end of a name tells more pictures apart than its beginning. */
  private static String shortened(String name) {
    return name.length() <= WIDEST_NAME
        ? name
        : "..." + name.substring(name.length() - WIDEST_NAME + 3);
  }
}
