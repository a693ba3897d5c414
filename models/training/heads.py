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

HEADS_SIZE_PX = 224
SMALLEST_HEAD_PX = 5
SMALLEST_CROP_PX = 36
BOX_JITTER = 0.07
SMALLEST_BIKE_PX = 40
# Crops with a bare head, or with a helmet as dark as hair, come so many times: in Vietnamese streets bare heads are one
# in thirty, and a dark helmet seen from behind is what is taken for hair.
BARE_HEAD_REPEATS = 2
RARE_BARE_HEAD_REPEATS = {
    "lhht_B1": 6,
    "lhht_B2": 6,
    "lhht_E": 6,
    "lhht_F": 6,
    "thai_gate": 3,
    "vehicles": 3,
    "riders": 3,
}
DARK_HELMET_REPEATS = 2
DARK_GREY = 75.0  # mean of 0 to 255 over the upper part of a head's box, where hair or helmet is
RIDER_HEIGHT_IN_HEADS = 6.2
RIDER_WIDTH_IN_HEADS = 3.2


@dataclass(frozen=True, slots=True)
class Crop:
    """One training crop: boxes are pixels of `image`; `native_px` is its side in the picture that it was cut from."""

    name: str
    image: Image
    boxes: tuple[LabelledBox, ...]
    native_px: float = float(HEADS_SIZE_PX)


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
            found.append(guessed_from_head(head))
    return found


def guessed_from_head(head: LabelledBox) -> Box:
    """The box of a motorbike and riders that would have its first head there."""
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


def upper_grey(image: Image, head: LabelledBox) -> float:
    """The mean grey level, 0 to 255, of the upper part of a head's box: hair, hood or helmet."""
    x1, y1, x2, y2 = (max(0, round(side)) for side in head.xyxy)
    upper = image[y1 : y1 + max(1, (y2 - y1) * 2 // 3), x1:x2]
    return float(upper.mean()) if upper.size else 0.0


def is_dark(image: Image, head: LabelledBox) -> bool:
    """Whether hair or helmet is as dark as black hair."""
    return upper_grey(image, head) < DARK_GREY


def head_crops(
    name: str,
    image: Image,
    heads: tuple[LabelledBox, ...],
    riders: list[Box],
    rng: np.random.Generator,
    *,
    training: bool,
    bare_repeats: int = BARE_HEAD_REPEATS,
    rough: bool = True,
) -> Iterator[Crop]:
    """Crops of one picture. Training crops are jittered, repeated where a head is bare or a helmet dark, and roughened
    unless the caller wants to do that itself (`rough`); others are exact."""
    for number, rider in enumerate(riders):
        held = [head for head in heads if holds(heads_part(rider), head.centre)]
        if any(min(head.width, head.height) < SMALLEST_HEAD_PX for head in held):
            continue
        for repeat in range(_repeats(image, held, bare_repeats) if training else 1):
            square = head_square_xyxy(jittered(rider, rng) if training else rider)
            crop, native_px = cut_square(image, square, HEADS_SIZE_PX), square[2] - square[0]
            if training and rough:
                crop = roughened(crop, native_px, rng, SMALLEST_CROP_PX)
            inside = boxes_in_square(heads, square, HEADS_SIZE_PX, 0.5)
            yield Crop(f"{name}_{number}_{repeat}", crop, tuple(inside), native_px)


def _repeats(image: Image, heads: list[LabelledBox], bare_repeats: int) -> int:
    if any(head.label == "no_helmet" for head in heads):
        return bare_repeats
    return DARK_HELMET_REPEATS if any(is_dark(image, head) for head in heads) else 1


def empty_bikes(ridden: list[LabelledBox], heads: tuple[LabelledBox, ...], persons: list[LabelledBox]) -> list[Box]:
    """Bikes on which nobody sits: nothing there is a head, though mirrors, seats and wheels look like one."""
    return [
        bike.xyxy
        for bike in ridden
        if bike.height >= SMALLEST_BIKE_PX
        and not any(holds(heads_part(bike.xyxy), head.centre) for head in heads)
        and not any(area(intersection(person.xyxy, bike.xyxy)) > 0 for person in persons)
    ]
