"""What roads and cameras do to a plate: perspective, dirt, shadow, glare, blur, few pixels, noise, JPEG.

`worn` takes a clean plate and gives what a camera sees of it, with an answer to whether a person could still read it:
letters are legible while blur and pixel size stay below a share of the letter height, and while nothing hides one.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from models.plate_text import INPUT_WH, Grey

LEGIBLE_PX_MIN, ILLEGIBLE_PX = 10.0, 7.0
"""Letter height in camera pixels: from the first on legible, below the second not; between them not taught."""
LEGIBLE_BLUR_MAX, ILLEGIBLE_BLUR = 0.10, 0.16
"""Blur (standard deviation, also of camera pixels being averaged) in letter heights."""
DAMAGE_SHARE = 0.07
LETTER_PX_MAX = 56.0
"""Twice what the network sees: more costs time and is scaled away."""


@dataclass(frozen=True, slots=True)
class Sample:
    """`picture`: (height, width) grey; `legible`: 1, 0, or -1 where nobody could say; `readable`: its text may be taught."""

    picture: Grey
    legible: int
    readable: bool


def worn(rng: np.random.Generator, plate: Grey, text_share: float, gentle: bool = False) -> Sample:
    """One picture of the plate. `text_share`: letter height over plate height; `gentle`: it is a photograph already."""
    damage = rng.random() < DAMAGE_SHARE
    plate = _dirty(rng, plate) if not gentle and rng.random() < 0.5 else plate
    if damage:
        plate = _hidden(rng, plate, text_share)
    letter_px = text_share * plate.shape[0] if gentle and rng.random() < 0.35 else float(np.exp(rng.uniform(2.0, 4.0)))
    letter_px = max(4.0, min(letter_px, text_share * plate.shape[0], LETTER_PX_MAX))
    seen = _seen(rng, plate, letter_px / text_share, gentle)
    seen = _lit(rng, seen, gentle)
    sigma = letter_px * (rng.uniform(0.0, 0.06) if rng.random() < 0.75 else rng.uniform(0.06, 0.2))
    if gentle:
        sigma *= 0.5
    if sigma > 0.3:
        seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), sigma), np.uint8)
    motion = letter_px * rng.uniform(0.1, 0.45) if rng.random() < 0.2 else 0.0
    if motion >= 2:
        seen = _moved(rng, seen, motion)
    seen = _compressed(rng, seen)
    blur = np.hypot(np.hypot(sigma, 0.45 * motion), 0.4) / letter_px
    return Sample(_enlarged(rng, seen), *_legibility(letter_px, float(blur), damage))


def _legibility(letter_px: float, blur: float, damage: bool) -> tuple[int, bool]:
    if damage or letter_px < ILLEGIBLE_PX or blur > ILLEGIBLE_BLUR:
        return 0, False
    sure = letter_px >= LEGIBLE_PX_MIN and blur <= LEGIBLE_BLUR_MAX
    return (1 if sure else -1), True


def _seen(rng: np.random.Generator, plate: Grey, plate_px: float, gentle: bool) -> Grey:
    """The plate on a background as the camera's pixels see it, cut by a detector that is never exact."""
    height, width = plate.shape
    scale = plate_px / height
    out_w, out_h = max(12, round(width * scale * rng.uniform(0.85, 1.1))), max(8, round(plate_px))
    strength = 0.5 if gentle else 1.0
    turn = np.radians(rng.normal(0, 4.0) * strength)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32) - 0.5
    corners *= (out_w, out_h)
    corners += rng.normal(0, 0.035 * strength, (4, 2)) * (out_w * 0.6, out_h)
    corners[:, 1] += corners[:, 0] * np.tan(turn)
    corners[:, 0] += corners[:, 1] * rng.normal(0, 0.12) * strength
    low, high = corners.min(axis=0), corners.max(axis=0)
    size = high - low
    near = (rng.uniform(-0.01, 0.14, 4) if rng.random() < 0.8 else rng.uniform(0.0, 0.3, 4)) * strength
    corners -= low - size * near[:2]
    target = np.ceil(size * (1 + near[:2] + near[2:])).astype(int)
    target_wh = (max(12, int(target[0])), max(8, int(target[1])))
    if scale < 1:  # what a coarse pixel averages
        plate = np.asarray(cv2.GaussianBlur(plate, (0, 0), 0.4 / scale), np.uint8)
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    if gentle or rng.random() < 0.15:
        return np.asarray(
            cv2.warpPerspective(plate, matrix, target_wh, None, cv2.INTER_LINEAR, cv2.BORDER_REPLICATE), np.uint8
        )
    ground = _background(rng, target_wh)
    cv2.warpPerspective(plate, matrix, target_wh, ground, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
    return ground


def _background(rng: np.random.Generator, size_wh: tuple[int, int]) -> Grey:
    coarse = rng.integers(0, 256, (int(rng.integers(1, 5)), int(rng.integers(1, 6))), np.uint8)
    dark = rng.uniform(0.2, 1.0)
    return np.asarray(cv2.resize((coarse * dark).astype(np.uint8), size_wh, interpolation=cv2.INTER_LINEAR), np.uint8)


def _dirty(rng: np.random.Generator, plate: Grey) -> Grey:
    """Specks and worn paint: thin enough that the letters stay."""
    height, width = plate.shape
    dirty = plate.copy()
    for _ in range(int(rng.integers(0, 14))):
        at = (int(rng.integers(width)), int(rng.integers(height)))
        cv2.circle(
            dirty, at, int(rng.integers(1, 1 + round(0.03 * height))), (int(rng.integers(20, 230)),), -1, cv2.LINE_AA
        )
    for _ in range(int(rng.integers(0, 3))):
        ends = rng.uniform(0, 1, 4) * (width, height, width, height)
        cv2.line(
            dirty, (int(ends[0]), int(ends[1])), (int(ends[2]), int(ends[3])), (int(rng.integers(256)),), 1, cv2.LINE_AA
        )
    if rng.random() < 0.4:
        cloud = cv2.resize(rng.normal(0, 1, (4, 9)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        share = np.clip(np.abs(cloud) * rng.uniform(0.05, 0.25), 0, 0.4)
        dirty = (dirty * (1 - share) + int(rng.integers(60, 200)) * share).astype(np.uint8)
    return dirty


def _hidden(rng: np.random.Generator, plate: Grey, text_share: float) -> Grey:
    """A letter or more lost: behind something, in glare, or outside the cut."""
    height, width = plate.shape
    letter = text_share * height
    way = rng.random()
    if way < 0.35:  # cut off at a side or above
        if rng.random() < 0.75:
            lost = round(width * rng.uniform(0.2, 0.5))
            return np.ascontiguousarray(plate[:, lost:] if rng.random() < 0.5 else plate[:, :-lost])
        lost = round(height * rng.uniform(0.35, 0.6))
        return np.ascontiguousarray(plate[lost:] if rng.random() < 0.5 else plate[:-lost])
    lines = 1 if text_share > 0.5 else 2
    row = 0 if lines == 1 else int(rng.integers(2))
    middle_y = height * (0.5 if lines == 1 else (0.28, 0.72)[row])
    at = (int(width * rng.uniform(0.25, 0.75)), int(middle_y + rng.normal(0, 0.05) * height))
    axes = (int(letter * rng.uniform(0.4, 0.9)), int(letter * rng.uniform(0.55, 0.8)))
    covered = plate.copy()
    tone = 255 if way < 0.75 else int(rng.integers(256))
    cv2.ellipse(covered, at, axes, float(rng.uniform(-30, 30)), 0, 360, (tone,), -1, cv2.LINE_AA)
    soft = np.asarray(cv2.GaussianBlur(covered, (0, 0), max(0.5, letter * 0.05)), np.uint8)
    mask = cv2.ellipse(np.zeros_like(plate), at, (axes[0] + 4, axes[1] + 4), 0.0, 0, 360, (255,), -1)
    return np.where(mask > 0, soft, plate)


def _lit(rng: np.random.Generator, seen: Grey, gentle: bool) -> Grey:
    """Brightness, gradient, shadow edge, weak glare, and what the camera's curve makes of it."""
    height, width = seen.shape
    light = seen.astype(np.float32) / 255
    x, y = np.linspace(-1, 1, width, dtype=np.float32)[None], np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    if rng.random() < 0.5:
        light = light * (1 + rng.uniform(-0.35, 0.35) * x + rng.uniform(-0.35, 0.35) * y)
    if rng.random() < 0.2:
        edge = x * rng.normal() + y * rng.normal() + rng.normal(0, 0.4)
        light = light * np.where(edge > 0, rng.uniform(0.35, 0.8), 1.0)
    if rng.random() < (0.12 if gentle else 0.25):
        spread = (x - rng.uniform(-1, 1)) ** 2 / rng.uniform(0.02, 0.6) + (y - rng.uniform(-1, 1)) ** 2 / rng.uniform(
            0.01, 0.4
        )
        light = light + rng.uniform(0.1, 0.45) * np.exp(-spread)
    low = rng.uniform(0, 0.3) if rng.random() < 0.4 else 0.0
    gain = rng.uniform(0.25, 1.2) if rng.random() < 0.5 else rng.uniform(0.8, 1.1)
    light = np.clip(low + light * gain, 0, 1) ** rng.uniform(0.7, 1.4)
    noise = rng.normal(0, rng.uniform(0.0, 0.04), light.shape) if rng.random() < 0.5 else 0.0
    return np.clip((light + noise) * 255, 0, 255).astype(np.uint8)


def _moved(rng: np.random.Generator, seen: Grey, length_px: float) -> Grey:
    size = int(length_px) | 1
    kernel = np.zeros((size, size), np.float32)
    angle = rng.normal(0, 0.5) + (np.pi / 2 if rng.random() < 0.3 else 0)
    reach = np.array([np.cos(angle), np.sin(angle)]) * (size - 1) / 2
    start, end = (size - 1) / 2 - reach, (size - 1) / 2 + reach
    cv2.line(kernel, (round(start[0]), round(start[1])), (round(end[0]), round(end[1])), (1.0,), 1)
    return np.asarray(cv2.filter2D(seen, -1, kernel / kernel.sum()), np.uint8)


def _compressed(rng: np.random.Generator, seen: Grey) -> Grey:
    if rng.random() < 0.35:
        return seen
    ok, coded = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 95))])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8) if ok else seen


def _enlarged(rng: np.random.Generator, seen: Grey) -> Grey:
    """Sometimes an enlarged copy, as some cameras and sets deliver them."""
    if rng.random() < 0.3 and seen.shape[0] < INPUT_WH[1]:
        return np.asarray(cv2.resize(seen, None, fx=2.0, fy=2.0, interpolation=cv2.INTER_CUBIC), np.uint8)
    return seen
