"""Pictures that show the last one once more: a frozen encoder, or footage converted to a higher frame rate.

Of the shared clips up to 45 % of the decoded frames are repeats, coded anew, so that they differ a little. A repeat is
no second look at a head, a lamp or a vehicle.
"""

import cv2
import numpy as np

from detector.vocabulary import Pixels

PATCH_PX = 8  # patches as large as a codec's blocks: their mean hides its noise
THUMB_SIDE_MAX = 160
STRIDED_FROM_PX = 1000  # width: of a large picture every second pixel is enough, at a quarter of the cost
# The most that one patch may differ from the last picture, in grey levels. Repeats of six clips: 2 to 9, those coded
# anew as key pictures 15 at most; pictures in which anything moves: 14 (a distant walker without noise) to 255.
PATCH_LEVELS = 12
# A picture that stays shows a street where nothing moves; after so long (`care.frozen_s`) it shows nothing any more.
STILL_S = 5.0


class RepeatDetector:
    """Remembers one small picture: the last one that was not a repeat, so that slow motion adds up."""

    def __init__(self) -> None:
        self._last: Pixels | None = None

    def is_repeat(self, pixels: Pixels) -> bool:
        """Whether this picture (height, width, 3) BGR repeats the last one."""
        now = _patches(pixels)
        last, same = self._last, self._last is not None and self._last.shape == now.shape
        if last is not None and same and int(cv2.absdiff(last, now).max()) <= PATCH_LEVELS:
            return True
        self._last = now
        return False


def _patches(pixels: Pixels) -> Pixels:
    """The mean green of each patch, at most 160 x 160 of them."""
    stride = 2 if pixels.shape[1] >= STRIDED_FROM_PX else 1
    green = np.ascontiguousarray(pixels[::stride, ::stride, 1])
    height, width = pixels.shape[:2]
    sides = [max(1, min(THUMB_SIDE_MAX, side // PATCH_PX)) for side in (width, height)]
    return np.asarray(cv2.resize(green, (sides[0], sides[1]), interpolation=cv2.INTER_AREA), np.uint8)
