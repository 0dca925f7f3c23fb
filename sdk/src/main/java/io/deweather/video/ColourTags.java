package io.deweather.video;

/**
 * How a clip's numbers stand for colours and light, as its container or its stream says: code
 * points of ITU-T H.273. Frames hold those numbers as they are, so that a sink which passes the
 * tags on keeps the look of the clip, also where its range is wide.
 *
 * @param primaries what red, green and blue are; 1 as on television (BT.709), 9 BT.2020
 * @param transfer from light to numbers; 1 as on television (BT.709), 16 PQ, 18 HLG
 * @param matrix between red, green and blue and luma and chroma; 1 BT.709, 5 and 6 BT.601, 9
 *     BT.2020
 */
public record ColourTags(int primaries, int transfer, int matrix) {
  /** The code point of what is not said. */
  public static final int UNSPECIFIED = 2;

  /** Nothing is said: BT.709 from 720 lines on, below that BT.601. */
  public static final ColourTags NONE = new ColourTags(UNSPECIFIED, UNSPECIFIED, UNSPECIFIED);

  private static final int PQ = 16;
  private static final int HLG = 18;

  /** Whether the clip is of high dynamic range: PQ or HLG (ITU-R BT.2100). */
  public boolean isHighDynamicRange() {
    return transfer == PQ || transfer == HLG;
  }
}
