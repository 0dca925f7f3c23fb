package io.deweather.models;

import io.deweather.converter.GraphBuilder;
import io.deweather.converter.Network;
import io.deweather.converter.Network.ColourOrder;
import io.deweather.converter.SecondOpinion;
import io.deweather.converter.SelectorGraph;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The networks that recognise weather. The {@link #detector} says where in a look there is which
 * weather; {@link #trunk} is the same network on all looks of a frame, with what it found summed up
 * as a list of features; the {@link #head} weighs these.
 */
final class SelectorNetworks {
  /** Pixels of a side of a cell of the detector. */
  static final int CELL = 16;

  /** Height and width of what goes in are multiples of this. */
  static final int MULTIPLE = 32;

  private static final int FOLD = 4;
  private static final int[] CHANNELS = {16, 32, 64, 96};
  private static final int HIDDEN = 48;

  /** Log-odds that cells are counted above, with a soft edge. */
  private static final float[] THRESHOLDS = {-2, 0, 2, 4};

  private static final float EDGE = 2;
  private static final float LEAST_SHARE = 1e-3f;

  /** Of a change, in grey levels squared: below it lies what rounding does. */
  private static final float LEAST_CHANGE = 0.1f;

  /** Logarithms of changes that cells are counted above. */
  private static final float[] CHANGES = {0, 1.5f, 3, 4.5f, 6};

  private static final float LEVELS = 255;

  private SelectorNetworks() {}

  /**
   * Where there is which weather: a small U on 4x4 space-to-depth input whose levels are a quarter
   * to a thirty-second of the resolution, 1.95 thousand MAC a pixel, half a million parameters. It
   * sees single pixels, since thin streaks have no more, and about 200 around them.
   *
   * <p>Input {@code [N, 3, h, w]}, height and width multiples of {@value #MULTIPLE}; output {@code
   * [N, weathers, h/16, w/16]}, the log-odds of each weather in each cell.
   */
  static Network detector(int weathers, long seed) {
    GraphBuilder graph = new GraphBuilder("weather_detector", seed);
    return graph.buildNumbers(
        cells(graph, weathers).get(0),
        "cells",
        ColourOrder.BGR,
        "looks",
        weathers,
        "cells_down",
        "cells_across");
  }

  /** The cells' log-odds, what they are made of, and the lowest level. */
  private static List<String> cells(GraphBuilder graph, int weathers) {
    String folded = graph.spaceToDepth(graph.input(), FOLD);
    String fine = graph.relu(graph.conv3("head", folded, 3 * FOLD * FOLD, CHANNELS[0]));
    String middle = Networks.blocks(graph, "encoder1", down(graph, 1, fine), CHANNELS[1], 1);
    String coarse = Networks.blocks(graph, "encoder2", down(graph, 2, middle), CHANNELS[2], 2);
    String lowest = Networks.blocks(graph, "encoder3", down(graph, 3, coarse), CHANNELS[3], 1);
    String up = graph.conv("up2", lowest, CHANNELS[3], CHANNELS[2], 1, 1, 0.5);
    String sum = graph.sum(coarse, graph.upsampleNearest2(up));
    String found = graph.relu(Networks.blocks(graph, "decoder2", sum, CHANNELS[2], 1));
    return List.of(graph.conv("cells", found, CHANNELS[2], weathers, 1, 1, 0.3), found, lowest);
  }

  private static String down(GraphBuilder graph, int level, String x) {
    int from = CHANNELS[level - 1];
    return graph.relu(graph.conv("down" + level, x, from, CHANNELS[level], 3, 2, 1));
  }

  /** How many features {@link #trunk} gives for a frame. */
  static int features(int weathers) {
    return 4 * ofLook(weathers);
  }

  private static int ofLook(int weathers) {
    return (THRESHOLDS.length + 2) * weathers + 2 * CHANNELS[2] + 2 * CHANNELS[3];
  }

  /**
   * What a trained detector finds in a frame: of each look the mean and the largest log-odds of
   * each weather and the logarithms of the shares of cells above a few thresholds, and means and
   * maxima of the two levels behind them. Over the looks of the whole frame, and over the other
   * looks (see {@link SelectorGraph}), their mean tells what is everywhere, their maximum what is
   * there only once.
   *
   * <p>Input {@code [N * looks, 3, h, w]}; output {@code [N, features, 1, 1]}.
   */
  static Network trunk(Network detector, int weathers) {
    GraphBuilder graph = new GraphBuilder("selector_trunk", 0);
    List<String> levels = cells(graph, weathers);
    List<String> features = shares(graph, levels.get(0), THRESHOLDS);
    for (String level : levels) {
      features.add(graph.globalAverage(level));
      features.add(graph.globalMaximum(level));
    }
    String all = graph.concat(features.toArray(String[]::new));
    String looks = graph.reshape(all, -1, SelectorGraph.LOOKS, ofLook(weathers));
    String whole = graph.part(looks, 1, 0, SelectorGraph.QUARTERS);
    String parts = graph.part(looks, 1, SelectorGraph.QUARTERS, SelectorGraph.LOOKS);
    String pooled =
        graph.concat(
            graph.meanAlong(whole, 1),
            graph.maximumAlong(whole, 1),
            graph.meanAlong(parts, 1),
            graph.maximumAlong(parts, 1));
    int count = features(weathers);
    Network trunk =
        graph.buildNumbers(
            graph.reshape(pooled, -1, count, 1, 1),
            "features",
            ColourOrder.BGR,
            "frames",
            count,
            1,
            1);
    Map<String, float[]> values = new LinkedHashMap<>();
    detector.parameters().forEach((name, parameter) -> values.put(name, parameter.values()));
    return trunk.withParameters(values);
  }

  /**
   * What a restoration network finds in the parts of a frame that are there at full resolution. It
   * is much larger than the detector, and was taught at length what is weather and what is not: of
   * a part there are means and maxima of all its levels, and of what it changes there.
   *
   * <p>Of the change, the mean over the channels, each cell of {@value #CELL} pixels gives three
   * logarithms: of its power, of what of that is no even veil, and of what became darker, as where
   * a bright streak is taken off. Of these there are means, maxima, and the logarithms of the
   * shares of cells above a few thresholds. Of everything the mean over all parts tells what is
   * everywhere, the maximum what is there only once.
   *
   * <p>Input {@code [N * parts, 3, h, w]}; output {@code [N, features, 1, 1]}.
   *
   * @param restorer a network of {@link Networks}, for which h and w may be multiples of {@value
   *     #MULTIPLE}
   */
  static Network sight(Network restorer) {
    GraphBuilder graph = GraphBuilder.onTopOf(restorer);
    List<String> features = changes(graph, restorer.outputName());
    int ofPart = 3 * features.size();
    for (Networks.Level level : Networks.levels(restorer)) {
      features.add(graph.globalAverage(graph.relu(level.value())));
      features.add(graph.globalMaximum(level.value()));
      ofPart += 2 * level.channels();
    }
    String all = graph.concat(features.toArray(String[]::new));
    String parts = graph.reshape(all, -1, SecondOpinion.PARTS, ofPart);
    String pooled = graph.concat(graph.meanAlong(parts, 1), graph.maximumAlong(parts, 1));
    return graph.buildNumbers(
        graph.reshape(pooled, -1, 2 * ofPart, 1, 1),
        "features",
        restorer.colourOrder(),
        "frames",
        2 * ofPart,
        1,
        1);
  }

  /** Of the three logarithms, lists of three features each. */
  private static List<String> changes(GraphBuilder graph, String restored) {
    String after = graph.multiply(clipped(graph, restored), graph.scalar(LEVELS));
    String before = graph.multiply(graph.input(), graph.scalar(-LEVELS));
    String change = graph.averageChannels(graph.sum(after, before));
    String mean = graph.averagePool(change, CELL);
    String power = graph.averagePool(graph.multiply(change, change), CELL);
    String even = graph.multiply(graph.multiply(mean, mean), graph.scalar(-1));
    String detail = graph.relu(graph.sum(power, even)); // rounding may bring it below 0
    String darker = graph.relu(graph.multiply(change, graph.scalar(-1)));
    String cells =
        graph.concat(power, detail, graph.averagePool(graph.multiply(darker, darker), CELL));
    String logarithms = graph.logarithm(graph.sum(cells, graph.scalar(LEAST_CHANGE)));
    List<String> features = new ArrayList<>();
    features.add(graph.globalAverage(logarithms));
    features.add(graph.globalMaximum(logarithms));
    features.addAll(shares(graph, logarithms, CHANGES));
    return features;
  }

  /** The logarithms of the shares of cells above thresholds, with a soft edge. */
  private static List<String> shares(GraphBuilder graph, String cells, float... thresholds) {
    List<String> shares = new ArrayList<>();
    String steep = graph.multiply(cells, graph.scalar(EDGE));
    for (float threshold : thresholds) {
      String above = graph.sigmoid(graph.sum(steep, graph.scalar(-EDGE * threshold)));
      String share = graph.globalAverage(above);
      shares.add(graph.logarithm(graph.sum(share, graph.scalar(LEAST_SHARE))));
    }
    return shares;
  }

  /** Between 0 and 1. */
  private static String clipped(GraphBuilder graph, String x) {
    String fromBelow = graph.multiply(graph.relu(x), graph.scalar(-1));
    String room = graph.relu(graph.sum(fromBelow, graph.scalar(1)));
    return graph.sum(graph.multiply(room, graph.scalar(-1)), graph.scalar(1));
  }

  /** {@link #head(int, int, long)} of what {@link #trunk} gives. */
  static Network head(int weathers, long seed) {
    return head(features(weathers), weathers, seed);
  }

  /**
   * What weighs features: two layers, to the log-odds of each weather before calibration, {@code
   * [N, weathers]}.
   *
   * @param features how many
   */
  static Network head(int features, int weathers, long seed) {
    GraphBuilder graph = GraphBuilder.ofFeatures("selector_head", seed);
    String hidden = graph.relu(graph.conv("hidden", graph.input(), features, HIDDEN, 1, 1, 0.7));
    String scores = graph.conv("scores", hidden, HIDDEN, weathers, 1, 1, 0.3);
    return graph.buildNumbers(
        graph.reshape(scores, -1, weathers), "scores", ColourOrder.BGR, "frames", weathers);
  }
}
