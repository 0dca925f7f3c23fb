package io.deweather;

/** Why a {@link WeatherSelector} chose what it chose for a frame. */
public enum SelectionReason {
  /** A fixed weather, or a selector of the embedding software. */
  GIVEN,

  /** The first frame of a stream: the likeliest weather. */
  FIRST,

  /** The network did not look at this frame; the choice stands. */
  HELD,

  /** The network looked; the choice stands. */
  CONFIRMED,

  /** The network looked and nothing is believed enough; the choice stands. */
  UNSURE,

  /** Another weather is believed, too soon after the last change; the choice stands. */
  DWELLING,

  /** From this frame on another weather is removed. */
  CHANGED,

  /** The network failed on this frame; the choice stands. */
  LOOK_FAILED
}
