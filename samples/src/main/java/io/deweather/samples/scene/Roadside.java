package io.deweather.samples.scene;

import io.deweather.samples.scene.Canvas.Colour;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/** What stands beside the road. Each thing is drawn from its number, so it looks the same again. */
final class Roadside {
  private static final double NEAREST = 2.2;
  private static final double FURTHEST = 150;

  /** Something at a distance, drawn by {@code painter}. */
  record Thing(double z, Painter painter) {}

  /** Draws one thing at a distance. */
  @FunctionalInterface
  interface Painter {
    void paint(Canvas canvas, double z);
  }

  /** Draws everything from far to near, the traffic in its place among it. */
  void draw(Canvas canvas, double travelled, List<Thing> traffic) {
    List<Thing> things = new ArrayList<>(traffic);
    row(things, travelled, 8, 0, Roadside::leftTree);
    row(things, travelled, 11, 4, Roadside::rightTree);
    row(things, travelled, 34, 17, Roadside::lamp);
    row(things, travelled, 12, 3, Roadside::marker);
    row(things, travelled, 57, 38, Roadside::house);
    row(things, travelled, 47, 30, Roadside::sign);
    things.removeIf(thing -> thing.z() < NEAREST || thing.z() > FURTHEST);
    things.sort(Comparator.comparingDouble(Thing::z).reversed());
    things.forEach(thing -> thing.painter().paint(canvas, thing.z()));
  }

  /** Draws the thing of this number. */
  @FunctionalInterface
  private interface Numbered {
    void paint(Canvas canvas, double z, long number);
  }

  private static void row(
      List<Thing> things, double travelled, double spacing, double phase, Numbered painter) {
    long first = (long) Math.ceil((travelled + NEAREST - phase) / spacing);
    for (long n = first; n * spacing + phase < travelled + FURTHEST; n++) {
      long number = n;
      things.add(
          new Thing(
              n * spacing + phase - travelled, (canvas, z) -> painter.paint(canvas, z, number)));
    }
  }

  private static void leftTree(Canvas canvas, double z, long number) {
    tree(canvas, z, -9, -1, new Random(number * 7919 + 1));
  }

  private static void rightTree(Canvas canvas, double z, long number) {
    tree(canvas, z, 6.5, 1, new Random(number * 7907 + 2));
  }

  private static void tree(Canvas canvas, double z, double nearest, int side, Random random) {
    double x = nearest + side * 5 * random.nextDouble();
    double height = 4.5 + 4 * random.nextDouble();
    double crown = height * (0.22 + 0.1 * random.nextDouble());
    double trunk = 0.12 + 0.1 * random.nextDouble();
    Colour bark = new Colour(84, 66, 50);
    canvas.ellipse(z, new Colour(56, 72, 40), x, 0.02, crown * 1.1, crown * 0.12);
    canvas.upright(
        z,
        bark,
        x - trunk,
        0,
        x + trunk,
        0,
        x + trunk * 0.5,
        height * 0.6,
        x - trunk * 0.5,
        height * 0.6);
    canvas.rectangle(z, bark.scaled(0.7), x - trunk * 0.2, 0, x + trunk * 0.9, height * 0.45);
    Colour leaf =
        new Colour(60 + random.nextInt(46), 98 + random.nextInt(36), 38 + random.nextInt(26));
    int blobs = z < 45 ? 150 : 24;
    for (int i = 0; i < blobs; i++) {
      double share = (double) i / blobs; // lower blobs first: they lie in the shade
      double up = 0.36 + 0.62 * share;
      double width = crown * Math.sqrt(Math.max(0.05, 1 - Math.pow((up - 0.62) / 0.42, 2)));
      canvas.disc(
          z,
          leaf.scaled(0.5 + 0.45 * share + 0.35 * random.nextDouble()),
          x + (2 * random.nextDouble() - 1) * 0.85 * width,
          height * up + random.nextDouble() * 0.2,
          crown * (0.08 + 0.13 * random.nextDouble()) * (z < 45 ? 1 : 2));
    }
  }

  private static void lamp(Canvas canvas, double z, long number) {
    Colour steel = new Colour(112, 118, 122);
    canvas.upright(z, steel, 4.42, 0, 4.58, 0, 4.55, 7.4, 4.46, 7.4);
    canvas.rectangle(z, steel.scaled(0.7), 4.52, 0, 4.58, 5);
    canvas.upright(z, steel, 4.5, 7.25, 4.5, 7.4, 2.6, 7.75, 2.6, 7.65);
    canvas.upright(z, new Colour(226, 224, 208), 2.2, 7.58, 3.0, 7.56, 2.95, 7.78, 2.3, 7.8);
  }

  private static void marker(Canvas canvas, double z, long number) {
    for (double x : new double[] {-6.1, 2.6}) {
      canvas.rectangle(z, new Colour(232, 232, 228), x - 0.06, 0, x + 0.06, 1);
      canvas.upright(
          z,
          new Colour(34, 34, 36),
          x - 0.06,
          0.68,
          x + 0.06,
          0.76,
          x + 0.06,
          0.94,
          x - 0.06,
          0.86);
      canvas.rectangle(z, new Colour(232, 150, 60), x - 0.025, 0.76, x + 0.025, 0.86);
    }
  }

  private static void house(Canvas canvas, double z, long number) {
    Random random = new Random(number * 104_729 + 3);
    double right = -13 - 3 * random.nextDouble();
    double left = right - 9;
    double far = z + 8;
    double eaves = 4.4 + 1.2 * random.nextDouble();
    Colour wall =
        new Colour(186 + random.nextInt(50), 172 + random.nextInt(40), 146 + random.nextInt(50));
    Colour roof = new Colour(140 + random.nextInt(40), 72 + random.nextInt(24), 58);
    canvas.polygon(
        wall.scaled(0.72), right, 0, z, right, 0, far, right, eaves, far, right, eaves, z);
    canvas.polygon(
        roof.scaled(0.8),
        right + 0.3,
        eaves,
        z,
        right + 0.3,
        eaves,
        far,
        (left + right) / 2,
        eaves + 2.6,
        far,
        (left + right) / 2,
        eaves + 2.6,
        z);
    canvas.rectangle(z, wall, left, 0, right, eaves);
    canvas.upright(z, wall, left, eaves, right, eaves, (left + right) / 2, eaves + 2.5);
    for (int storey = 0; storey < 2; storey++) {
      for (int i = 0; i < 4; i++) {
        double x = left + 1 + 2.1 * i;
        double y = 0.9 + 2.1 * storey;
        canvas.rectangle(z, new Colour(236, 234, 228), x - 0.1, y - 0.1, x + 1, y + 1.4);
        canvas.rectangle(z, new Colour(58, 72, 86), x, y, x + 0.42, y + 1.3);
        canvas.rectangle(z, new Colour(74, 90, 104), x + 0.48, y, x + 0.9, y + 1.3);
      }
    }
  }

  private static void sign(Canvas canvas, double z, long number) {
    String[] names = {"LINDEN 4", "HARBOUR 12", "OLD MILL 2", "STATION 7"};
    Colour board = new Colour(28, 84, 160);
    Colour white = new Colour(240, 240, 240);
    canvas.rectangle(z, new Colour(120, 122, 124), 4.0, 0, 4.1, 2.2);
    canvas.rectangle(z, new Colour(120, 122, 124), 6.7, 0, 6.8, 2.2);
    canvas.rectangle(z, white, 3.6, 1.9, 7.2, 3.3);
    canvas.rectangle(z, board, 3.66, 1.96, 7.14, 3.24);
    canvas.text(z, white, names[(int) Math.floorMod(number, 4L)], 3.85, 2.65, 0.32);
    canvas.text(z, white, names[(int) Math.floorMod(number + 1, 4L)], 3.85, 2.15, 0.32);
  }
}
