"""Training crops of plates made worse and steeper than they are, and real plates hung on vehicles that show none.

Pole cameras look down on small plates; the pictures that we could label show them nearer and more from behind.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from models.crops import PAD_GREY, Box, Image
from models.labels import LabelledBox
from models.training.heads import Crop
from models.training.sets import read_image

SMALLEST_PLATE_PX = 6.0  # its height in the picture that the camera gives: below that we labelled nothing
SMALLEST_SEEN_PX = 48
MOTION_SHARE = 0.35  # of the crops
MOTION_PX = (2, 5)  # of the picture that the camera gives
JPEG_QUALITY = (40, 90)
FLATTER = (0.6, 1.0)  # height of the picture after tilting
SHEAR = 0.25
NARROWER_TOP = (0.8, 1.0)
SIZE_SHARE = (0.65, 1.0)
TURN_DEGREES = 8.0
LONG_ASPECT = 2.4  # width by height: a plate of one line, which hangs on cars alone
PASTED_WIDTHS = (0.06, 0.4)  # of the crop
PASTED_SKEW = 0.12

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bare:
    """The square around a vehicle, (H, W, 3) BGR, in which no plate is seen."""

    image: Image
    vehicle: str


def seen_from_farther(crop: Crop, rng: np.random.Generator) -> Crop:
    """The crop as a worse camera shows it: its lowest plate 6 px high or more, sometimes moving, JPEG-coded.

    Boxes and size of the crop stay as they are.
    """
    size = crop.image.shape[0]
    most = min(float(size), crop.native_px)
    lowest = min((box.height for box in crop.boxes), default=size / 12)
    least = min(most, max(float(SMALLEST_SEEN_PX), size * SMALLEST_PLATE_PX / lowest))
    seen_px = round(float(np.exp(rng.uniform(np.log(least), np.log(most)))))
    small = np.asarray(cv2.resize(crop.image, (seen_px, seen_px), interpolation=cv2.INTER_AREA), np.uint8)
    if rng.random() < MOTION_SHARE:
        small = _moved(small, rng)
    _, coded = cv2.imencode(".jpg", small, [int(cv2.IMWRITE_JPEG_QUALITY), int(rng.integers(*JPEG_QUALITY))])
    small = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return replace(crop, image=np.asarray(cv2.resize(small, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8))


def from_above(crop: Crop, rng: np.random.Generator) -> Crop:
    """The crop tilted, sheared and turned as a camera high on a pole sees it; boxes are the hulls of the tilted ones."""
    size = crop.image.shape[0]
    flat, narrow, share = (rng.uniform(*limits) for limits in (FLATTER, NARROWER_TOP, SIZE_SHARE))
    shear, turn = rng.uniform(-SHEAR, SHEAR), np.deg2rad(rng.uniform(-TURN_DEGREES, TURN_DEGREES))
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], np.float64)
    moved = corners * (1.0, flat)
    moved[:2, 0] *= narrow
    moved[:, 0] += shear * moved[:, 1]
    turning = np.array([(np.cos(turn), -np.sin(turn)), (np.sin(turn), np.cos(turn))])
    moved = (moved @ turning.T) * share
    matrix = cv2.getPerspectiveTransform(_pixels(corners, size), _pixels(moved, size))
    grey = (PAD_GREY, PAD_GREY, PAD_GREY)
    image = cv2.warpPerspective(crop.image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderValue=grey)
    boxes = tuple(replace(box, xyxy=_hull(_corners(box.xyxy), np.asarray(matrix), size)) for box in crop.boxes)
    kept = tuple(box for box in boxes if box.width >= 2 and box.height >= 2)
    return replace(crop, image=np.asarray(image, np.uint8), boxes=kept)


def pasted_crops(folder: Path, bare: Sequence[Bare], rng: np.random.Generator, count: int) -> Iterator[Crop]:
    """`count` crops of vehicles without a plate, each with a real plate of `folder` where one hangs."""
    files = sorted(folder.glob("*.jpg"))
    for number in range(count if files and bare else 0):
        background = bare[int(rng.integers(len(bare)))]
        plate = read_image(files[int(rng.integers(len(files)))])
        if background.vehicle == "motorcycle" and plate.shape[1] > LONG_ASPECT * plate.shape[0]:
            continue
        image, box = _hung(background.image, plate, rng)
        yield Crop(f"pasted_{number}", image, (LabelledBox("plate", box),), float(image.shape[0]))


def _hung(background: Image, plate: Image, rng: np.random.Generator) -> tuple[Image, Box]:
    """The background with the plate in it, slightly askew, and the plate's box."""
    size, (height, width) = background.shape[0], plate.shape[:2]
    w = rng.uniform(*PASTED_WIDTHS) * size
    h = max(6.0, w * height / width * rng.uniform(0.8, 1.1))
    x, y = rng.uniform(0.38, 0.62) * size - w / 2, rng.uniform(0.5, 0.85) * size - h / 2
    skew = rng.uniform(-PASTED_SKEW, PASTED_SKEW, 2) * (h, w)
    place = np.array([(x, y), (x + w, y + skew[0]), (x + w + skew[1], y + h + skew[0]), (x + skew[1], y + h)])
    place = np.clip(place, 0, size - 1).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(_corners((0.0, 0.0, float(width), float(height))), place)
    shade = np.clip(plate.astype(np.float32) * rng.uniform(0.6, 1.15), 0, 255)
    hung = cv2.warpPerspective(shade, matrix, (size, size), flags=cv2.INTER_AREA)
    cover = cv2.warpPerspective(np.ones((height, width), np.float32), matrix, (size, size), flags=cv2.INTER_LINEAR)
    cover = np.asarray(cv2.GaussianBlur(cover, (3, 3), 0))[..., None]
    mixed = background * (1 - cover) + hung * cover
    (x1, y1), (x2, y2) = place.min(0).tolist(), place.max(0).tolist()
    return np.asarray(mixed, np.uint8), (x1, y1, x2, y2)


def _moved(image: Image, rng: np.random.Generator) -> Image:
    """Blurred along a line in any direction."""
    length, angle = int(rng.integers(*MOTION_PX)), rng.uniform(0, np.pi)
    kernel = np.zeros((2 * length + 1, 2 * length + 1), np.float32)
    step = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    ends = [tuple(int(v) for v in np.round(length + sign * step)) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], (1.0,), 1)
    return np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum()), np.uint8)


def _pixels(unit_points: npt.NDArray[np.float64], size: int) -> npt.NDArray[np.float32]:
    """Points of the square from -1 to 1 in pixels."""
    return ((unit_points + 1) / 2 * size).astype(np.float32)


def _corners(box: Box) -> npt.NDArray[np.float32]:
    x1, y1, x2, y2 = box
    return np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2)], np.float32)


def _hull(corners: npt.NDArray[np.float32], matrix: Matrix, size: int) -> Box:
    """The upright box around moved corners, clipped to the picture."""
    moved = np.clip(cv2.perspectiveTransform(corners[None], matrix)[0], 0, size)
    (x1, y1), (x2, y2) = moved.min(0).tolist(), moved.max(0).tolist()
    return x1, y1, x2, y2
