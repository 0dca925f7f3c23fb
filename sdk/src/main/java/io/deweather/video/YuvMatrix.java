package io.deweather.video;

import static org.bytedeco.ffmpeg.global.avutil.AVCOL_PRI_BT2020;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_PRI_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_PRI_SMPTE170M;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT2020_NCL;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_SMPTE170M;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_UNSPECIFIED;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_BT2020_10;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_SMPTE170M;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_BT2020;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_ITU709;

/** The matrices that clips are written with, and what is taken to go with them. */
enum YuvMatrix {
  /** ITU-R BT.601 2.5. */
  BT601(
      0.299, 0.114, new ColourTags(AVCOL_PRI_SMPTE170M, AVCOL_TRC_SMPTE170M, AVCOL_SPC_SMPTE170M)),

  /** ITU-R BT.709 3. */
  BT709(0.2126, 0.0722, new ColourTags(AVCOL_PRI_BT709, AVCOL_TRC_BT709, AVCOL_SPC_BT709)),

  /** ITU-R BT.2020 4. */
  BT2020(
      0.2627, 0.0593, new ColourTags(AVCOL_PRI_BT2020, AVCOL_TRC_BT2020_10, AVCOL_SPC_BT2020_NCL));

  /** Weight of red in luma. */
  final double red;

  /** Weight of blue in luma. */
  final double blue;

  private final ColourTags tags;

  YuvMatrix(double red, double blue, ColourTags tags) {
    this.red = red;
    this.blue = blue;
    this.tags = tags;
  }

  /** BT.2020 where it is named, otherwise by the size. */
  static YuvMatrix of(ColourTags tags, int height) {
    if (ToBgr.matrix(tags.matrix(), height) == SWS_CS_BT2020) {
      return BT2020;
    }
    return ToBgr.matrix(AVCOL_SPC_UNSPECIFIED, height) == SWS_CS_ITU709 ? BT709 : BT601;
  }

  /** The tags of a clip written with this matrix: what is said of it, and what goes with it. */
  ColourTags tags(ColourTags said) {
    return new ColourTags(
        isSaid(said.primaries()) ? said.primaries() : tags.primaries(),
        isSaid(said.transfer()) ? said.transfer() : tags.transfer(),
        tags.matrix());
  }

  private static boolean isSaid(int tag) {
    return tag > 0 && tag != ColourTags.UNSPECIFIED;
  }
}
