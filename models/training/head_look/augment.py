"""Heads as street cameras might have shown them: small, blurred, coded, dim, tinted, half hidden, a little beside the box.

Everything that a camera does to a head is done at the size that the head would have in its picture, 8 to 32 pixels, and
the result is scaled up as `models.crops.cut_square` does it.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from models.crops import HEAD_LOOK_SHARE, HEAD_LOOK_SIZE_PX, Image

SMALLEST_PX, LARGEST_PX = 8.0, HEAD_LOOK_SIZE_PX / HEAD_LOOK_SHARE  # of a head
SCALES = (0.8, 1.3)
SHIFT_SHARE = 0.14  # of the head: a detector's box is a little off
CODED_SHARE, JPEG_QUALITIES = 0.6, (18, 85)
BLURRED_SHARE, BLUR_PX = 0.35, (0.3, 1.0)
SMEARED_SHARE = 0.15
NOISE_SHARE = 0.35
HIDDEN_SIDE_SHARES = (0.12, 0.35)
NIGHT_LEVELS = (0.2, 0.55)


@dataclass(frozen=True, slots=True)
class Strength:
    """How far light, colours and shape may be from what was photographed; `_share`: of the heads."""

    gamma: float  # at most, and at least its inverse
    cast: float  # of each colour
    colourful: tuple[float, float]
    night_share: float
    hidden_share: float
    noise_level: float
    turn_degrees: float
    aspect: float


STRONG = Strength(1.7, 0.14, (0.2, 1.3), 0.12, 0.2, 9.0, 8.0, 0.12)
LIGHT = Strength(1.35, 0.06, (0.6, 1.2), 0.04, 0.1, 5.0, 5.0, 0.08)


def exact(stored: Image) -> Image:
    """A stored crop (96, 96, 3) as the network sees the same head in use: its middle (64, 64, 3)."""
    edge = (stored.shape[0] - HEAD_LOOK_SIZE_PX) // 2
    return stored[edge : edge + HEAD_LOOK_SIZE_PX, edge : edge + HEAD_LOOK_SIZE_PX]


def spoiled(stored: Image, native_px: float, rng: np.random.Generator, strength: Strength = LIGHT) -> Image:
    """A stored crop (96, 96, 3) RGB as it might have been seen, (64, 64, 3). `native_px`: the head's size in its picture."""
    image = _moved(stored, rng, strength)
    if rng.random() < strength.hidden_share:
        image = _hidden(image, rng)
    image = _lit(image, rng, strength)
    most = max(SMALLEST_PX, min(native_px, LARGEST_PX))
    head_px = float(np.exp(rng.uniform(np.log(SMALLEST_PX), np.log(most))))
    return _photographed(image, max(12, round(head_px * HEAD_LOOK_SHARE)), rng, strength)


def _moved(stored: Image, rng: np.random.Generator, strength: Strength) -> Image:
    scale, aspect = float(np.exp(rng.uniform(*np.log(SCALES)))), 1 + rng.uniform(-strength.aspect, strength.aspect)
    turn = np.radians(rng.uniform(-strength.turn_degrees, strength.turn_degrees))
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    linear = scale * turned @ np.diag([mirror * aspect, 1 / aspect])
    off = rng.uniform(-SHIFT_SHARE, SHIFT_SHARE, 2) * LARGEST_PX
    middle = stored.shape[0] / 2
    matrix = np.column_stack([linear, HEAD_LOOK_SIZE_PX / 2 + off - linear @ (middle, middle)])
    size = (HEAD_LOOK_SIZE_PX, HEAD_LOOK_SIZE_PX)
    moved = cv2.warpAffine(stored, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def _hidden(image: Image, rng: np.random.Generator) -> Image:
    """A neighbour, a pole or a bag before it; never before most of the head."""
    width, height = (rng.uniform(*HIDDEN_SIDE_SHARES, 2) * HEAD_LOOK_SIZE_PX).astype(int)
    x = int(rng.integers(0, HEAD_LOOK_SIZE_PX - width))
    y = int(rng.integers(HEAD_LOOK_SIZE_PX // 3, HEAD_LOOK_SIZE_PX - height))
    image = image.copy()
    image[y : y + height, x : x + width] = rng.integers(20, 230, 3)
    return image


def _lit(image: Image, rng: np.random.Generator, strength: Strength) -> Image:
    most = np.log(strength.gamma)
    light = (image.astype(np.float32) / 255) ** float(np.exp(rng.uniform(-most, most)))
    grey = light.mean(axis=2, keepdims=True)
    light = grey + rng.uniform(*strength.colourful) * (light - grey)
    light = light * rng.uniform(1 - strength.cast, 1 + strength.cast, 3) * rng.uniform(0.75, 1.2)
    light = light + rng.uniform(-0.05, 0.08)
    if rng.random() < strength.night_share:
        light = light * rng.uniform(*NIGHT_LEVELS)
    return np.asarray(np.clip(light * 255, 0, 255), np.uint8)


def _photographed(image: Image, seen_px: int, rng: np.random.Generator, strength: Strength) -> Image:
    small = cv2.resize(image, (seen_px, seen_px), interpolation=cv2.INTER_AREA)
    if rng.random() < BLURRED_SHARE:
        small = cv2.GaussianBlur(small, (0, 0), rng.uniform(*BLUR_PX))
    if rng.random() < SMEARED_SHARE:
        small = cv2.blur(small, (3, 1) if rng.random() < 0.7 else (1, 3))
    if rng.random() < NOISE_SHARE:
        noisy = small + rng.normal(0, rng.uniform(1, strength.noise_level), small.shape)
        small = np.clip(noisy, 0, 255).astype(np.uint8)
    if rng.random() < CODED_SHARE:
        quality = int(rng.integers(*JPEG_QUALITIES))
        _, coded = cv2.imencode(".jpg", small, [int(cv2.IMWRITE_JPEG_QUALITY), quality])
        small = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    size = (HEAD_LOOK_SIZE_PX, HEAD_LOOK_SIZE_PX)
    return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_LINEAR), np.uint8)
