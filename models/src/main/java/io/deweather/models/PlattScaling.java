package io.deweather.models;

/**
 * From scores to probabilities: {@code p = sigmoid(slope * score + offset)}, fitted by maximum
 * likelihood with the smoothed targets of Platt, "Probabilistic Outputs for Support Vector
 * Machines" (1999), by Newton's method with backtracking (Lin, Lin and Weng, "A Note on Platt's
 * Probabilistic Outputs", 2007).
 *
 * @param slope above 0
 * @param offset added
 * @param logOdds of the label among the frames of the fit
 */
record PlattScaling(double slope, double offset, double logOdds) {
  private static final int ITERATIONS = 100;
  private static final double RIDGE = 1e-2;
  private static final double LEAST_SLOPE = 0.05;
  private static final double LEAST_STEP = 1e-8;

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
    double[] targets = new double[scores.length];
    for (int i = 0; i < scores.length; i++) {
      targets[i] = labels[i] > 0 ? positives / (positives + 1) : 1 / (negatives + 1);
    }
    double slope = 1;
    double offset = 0;
    double cost = cost(scores, targets, weights, slope, offset);
    for (int iteration = 0; iteration < ITERATIONS; iteration++) {
      double gradientSlope = RIDGE * (slope - 1);
      double gradientOffset = RIDGE * offset;
      double a = RIDGE;
      double b = 0;
      double c = RIDGE;
      for (int i = 0; i < scores.length; i++) {
        double p = 1 / (1 + Math.exp(-slope * scores[i] - offset));
        double error = weights[i] * (p - targets[i]);
        double curvature = weights[i] * p * (1 - p);
        gradientSlope += error * scores[i];
        gradientOffset += error;
        a += curvature * scores[i] * scores[i];
        b += curvature * scores[i];
        c += curvature;
      }
      double determinant = a * c - b * b;
      double downSlope = (c * gradientSlope - b * gradientOffset) / determinant;
      double downOffset = (a * gradientOffset - b * gradientSlope) / determinant;
      double step = 1;
      double next = Double.POSITIVE_INFINITY;
      while (step > LEAST_STEP && !(next < cost)) {
        next = cost(scores, targets, weights, slope - step * downSlope, offset - step * downOffset);
        if (!(next < cost)) {
          step /= 2;
        }
      }
      if (!(next < cost)) {
        break;
      }
      slope -= step * downSlope;
      offset -= step * downOffset;
      cost = next;
    }
    return new PlattScaling(Math.max(LEAST_SLOPE, slope), offset, Math.log(positives / negatives));
  }

  /** The negative logarithm of the likelihood, and a little that keeps slope and offset small. */
  private static double cost(
      float[] scores, double[] targets, float[] weights, double slope, double offset) {
    double cost = RIDGE / 2 * ((slope - 1) * (slope - 1) + offset * offset);
    for (int i = 0; i < scores.length; i++) {
      double z = slope * scores[i] + offset;
      cost += weights[i] * (Math.max(z, 0) - z * targets[i] + Math.log1p(Math.exp(-Math.abs(z))));
    }
    return cost;
  }
}
