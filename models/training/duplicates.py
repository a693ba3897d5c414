"""Pictures that show the same moment as one before: copies would be measured on what was trained on.

A fixed camera's pictures share their background, so hashes of whole pictures call them all the same. Compared are small grey
thumbnails cell by cell: one vehicle that moved on makes one cell differ.
"""

import cv2
import numpy as np
import numpy.typing as npt

from models.crops import Image

Thumbnail = npt.NDArray[np.float32]

SIDE, CELLS = 64, 8
SAME_CELL_LEVELS = 5.0  # of 255, mean of the cell that differs most: another JPEG coding stays below


class Moments:
    """The moments seen so far."""

    def __init__(self) -> None:
        self._seen: list[Thumbnail] = []

    def is_new(self, image: Image) -> bool:
        """Whether no picture before showed the moment of `image` (H, W, 3) BGR; remembers it if so."""
        thumbnail = _thumbnail(image)
        if any(_most_different_cell(thumbnail, other) < SAME_CELL_LEVELS for other in self._seen):
            return False
        self._seen.append(thumbnail)
        return True


def _thumbnail(image: Image) -> Thumbnail:
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)


def _most_different_cell(one: Thumbnail, other: Thumbnail) -> float:
    cell = SIDE // CELLS
    return float(np.abs(one - other).reshape(CELLS, cell, CELLS, cell).mean((1, 3)).max())
