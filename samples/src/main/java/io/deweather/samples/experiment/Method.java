package io.deweather.samples.experiment;

/** What is compared. */
public enum Method {
  /** The network that all others start from, as it is. */
  START("start", "the joint start"),
  /** (a) As many more steps of joint training. */
  JOINT("a", "joint training only"),
  /** (b) and (c) Masks by gradient intensity: the paper's method. */
  GRADIENT("b, c", "gradient masks"),
  /** (d) Masks of the same sizes, drawn at random. */
  RANDOM("d", "random masks"),
  /**
   * (f) Masks by gradient intensity in which several weathers' claims go to the strongest, see
   * {@link io.deweather.models.TrainingOptions.Masks#STRONGEST}.
   */
  STRONGEST("f", "gradient masks, the strongest claim"),
  /** (e) A network for each weather, three times the parameters: the upper bound. */
  SEPARATE("e", "three networks");

  private final String letter;
  private final String title;

  Method(String letter, String title) {
    this.letter = letter;
    this.title = title;
  }

  /** The letter under which reports list it. */
  String letter() {
    return letter;
  }

  /** In words. */
  String title() {
    return title;
  }
}
