"""A picture scaled into the top left of a canvas of the network's size, as the detectors of this room see it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from models.crops import PAD_GREY, Image


def letterboxed(image: Image, size_wh: tuple[int, int]) -> tuple[Image, float]:
    """The picture on a grey canvas of (width, height), and the scale that it was brought to."""
    width, height = size_wh
    scale = min(width / image.shape[1], height / image.shape[0])
    small_wh = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    canvas: Image = np.full((height, width, 3), PAD_GREY, np.uint8)
    canvas[: small_wh[1], : small_wh[0]] = cv2.resize(image, small_wh, interpolation=cv2.INTER_LINEAR)
    return canvas, scale


def as_batch(canvas: Image) -> NDArray[np.float32]:
    """One BGR picture (height, width, 3) as a detector's input: (1, 3, height, width), RGB in 0..1."""
    return np.ascontiguousarray(canvas[None, ..., ::-1].transpose(0, 3, 1, 2), np.float32) / np.float32(255)
