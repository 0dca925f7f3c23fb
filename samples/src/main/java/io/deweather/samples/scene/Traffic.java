package io.deweather.samples.scene;

import io.deweather.samples.scene.Canvas.Colour;
import io.deweather.samples.scene.Roadside.Thing;
import java.util.ArrayList;
import java.util.List;

/** A car ahead in the own lane, and cars that come the other way. */
final class Traffic {
  private static final double CLOSING_METRES_PER_SECOND = 27;
  private static final double SPACING = 62;
  private static final Colour[] PAINTS = {
    new Colour(38, 76, 148),
    new Colour(206, 208, 212),
    new Colour(58, 62, 66),
    new Colour(206, 164, 44)
  };

  List<Thing> at(double seconds) {
    List<Thing> cars = new ArrayList<>();
    double ahead = 13.5 + 2.5 * Math.sin(0.7 * seconds);
    double sway = 0.25 * Math.sin(0.5 * seconds);
    cars.add(new Thing(ahead, (canvas, z) -> rear(canvas, z, sway)));
    double closed = CLOSING_METRES_PER_SECOND * seconds;
    for (int n = 0; n * SPACING + 26 - closed < 150; n++) {
      Colour paint = PAINTS[n % PAINTS.length];
      cars.add(new Thing(n * SPACING + 26 - closed, (canvas, z) -> front(canvas, z, paint)));
    }
    return cars;
  }

  private static void rear(Canvas canvas, double z, double x) {
    Colour paint = new Colour(164, 34, 38);
    shadowAndTyres(canvas, z, x);
    body(canvas, z, x, paint);
    canvas.upright(
        z, new Colour(52, 62, 74), x - 0.62, 0.98, x + 0.62, 0.98, x + 0.5, 1.38, x - 0.5, 1.38);
    canvas.upright(
        z, new Colour(112, 128, 144), x - 0.55, 1.2, x + 0.1, 1.3, x - 0.05, 1.37, x - 0.5, 1.37);
    for (int side = -1; side <= 1; side += 2) {
      canvas.rectangle(z, new Colour(214, 40, 36), x + side * 0.84, 0.72, x + side * 0.58, 0.9);
      canvas.rectangle(z, new Colour(240, 214, 150), x + side * 0.7, 0.74, x + side * 0.6, 0.8);
    }
    canvas.rectangle(z, new Colour(236, 236, 226), x - 0.26, 0.6, x + 0.26, 0.73);
    canvas.text(z, new Colour(30, 30, 34), "DW 241", x - 0.25, 0.62, 0.09);
    canvas.rectangle(z, new Colour(46, 46, 48), x - 0.86, 0.3, x + 0.86, 0.42);
  }

  private static void front(Canvas canvas, double z, Colour paint) {
    double x = Ground.ONCOMING_LANE;
    shadowAndTyres(canvas, z, x);
    body(canvas, z, x, paint);
    canvas.upright(
        z, new Colour(44, 54, 64), x - 0.68, 0.95, x + 0.68, 0.95, x + 0.54, 1.4, x - 0.54, 1.4);
    canvas.upright(
        z, new Colour(126, 144, 160), x + 0.1, 1.0, x + 0.5, 1.0, x + 0.3, 1.38, x + 0.05, 1.38);
    canvas.rectangle(z, new Colour(30, 32, 34), x - 0.45, 0.45, x + 0.45, 0.66);
    for (int side = -1; side <= 1; side += 2) {
      canvas.ellipse(z, new Colour(250, 248, 232), x + side * 0.68, 0.66, 0.15, 0.09);
    }
    canvas.rectangle(z, new Colour(236, 236, 226), x - 0.24, 0.34, x + 0.24, 0.44);
  }

  private static void shadowAndTyres(Canvas canvas, double z, double x) {
    canvas.ellipse(z, new Colour(44, 44, 46), x, 0.02, 1.05, 0.1);
    for (int side = -1; side <= 1; side += 2) {
      canvas.rectangle(z, new Colour(26, 26, 28), x + side * 0.8, 0, x + side * 0.56, 0.42);
    }
  }

  private static void body(Canvas canvas, double z, double x, Colour paint) {
    canvas.rectangle(z, paint.scaled(0.75), x - 0.88, 0.28, x + 0.88, 0.66);
    canvas.upright(z, paint, x - 0.9, 0.6, x + 0.9, 0.6, x + 0.84, 0.95, x - 0.84, 0.95);
    canvas.upright(
        z, paint.scaled(1.15), x - 0.76, 0.93, x + 0.76, 0.93, x + 0.58, 1.46, x - 0.58, 1.46);
    canvas.rectangle(z, paint.scaled(1.35), x - 0.86, 0.88, x + 0.86, 0.94);
  }
}
