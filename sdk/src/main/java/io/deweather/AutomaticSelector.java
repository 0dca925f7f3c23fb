package io.deweather;

import io.deweather.FilterSettings.Observation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.opencv.core.Mat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses the view of one stream: the bundle's network looks at every n-th frame, a {@link
 * ForwardFilter} turns what it saw into a belief, and the choice changes when that is sure enough.
 *
 * <p>The network also looks at the first frame, at the frame after a signal of the vehicle that
 * changed much, and, while there is doubt, at a few frames more.
 */
final class AutomaticSelector implements WeatherSelector {
  private static final Logger LOG = LoggerFactory.getLogger(AutomaticSelector.class);

  /** How many looks may follow each other between two regular ones. */
  private static final int MOST_CREDIT = 3;

  /** What a state stays with over a frame at which a signal changed much. */
  private static final double STAY_AT_EVENT = 0.8;

  private final SelectorNetwork network;
  private final List<Weather> weathers;
  private final FilterSettings settings;
  private final Observation[] observations;
  private final int every;
  private final LongSupplier clock;
  private final ForwardFilter filter;
  private final SignalEvidence signals;

  private boolean started;
  private int chosen;
  private Selection held;
  private long sinceLook;
  private long sinceEvent;
  private long sinceChange;
  private int credit;
  private boolean lookAgain;
  private boolean event;
  private boolean failing;

  /**
   * Creates a selector that has seen no frame.
   *
   * @param every on how many frames there is one that the network looks at
   * @param clock {@link System#nanoTime()}
   */
  AutomaticSelector(SelectorNetwork network, int every, LongSupplier clock) {
    SelectorManifest manifest = network.manifest();
    this.network = network;
    this.every = every;
    this.clock = clock;
    settings = manifest.filter();
    weathers = manifest.weathers().stream().map(Weather::new).toList();
    observations =
        manifest.weathers().stream()
            .map(w -> settings.observation().getOrDefault(w, Observation.DEFAULT))
            .toArray(Observation[]::new);
    filter = new ForwardFilter(manifest.weathers(), settings);
    signals = new SignalEvidence(manifest.weathers(), filter.states());
    restart();
  }

  @Override
  public void restart() {
    filter.restart();
    started = false;
    held = null;
    sinceLook = 0;
    sinceEvent = every;
    sinceChange = Integer.MAX_VALUE;
    credit = MOST_CREDIT;
    lookAgain = false;
    event = false;
  }

  /** What changes much makes the network look, but not more often than it does anyway. */
  @Override
  public void signals(VehicleSignals told) {
    event |= signals.enter(told, clock.getAsLong()) && sinceEvent >= every;
  }

  @Override
  public Selection select(Mat frame) {
    sinceLook++;
    sinceEvent++;
    sinceChange++;
    boolean regular = sinceLook >= every;
    if (started && !regular && !lookAgain && !event) {
      return held;
    }
    advance();
    float[] seen;
    try {
      seen = network.look(frame);
      failing = false;
    } catch (DeweatherException e) {
      return afterFailure(e);
    }
    learn(seen);
    SelectionReason reason = decide();
    double confidence = filter.belief(chosen);
    plan(regular, confidence);
    held = selection(confidence, seen, SelectionReason.HELD);
    return selection(confidence, seen, reason);
  }

  /** Trouble with a look costs the choice nothing; without any choice it is the frame's trouble. */
  private Selection afterFailure(DeweatherException failure) {
    if (!started) {
      throw failure;
    }
    if (!failing) {
      LOG.warn("the selector keeps to {}: {}", held.weathers(), failure.getMessage());
    }
    failing = true;
    lookAgain = false;
    return new Selection(
        held.weathers(),
        held.confidence(),
        held.probabilities(),
        Map.of(),
        SelectionReason.LOOK_FAILED);
  }

  /** Takes the belief to this frame, which counts as looked at even if that fails. */
  private void advance() {
    if (started) {
      if (event) {
        filter.predict(sinceLook - 1);
        filter.predict(Math.min(STAY_AT_EVENT, settings.stay()));
        sinceEvent = 0;
      } else {
        filter.predict(sinceLook);
      }
    }
    sinceLook = 0;
    event = false;
  }

  private void learn(float[] seen) {
    long now = clock.getAsLong();
    double trust = signals.trust(now);
    double[] evidence = new double[seen.length];
    for (int i = 0; i < seen.length; i++) {
      evidence[i] = trust * evidence(seen[i], observations[i]);
    }
    filter.observe(evidence, signals.at(now));
  }

  private double evidence(float probability, Observation observation) {
    double odds = Math.log(probability) - Math.log1p(-probability);
    double evidence = observation.slope() * odds + observation.offset();
    return Math.max(-settings.evidenceLimit(), Math.min(settings.evidenceLimit(), evidence));
  }

  private SelectionReason decide() {
    if (!started) {
      started = true;
      chosen = filter.likeliest();
      return SelectionReason.FIRST;
    }
    int wanted = wanted();
    if (wanted == chosen) {
      return filter.belief(chosen) >= settings.switchConfidence()
          ? SelectionReason.CONFIRMED
          : SelectionReason.UNSURE;
    }
    if (sinceChange < settings.minimumDwellFrames()) {
      return SelectionReason.DWELLING;
    }
    chosen = wanted;
    sinceChange = 0;
    return SelectionReason.CHANGED;
  }

  /**
   * What is to be chosen by the belief: the present choice until it is believed to be wrong, then
   * of the likeliest state what is surely present. That a weather is there may be sure while it is
   * open whether another is there too.
   */
  private int wanted() {
    double sure = settings.switchConfidence();
    if (filter.belief(chosen) > 1 - sure) {
      return chosen;
    }
    int wanted = filter.likeliest();
    for (int w = 0; w < weathers.size(); w++) {
      boolean entering = ((wanted & ~chosen) >> w & 1) != 0;
      if (entering && filter.presence(w) < sure) {
        wanted &= ~(1 << w);
      }
    }
    return wanted == 0 && filter.belief(0) < sure ? chosen : wanted;
  }

  /** Whether to look at the next frame too: looks in doubt are earned by regular ones. */
  private void plan(boolean regular, double confidence) {
    if (regular) {
      credit = Math.min(MOST_CREDIT, credit + 1);
    }
    lookAgain = confidence < settings.lookAgainBelow() && credit > 0;
    if (lookAgain) {
      credit--;
    }
  }

  private Selection selection(double confidence, float[] seen, SelectionReason reason) {
    Map<Weather, Double> beliefs = new LinkedHashMap<>();
    Map<Weather, Double> observed = new LinkedHashMap<>();
    beliefs.put(Weather.CLEAR, Math.min(1, filter.belief(0)));
    for (int w = 0; w < weathers.size(); w++) {
      beliefs.put(weathers.get(w), Math.min(1, filter.presence(w)));
      if (reason != SelectionReason.HELD) {
        observed.put(weathers.get(w), (double) seen[w]);
      }
    }
    return new Selection(inOrder(chosen), Math.min(1, confidence), beliefs, observed, reason);
  }

  private List<Weather> inOrder(int state) {
    for (List<String> pair : settings.pairsAmong(weathers.stream().map(Weather::id).toList())) {
      List<Weather> both = pair.stream().map(Weather::new).toList();
      if (state == (1 << weathers.indexOf(both.get(0)) | 1 << weathers.indexOf(both.get(1)))) {
        return both;
      }
    }
    List<Weather> alone = new ArrayList<>();
    for (int w = 0; w < weathers.size(); w++) {
      if ((state >> w & 1) != 0) {
        alone.add(weathers.get(w));
      }
    }
    return alone;
  }
}
