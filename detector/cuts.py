"""Hard cuts: places where the picture jumps to another time or another view.

Nothing may be joined across a cut: a track would jump, a phase would change without its yellow. Traffic moves patches
of the picture by a little; after a cut a part of the new picture is found nowhere near where it was. So each picture,
scaled down, is explained by small shifts of the one before, and what remains unexplained is measured.
"""

from collections import deque
from datetime import datetime, timedelta
from statistics import median

import cv2
import numpy as np
import numpy.typing as npt

from detector.repeats import STILL_S
from detector.vocabulary import Pixels

Grey = npt.NDArray[np.float32]

THUMB_WH = (96, 54)
# Vehicles move up to half the picture's width in a second; more than 8 px between two pictures explains anything.
REACH_PX_S = 50.0
REACH_MIN_PX, REACH_MAX_PX = 5, 8
PATCH_PX = 5

# Mean unexplained difference in grey levels (0..255), and share of the picture with more than PATCH_CHANGED of it.
# Real cuts, even between two moments of the same view: 7.4 and 0.29; the wildest traffic, analysed at 6 frames a second:
# 6.7 and 0.29 (three near vehicles at once), 8.7 and 0.25 (a bus comes in below the camera).
RESIDUAL_LEVELS = 7.0
PATCH_CHANGED_LEVELS = 8.0
CHANGED_SHARE = 0.28
# A truck close to the camera changes that much in every frame; a cut stands out from the frames before it.
TIMES_USUAL = 2.0
USUAL_FRAMES = 15

# A picture without any contrast is no picture: a dropped signal, a covered lens. Fog and night keep above 8.
LOST_CONTRAST_LEVELS = 4.0

# A time that the stream does not account for: nobody can follow a vehicle across it.
MAX_GAP_S = 2.0


class CutDetector:
    """Looks at every analysed frame in order and remembers one small picture."""

    def __init__(self) -> None:
        self._before: Grey | None = None
        self._before_at: datetime | None = None
        self._new_at: datetime | None = None  # since when the picture has stayed
        self._usual: deque[float] = deque(maxlen=USUAL_FRAMES)

    def is_cut(self, pixels: Pixels, captured_at: datetime) -> bool:
        """Whether this picture (height, width, 3) BGR does not continue the one before. The first one does."""
        now = thumbnail(pixels)
        before, before_at = self._before, self._before_at
        self._before, self._before_at, self._new_at = now, captured_at, captured_at
        if before is None or before_at is None:
            return False
        gap = captured_at - before_at
        if gap > timedelta(seconds=MAX_GAP_S) or gap < timedelta(0):
            self._usual.clear()
            return True
        if is_lost(before) != is_lost(now):
            self._usual.clear()
            return True
        mean, share = unexplained(before, now, gap.total_seconds())
        usual = median(self._usual) if self._usual else 0.0
        jumped = mean >= RESIDUAL_LEVELS and share >= CHANGED_SHARE and mean >= TIMES_USUAL * usual
        if jumped:
            self._usual.clear()
        else:
            self._usual.append(mean)
        return jumped

    def stays(self, captured_at: datetime) -> None:
        """The picture is still the one before: no time has gone by that nobody saw."""
        if self._new_at is not None and timedelta(0) <= captured_at - self._new_at <= timedelta(seconds=STILL_S):
            self._before_at = captured_at


def thumbnail(pixels: Pixels) -> Grey:
    """The picture as grey levels (54, 96)."""
    small = cv2.resize(pixels, THUMB_WH, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)


def is_lost(picture: Grey) -> bool:
    """Whether there is nothing to see: one grey all over."""
    return float(picture.std()) < LOST_CONTRAST_LEVELS


def unexplained(before: Grey, now: Grey, gap_s: float) -> tuple[float, float]:
    """What small shifts of the picture `gap_s` before cannot explain: mean grey levels, and share of patches that changed."""
    reach = round(min(REACH_MAX_PX, max(REACH_MIN_PX, REACH_PX_S * gap_s)))
    # A change of exposure brightens everything alike: it is taken out first.
    now = now - np.float32(np.median(now - before))
    height, width = now.shape
    padded = cv2.copyMakeBorder(before, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    best: Grey = np.full(now.shape, np.inf, np.float32)
    for dy in range(2 * reach + 1):
        for dx in range(2 * reach + 1):
            difference = cv2.absdiff(padded[dy : dy + height, dx : dx + width], now)
            np.minimum(best, cv2.boxFilter(difference, -1, (PATCH_PX, PATCH_PX)), out=best)
    return float(best.mean()), float((best > PATCH_CHANGED_LEVELS).mean())
