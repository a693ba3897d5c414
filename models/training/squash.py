"""Undoing squashed pictures: some 16:9 and 9:16 originals were pressed into 640 x 640 and nothing says which.

The teacher was trained on pictures with true proportions, so it is surest on the right one.
"""

from dataclasses import replace

import cv2
import numpy as np

from models.crops import Image
from models.labels import LabelledBox
from models.training.sets import Picture
from models.training.teacher_cache import TeacherCache

SQUARE_WH = (640, 640)
CANDIDATES_WH = {"": SQUARE_WH, "#169": (1138, 640), "#916": (640, 1138)}
SURE_CONFIDENCE = 0.25
SQUARE_BONUS = 1.08  # a square picture stays as it is unless another shape is plainly better


def _certainty(boxes: list[LabelledBox]) -> float:
    return sum(box.confidence for box in boxes if box.confidence > SURE_CONFIDENCE)


def true_shape(picture: Picture, cache: TeacherCache) -> tuple[Picture, list[LabelledBox]]:
    """The picture in the proportions that the teacher is surest of, and the teacher's raw boxes in its pixels."""
    height, width = picture.image.shape[:2]
    if (width, height) != SQUARE_WH:
        return picture, cache.boxes(picture.key, picture.image)
    scored = []
    for suffix, wh in CANDIDATES_WH.items():
        boxes = cache.boxes(picture.key + suffix, resized(picture.image, wh))
        scored.append((_certainty(boxes) * (1.0 if suffix else SQUARE_BONUS), wh, boxes))
    _, wh, boxes = max(scored, key=lambda row: row[0])
    return stretched(picture, wh), boxes


def resized(image: Image, wh: tuple[int, int]) -> Image:
    """The picture scaled to `wh` = (width, height) in pixels."""
    return np.asarray(cv2.resize(image, wh, interpolation=cv2.INTER_LINEAR), np.uint8)


def stretched(picture: Picture, wh: tuple[int, int]) -> Picture:
    """The picture scaled to `wh` = (width, height), its boxes along with it."""
    height, width = picture.image.shape[:2]
    sx, sy = wh[0] / width, wh[1] / height
    boxes = []
    for box in picture.boxes:
        x1, y1, x2, y2 = box.xyxy
        boxes.append(replace(box, xyxy=(x1 * sx, y1 * sy, x2 * sx, y2 * sy)))
    return replace(picture, image=resized(picture.image, wh), boxes=tuple(boxes))
