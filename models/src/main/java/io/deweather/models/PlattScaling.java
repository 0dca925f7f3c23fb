package io.deweather.models;

/**
 * From scores to probabilities: {@code p = sigmoid(slope * score + offset)}, fitted by maximum
 * likelihood with the smoothed targets of Platt, "Probabilistic Outputs for Support Vector
 * Machines" (1999), by Newton's method.
 *
 * @param slope above 0
 * @param offset added
 * @param logOdds of the label among the frames of the fit
 */
record PlattScaling(double slope, double offset, double logOdds) {
  private static final int ITERATIONS = 50;
  private static final double RIDGE = 1e-3;

  /**
   * Fits.
   *
   * @param labels 1 or 0
   * @param weights 0 for scores that do not count
   */
  static PlattScaling fit(float[] scores, float[] labels, float[] weights) {
    double positives = 1;
    double negatives = 1;
    for (int i = 0; i < scores.length; i++) {
      positives += weights[i] * labels[i];
      negatives += weights[i] * (1 - labels[i]);
    }
    double high = positives / (positives + 1);
    double low = 1 / (negatives + 1);
    double slope = 1;
    double offset = 0;
    for (int iteration = 0; iteration < ITERATIONS; iteration++) {
      double gradientSlope = RIDGE * (slope - 1);
      double gradientOffset = 0;
      double a = RIDGE;
      double b = 0;
      double c = RIDGE;
      for (int i = 0; i < scores.length; i++) {
        double p = 1 / (1 + Math.exp(-slope * scores[i] - offset));
        double error = weights[i] * (p - (labels[i] > 0 ? high : low));
        double curvature = weights[i] * p * (1 - p);
        gradientSlope += error * scores[i];
        gradientOffset += error;
        a += curvature * scores[i] * scores[i];
        b += curvature * scores[i];
        c += curvature;
      }
      double determinant = a * c - b * b;
      slope -= (c * gradientSlope - b * gradientOffset) / determinant;
      offset -= (a * gradientOffset - b * gradientSlope) / determinant;
      slope = Math.max(0.05, slope);
    }
    return new PlattScaling(slope, offset, Math.log(positives / negatives));
  }
}
