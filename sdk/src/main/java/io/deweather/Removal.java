package io.deweather;

import java.util.List;

/**
 * What is done to one frame.
 *
 * @param weathers whose views run, one after the other
 * @param leaving whose views run besides while the picture fades over from them; empty if it fades
 *     from the frame itself, or not at all
 * @param share of the result that {@code weathers} have, in (0, 1]; the rest is that of {@code
 *     leaving}
 */
record Removal(List<Weather> weathers, List<Weather> leaving, double share) {
  static Removal of(List<Weather> weathers) {
    return new Removal(weathers, List.of(), 1);
  }

  boolean fading() {
    return share < 1;
  }

  /** Whether the frame stays as it is. */
  boolean nothing() {
    return runs() == 0;
  }

  /** How many views run. */
  int runs() {
    return weathers.size() + (fading() ? leaving.size() : 0);
  }
}
