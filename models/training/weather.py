"""Pictures made worse as roadside cameras make them: dusk, haze, rain's blur, shaking, few pixels, strong compression.

Boxes stay where they are: every change here keeps the picture's size and geometry.
"""

import cv2
import numpy as np

from models.crops import Image

DARKEST_GAMMA = 2.6
SMALLEST_SHARE = 0.4
MOTION_BLUR_MAX_PX = 9
JPEG_QUALITY = (25, 70)


def weathered(image: Image, rng: np.random.Generator) -> Image:
    """A worse copy of a BGR picture (H, W, 3): each spoiling is drawn with its own odds, compression always."""
    for odds, spoil in ((0.5, _dark), (0.25, _hazy), (0.35, _motion_blurred), (0.6, _few_pixels), (0.3, _noisy)):
        if rng.random() < odds:
            image = spoil(image, rng)
    quality = int(rng.integers(*JPEG_QUALITY))
    _, coded = cv2.imencode(".jpg", image, [int(cv2.IMWRITE_JPEG_QUALITY), quality])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def _dark(image: Image, rng: np.random.Generator) -> Image:
    """Dusk, with the tint of street lamps."""
    tint = np.array([rng.uniform(0.75, 1.1), rng.uniform(0.9, 1.05), rng.uniform(0.95, 1.15)], np.float32)
    dimmed = (image.astype(np.float32) / 255) ** rng.uniform(1.2, DARKEST_GAMMA) * tint
    return np.asarray(np.clip(dimmed * 255, 0, 255), np.uint8)


def _hazy(image: Image, rng: np.random.Generator) -> Image:
    share = rng.uniform(0.15, 0.5)
    return np.asarray(image * (1 - share) + rng.uniform(150, 235) * share, np.uint8)


def _motion_blurred(image: Image, rng: np.random.Generator) -> Image:
    length = int(rng.integers(3, MOTION_BLUR_MAX_PX + 1))
    line = np.zeros((length, length), np.float32)
    line[length // 2] = 1 / length
    turn = cv2.getRotationMatrix2D((length / 2 - 0.5, length / 2 - 0.5), float(rng.uniform(0, 180)), 1)
    kernel = np.asarray(cv2.warpAffine(line, turn, (length, length)), np.float32)
    kernel /= max(1e-6, float(kernel.sum()))
    return np.asarray(cv2.filter2D(image, -1, kernel), np.uint8)


def _few_pixels(image: Image, rng: np.random.Generator) -> Image:
    height, width = image.shape[:2]
    share = rng.uniform(SMALLEST_SHARE, 0.9)
    small = cv2.resize(image, (max(1, int(width * share)), max(1, int(height * share))), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _noisy(image: Image, rng: np.random.Generator) -> Image:
    noise = rng.normal(0, rng.uniform(4, 14), image.shape).astype(np.float32)
    return np.asarray(np.clip(image + noise, 0, 255), np.uint8)
