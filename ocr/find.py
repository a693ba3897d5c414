"""The plate in a vehicle's picture. What finds boxes is injected: this room knows no weights of the detector's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from detector.vocabulary import Box, Pixels

MARGIN_SHARE = 0.08
"""Of the box, on each side: finders cut close, and the rim is needed to straighten the plate."""
CONFIDENCE_MIN = 0.3
"""Seven boxes in ten are plates then (models/cards/plates.md); what is none is read as none."""
CENTRE_SHARE = 0.8
"""A vehicle's own plate lies in the middle of its box; at the edges are those of its neighbours."""


@dataclass(frozen=True, slots=True)
class PlateBox:
    """One plate found. `box_xyxy` in pixels of the picture that was searched."""

    box_xyxy: Box
    confidence: float


class PlateFinder(Protocol):
    """Finds plates in one vehicle's picture, (height, width, 3) BGR."""

    def __call__(self, vehicle_pixels: Pixels, /) -> Sequence[PlateBox]:
        """Every plate, in any order; empty where there is none."""
        ...


def cut_plate(vehicle_pixels: Pixels, boxes: Sequence[PlateBox]) -> Pixels | None:
    """The pixels of the vehicle's own plate with a margin, (height, width, 3) BGR; None where none was found."""
    height, width = vehicle_pixels.shape[:2]
    own = [box for box in boxes if box.confidence >= CONFIDENCE_MIN and _is_central(box.box_xyxy, width)]
    if not own:
        return None
    x1, y1, x2, y2 = max(own, key=lambda box: (box.confidence, box.box_xyxy)).box_xyxy
    margin_x, margin_y = MARGIN_SHARE * (x2 - x1), MARGIN_SHARE * (y2 - y1)
    left, right = max(0, int(x1 - margin_x)), min(width, round(x2 + margin_x))
    top, bottom = max(0, int(y1 - margin_y)), min(height, round(y2 + margin_y))
    return vehicle_pixels[top:bottom, left:right] if left < right and top < bottom else None


def _is_central(box_xyxy: Box, width: int) -> bool:
    centre = (box_xyxy[0] + box_xyxy[2]) / 2
    return abs(centre - width / 2) <= CENTRE_SHARE * width / 2
