"""Head exchange: heads of other pictures pasted over the heads of a crop, for bare heads are rare on Vietnamese streets.

Helmets are pasted as often as bare heads, over either, so that the seam of a paste tells nothing about the head.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from models.crops import Image
from models.labels import LabelledBox
from models.training.heads import HEADS_SIZE_PX, Crop, upper_grey

MARGIN_SHARE = 0.12  # of the head's box on every side: the feathered edge lies there
SMALLEST_NATIVE_PX = 8.0  # of a head in its picture: below nobody can tell what it wears
SHARPNESS_RATIO = 0.6  # a donor may be this much smaller in its picture than the head that it replaces
ASPECT_RATIO_MOST = 1.35
BRIGHTNESS_RANGE = (0.7, 1.4)
EXCHANGED_SHARE = 0.75  # of the heads in a crop
FEATHER_SHARE = 0.10
TINT_RANGE = (0.85, 1.15)  # of each colour: hoods, caps and helmets come in all of them
BRIGHT_BARE_GREY = 105.0  # mean of 0 to 255: hoods and caps, not hair
BRIGHT_BARE_COPIES = 3  # they pass for helmets, and are rarer than hair


@dataclass(frozen=True, slots=True)
class Donor:
    """A head cut out with a margin, the grey level of its crop, and the head's smaller side in its own picture."""

    label: str
    patch: Image
    grey: float
    native_px: float


def donors_of(crop: Crop) -> list[Donor]:
    """The heads of a crop that can be pasted elsewhere: wholly inside, large enough, and not behind another."""
    found = []
    for head in crop.boxes:
        x1, y1, x2, y2 = _with_margin(head)
        inside = x1 >= 0 and y1 >= 0 and x2 <= HEADS_SIZE_PX and y2 <= HEADS_SIZE_PX
        native_px = _native_px(head, crop)
        if inside and native_px >= SMALLEST_NATIVE_PX and not _touches_another(head, crop.boxes):
            donor = Donor(head.label, crop.image[y1:y2, x1:x2].copy(), float(crop.image.mean()), native_px)
            found += [donor] * (BRIGHT_BARE_COPIES if _is_bright_and_bare(crop.image, head) else 1)
    return found


def exchanged(crop: Crop, donors: Sequence[Donor], rng: np.random.Generator) -> Crop | None:
    """The crop with some heads replaced, each equally likely by a helmet or a bare head; None where none fits."""
    image, boxes = crop.image.copy(), list(crop.boxes)
    changed = False
    for index, head in enumerate(crop.boxes):
        if rng.random() > EXCHANGED_SHARE or _touches_another(head, crop.boxes):
            continue
        label = "no_helmet" if rng.random() < 0.5 else "helmet"
        fitting = [donor for donor in donors if donor.label == label and _fits(donor, head, crop)]
        if fitting:
            _paste(image, fitting[int(rng.integers(len(fitting)))], head, rng)
            boxes[index] = replace(head, label=label)
            changed = True
    return replace(crop, name=f"{crop.name}_x", image=image, boxes=tuple(boxes)) if changed else None


def _is_bright_and_bare(image: Image, head: LabelledBox) -> bool:
    return head.label == "no_helmet" and upper_grey(image, head) > BRIGHT_BARE_GREY


def _native_px(head: LabelledBox, crop: Crop) -> float:
    return min(head.width, head.height) * crop.native_px / HEADS_SIZE_PX


def _fits(donor: Donor, head: LabelledBox, crop: Crop) -> bool:
    aspect = (donor.patch.shape[1] / donor.patch.shape[0]) / (head.width / head.height)
    sharp = donor.native_px >= SHARPNESS_RATIO * _native_px(head, crop)
    return sharp and 1 / ASPECT_RATIO_MOST <= aspect <= ASPECT_RATIO_MOST


def _touches_another(head: LabelledBox, boxes: Sequence[LabelledBox]) -> bool:
    x1, y1, x2, y2 = head.xyxy
    return any(
        other is not head and other.xyxy[0] < x2 and other.xyxy[2] > x1 and other.xyxy[1] < y2 and other.xyxy[3] > y1
        for other in boxes
    )


def _with_margin(head: LabelledBox) -> tuple[int, int, int, int]:
    across, down = MARGIN_SHARE * head.width, MARGIN_SHARE * head.height
    x1, y1, x2, y2 = head.xyxy
    return round(x1 - across), round(y1 - down), round(x2 + across), round(y2 + down)


def _paste(image: Image, donor: Donor, head: LabelledBox, rng: np.random.Generator) -> None:
    """Puts the donor over the head, in place, through a soft ellipse and at the crop's brightness."""
    x1, y1, x2, y2 = _with_margin(head)
    patch = cv2.resize(donor.patch, (x2 - x1, y2 - y1), interpolation=cv2.INTER_AREA).astype(np.float32)
    patch = patch[:, ::-1] if rng.random() < 0.5 else patch
    brightness = float(np.clip(image.mean() / max(donor.grey, 1.0), *BRIGHTNESS_RANGE))
    patch = patch * (brightness * rng.uniform(*TINT_RANGE, 3)).astype(np.float32)
    left, top = max(x1, 0), max(y1, 0)
    right, bottom = min(x2, image.shape[1]), min(y2, image.shape[0])
    inside = np.s_[top - y1 : bottom - y1, left - x1 : right - x1]
    mask = _soft_ellipse(patch.shape[1], patch.shape[0])[inside][..., None]
    under = image[top:bottom, left:right]
    image[top:bottom, left:right] = np.clip(mask * patch[inside] + (1 - mask) * under, 0, 255).astype(np.uint8)


def _soft_ellipse(width: int, height: int) -> NDArray[np.float32]:
    """A mask (height, width) from 0 to 1: an ellipse as large as the head's box, its edge feathered."""
    mask = np.zeros((height, width), np.float32)
    share = 0.5 / (1 + 2 * MARGIN_SHARE) + 0.02
    cv2.ellipse(mask, (width // 2, height // 2), (int(share * width), int(share * height)), 0, 0, 360, (1.0,), -1)
    feather = max(1.0, FEATHER_SHARE * min(width, height))
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), feather / 2), np.float32)
