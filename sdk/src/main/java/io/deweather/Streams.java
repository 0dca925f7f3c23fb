package io.deweather;

import io.deweather.Health.StreamHealth;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/** The open streams of a restorer, by name, and what they share. */
final class Streams {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private final Bundle bundle;
  private final FrameRunner runner;
  private final StreamSelectors selectors;
  private final RestorerSettings settings;
  // Streams are opened one at a time, by selectors that may take theirs; the map is never held
  // long.
  private final Object opening = new Object();
  private final Map<String, RestorationStream> open =
      Collections.synchronizedMap(new LinkedHashMap<>());
  private RestorationStream own;
  private volatile boolean closed;

  Streams(Bundle bundle, FrameRunner runner, StreamSelectors selectors, RestorerSettings settings) {
    this.bundle = bundle;
    this.runner = runner;
    this.selectors = selectors;
    this.settings = settings;
  }

  /** Opens the restorer's own stream; perhaps nothing chooses its weather. */
  RestorationStream openOwn() {
    own = add(RestorationStream.DEFAULT_NAME, selectors.own());
    return own;
  }

  /** The stream of this name, opened with a new selector if there is none. */
  RestorationStream get(String name) {
    check(name);
    synchronized (opening) {
      RestorationStream known = open.get(name);
      if (known != null) {
        return known;
      }
      WeatherSelector selector = selectors.next();
      if (selector == null) {
        throw new IllegalStateException(
            "stream %s needs a selector of its own: build with selectors(...), or call stream(name, selector)"
                .formatted(name));
      }
      return add(name, selector);
    }
  }

  /** Opens a stream of a name that is not in use. */
  RestorationStream open(String name, WeatherSelector selector) {
    Objects.requireNonNull(selector, "selector");
    check(name);
    synchronized (opening) {
      if (open.containsKey(name)) {
        throw new IllegalArgumentException("name (" + name + ") must be new; its stream is open");
      }
      return add(name, selector);
    }
  }

  private RestorationStream add(String name, WeatherSelector selector) {
    RestorationStream stream = new RestorationStream(name, this, selector);
    open.put(name, stream);
    return stream;
  }

  private void check(String name) {
    requireOpen();
    if (name == null || !NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("name (" + name + ") must match " + NAME);
    }
  }

  /** The restorer's own stream stays. */
  void forget(RestorationStream stream) {
    if (stream != own) {
      open.remove(stream.name(), stream);
    }
  }

  List<StreamHealth> health() {
    List<RestorationStream> now;
    synchronized (open) {
      now = List.copyOf(open.values());
    }
    return now.stream().map(RestorationStream::health).toList();
  }

  Bundle bundle() {
    return bundle;
  }

  FrameRunner runner() {
    return runner;
  }

  RestorerSettings settings() {
    return settings;
  }

  /** What to say when a frame comes and nothing chooses its weather. */
  String nothingChosen() {
    return selectors.nothingChosen();
  }

  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("this restorer is closed");
    }
  }

  /** Refuses every later call; the frame that is running goes on. */
  void close() {
    closed = true;
  }
}
