"""Training crops for the heads detector.

The sets miss heads (README of the data): whoever the teacher sees without a labelled head is greyed out in the crop,
so that a missing label never teaches "no head here". Crops are made as they come in use: around boxes of motorbike and
riders, with jitter, at the small sizes that a pole camera gives.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from models.boxes import area, holds, intersection, share_inside
from models.crops import PAD_GREY, Box, Image, cut_square, head_square_xyxy, to_square_xyxy
from models.labels import LabelledBox
from models.training.sets import Picture
from models.training.teacher import TaughtScene

HEADS_SIZE_PX = 224
SMALLEST_HEAD_PX = 5
SMALLEST_CROP_PX = 40
BOX_JITTER = 0.07
# Crops with a bare head come so many times: they are a fifth of all, and in Vietnamese streets one in thirty.
BARE_HEAD_REPEATS = 2
RARE_BARE_HEAD_REPEATS = {"lhht_B1": 8, "lhht_B2": 8, "lhht_E": 8, "lhht_F": 8, "thai_gate": 5}
RIDER_HEIGHT_IN_HEADS = 6.2
RIDER_WIDTH_IN_HEADS = 3.2


@dataclass(frozen=True, slots=True)
class Crop:
    """One training crop: boxes are pixels of `image`."""

    name: str
    image: Image
    boxes: tuple[LabelledBox, ...]


def heads_part(rider_box: Box) -> Box:
    """Where the heads of a motorcycle box can be: its upper 60 %, a little higher and wider than the box."""
    x1, y1, x2, y2 = rider_box
    width, height = x2 - x1, y2 - y1
    return x1 - 0.1 * width, y1 - 0.12 * height, x2 + 0.1 * width, y1 + 0.6 * height


def rider_boxes(heads: tuple[LabelledBox, ...], ridden: list[LabelledBox]) -> list[Box]:
    """One box per ridden bike with a labelled head; where the teacher missed the bike, one guessed from the head."""
    found: list[Box] = []
    for head in heads:
        fitting = [
            box.xyxy for box in ridden if holds(heads_part(box.xyxy), head.centre) and box.height > 2.5 * head.height
        ]
        if fitting:
            best = min(fitting, key=area)
            if best not in found:
                found.append(best)
        elif not any(holds(heads_part(box), head.centre) for box in found):
            found.append(_guessed_from_head(head))
    return found


def _guessed_from_head(head: LabelledBox) -> Box:
    size = (head.width * head.height) ** 0.5
    (centre_x, _), top = head.centre, head.xyxy[1] - 0.1 * size
    half = RIDER_WIDTH_IN_HEADS * size / 2
    return centre_x - half, top, centre_x + half, top + RIDER_HEIGHT_IN_HEADS * size


def unlabelled_persons(heads: tuple[LabelledBox, ...], persons: list[LabelledBox]) -> list[Box]:
    """Head regions of persons that the teacher sees and the label file does not."""
    regions = []
    for person in persons:
        x1, y1, x2, y2 = person.xyxy
        width, height = x2 - x1, y2 - y1
        upper: Box = (x1 - 0.15 * width, y1 - 0.1 * height, x2 + 0.15 * width, y1 + 0.45 * height)
        if not any(holds(upper, head.centre) for head in heads):
            regions.append((x1, y1 - 0.03 * height, x2, y1 + 0.3 * height))
    return regions


def blanked(image: Image, regions: list[Box], keep: tuple[LabelledBox, ...]) -> Image:
    """A copy with the regions grey, except where a labelled box lies."""
    copy = image.copy()
    for x1, y1, x2, y2 in regions:
        copy[max(0, int(y1)) : max(0, int(y2)), max(0, int(x1)) : max(0, int(x2))] = PAD_GREY
    for box in keep:
        x1, y1, x2, y2 = (int(v) for v in box.xyxy)
        copy[y1:y2, x1:x2] = image[y1:y2, x1:x2]
    return copy


def jittered(box: Box, rng: np.random.Generator) -> Box:
    """The box as a detector might give it: every side off by up to BOX_JITTER of the size."""
    x1, y1, x2, y2 = box
    width, height = x2 - x1, y2 - y1
    left, top, right, bottom = rng.uniform(-BOX_JITTER, BOX_JITTER, 4)
    return x1 + left * width, y1 + top * height, x2 + right * width, y2 + bottom * height


def roughened(image: Image, native_px: float, rng: np.random.Generator, smallest_px: int) -> Image:
    """The crop as if seen from farther: scaled down by a random factor and up again, then sometimes JPEG-coded."""
    size = image.shape[0]
    most = min(float(native_px), float(size))
    if most > smallest_px:
        seen_px = int(np.exp(rng.uniform(np.log(smallest_px), np.log(most))))
        if seen_px < size:
            small = cv2.resize(image, (seen_px, seen_px), interpolation=cv2.INTER_AREA)
            image = np.asarray(cv2.resize(small, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)
    if rng.random() < 0.5:
        _, coded = cv2.imencode(".jpg", image, [int(cv2.IMWRITE_JPEG_QUALITY), int(rng.integers(45, 90))])
        image = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return image


def boxes_in_square(boxes: tuple[LabelledBox, ...], square: Box, size_px: int, least_share: float) -> list[LabelledBox]:
    """Boxes at least `least_share` inside the square, in its pixels, clipped to it."""
    full: Box = (0.0, 0.0, float(size_px), float(size_px))
    inside = [box for box in boxes if share_inside(box.xyxy, square) >= least_share]
    return [replace(box, xyxy=intersection(to_square_xyxy(box.xyxy, square, size_px), full)) for box in inside]


def head_crops(
    name: str,
    image: Image,
    heads: tuple[LabelledBox, ...],
    riders: list[Box],
    rng: np.random.Generator,
    *,
    training: bool,
    bare_repeats: int = BARE_HEAD_REPEATS,
) -> Iterator[Crop]:
    """Crops of one picture. Training crops are jittered, roughened and repeated for bare heads; others are exact."""
    for number, rider in enumerate(riders):
        held = [head for head in heads if holds(heads_part(rider), head.centre)]
        if any(min(head.width, head.height) < SMALLEST_HEAD_PX for head in held):
            continue
        bare = any(head.label == "no_helmet" for head in held)
        for repeat in range((bare_repeats if bare else 1) if training else 1):
            square = head_square_xyxy(jittered(rider, rng) if training else rider)
            crop = cut_square(image, square, HEADS_SIZE_PX)
            if training:
                crop = roughened(crop, square[2] - square[0], rng, SMALLEST_CROP_PX)
            yield Crop(f"{name}_{number}_{repeat}", crop, tuple(boxes_in_square(heads, square, HEADS_SIZE_PX, 0.5)))


def picture_crops(
    picture: Picture, taught: TaughtScene, persons: list[LabelledBox], rng: np.random.Generator
) -> Iterator[Crop]:
    """Crops of a picture of the heads sets, persons without a labelled head greyed out."""
    ridden = [box for box in (*taught.vehicles, *taught.doubtful) if box.label in ("motorcycle", "bicycle")]
    riders = rider_boxes(picture.boxes, ridden)
    image = blanked(picture.image, unlabelled_persons(picture.boxes, persons), picture.boxes)
    name = picture.key.replace("/", "-").rsplit(".", 1)[0]
    repeats = RARE_BARE_HEAD_REPEATS.get(picture.scene, BARE_HEAD_REPEATS)
    training = not picture.kept_out
    yield from head_crops(name, image, picture.boxes, riders, rng, training=training, bare_repeats=repeats)
