"""In which lane wheels are, whether well inside it, and how far a way in the picture is at least on the road."""

import math
from collections.abc import Sequence

from detector.camera import Lane
from detector.geometry import Vector, contains, depth_inside
from detector.rules.sample import Sample
from detector.vocabulary import Point

# A way along a picture row looks as long as it is; towards the camera a pole shows about a third of it.
ROW_WEIGHT = 0.3


def lane_at(lanes: Sequence[Lane], ground: Point) -> Lane | None:
    """The first of the lanes that holds this point of the road."""
    return next((lane for lane in lanes if contains(lane.polygon, ground)), None)


def is_well_inside(lane: Lane, sample: Sample, widths: float, picture_wh: tuple[int, int]) -> bool:
    """Whether the wheels are deeper in the lane than `widths` of the vehicle; twice as deep where it drives across the
    picture: there the middle of its box is up to half its width beside its wheels."""
    slant = abs(lane.direction[0]) if lane.direction else 1.0
    margin = widths * (1 + slant) * sample.width_px
    return depth_inside(lane.polygon, sample.ground, picture_wh) >= margin


def foreshortened(way: Vector) -> float:
    """Length of the way in pixels as it would look if it ran towards the camera."""
    return math.hypot(ROW_WEIGHT * way[0], way[1])
