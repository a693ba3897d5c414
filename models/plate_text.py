"""What goes into the plate text network and what comes out: one description for training and for use.

Input `pictures`, float32 (N, 1, 48, 256): the lines of one plate, grey, 0 to 1; of a two-line plate the upper line fills the
left half and the lower one the right half, a single line the whole width; scaled without keeping aspects. Outputs:
`characters`, float32 (N, 32, 37), logits of 32 steps from left to right over the CTC blank and `SYMBOLS`; `legibility`,
float32 (N, 1), a logit: whether a person could read the plate, and all of it.
"""

import re
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

SYMBOLS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BLANK = 0
INPUT_WH = (256, 48)
STEPS = 32

Grey = NDArray[np.uint8]


def norm(text: str) -> str:
    """Upper case, Đ as D, and nothing but 0-9 and A-Z."""
    return re.sub(r"[^0-9A-Z]", "", text.upper().replace("Đ", "D"))


def fitted(lines: Sequence[Grey]) -> Grey:
    """One or two lines, each (height, width) grey, from top to bottom, as the network sees them: (48, 256)."""
    width, height = INPUT_WH[0] // len(lines), INPUT_WH[1]
    return np.hstack([_scaled(line, width, height) for line in lines])


def _scaled(line: Grey, width: int, height: int) -> Grey:
    interpolation = cv2.INTER_AREA if line.shape[0] > height else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(line, (width, height), interpolation=interpolation), np.uint8)
